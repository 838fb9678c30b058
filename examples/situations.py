"""Situations 1 to 8 of the strategy, each planted on one customer: the history before it, and the request to post.

Function number n creates situation n; `variant` 0 and 1 differ in some.
"""

from examples.behaviours import BuyingPattern, arrive, buy_regularly, rate, read_something
from examples.diary import DAY, HOUR, Diary, World
from examples.example_customers import ExampleCustomer, cart_of, happens, is_here
from examples.people import Person
from examples.products import basket, total


def unknown_at_the_till(world: World, person: Person, variant: int) -> ExampleCustomer:
    diary = Diary(world, person, f"till-{world.tag}-card-{variant + 1}")
    for ago in (70, 31, 12 + variant * 5):
        diary.buy(world.ago(ago), "store", diary.basket(("kitchen", "textiles"), 45))
    lines = basket(world.rng, world.catalogue, ("kitchen", "lighting"), 5200)
    ask = happens(
        diary, "order_completed", "store", ["till.receipt"], order_id=world.number("o"), total=total(lines), lines=lines
    )
    return ExampleCustomer(
        1, diary.who, "an unknown buyer at the till", "Buys in the store and pays by card; the name is unknown.", ask
    )


def one_link_missing(world: World, person: Person, variant: int) -> ExampleCustomer:
    diary = Diary(world, person)
    arrive(diary, 200, *(("email",), ())[variant])
    buy_regularly(diary, BuyingPattern(198, 2, 60, 40, world.rng.sample(world.catalogue.categories, 2)))
    missing = ("the e-mail address but no app", "a name but no channel address")[variant]
    sentence = f"Buys every two months; we have {missing}."
    return ExampleCustomer(2, diary.who, person.first_name, sentence, is_here(diary, "account.next"))


def first_delivery(world: World, person: Person, variant: int) -> ExampleCustomer:
    diary = Diary(world, person)
    arrive(diary, 9, "email", "app")
    order = diary.buy(world.ago(3 + variant), "web", diary.basket(("lighting", "textiles"), 60), delivered=None)
    ask = happens(diary, "delivery_completed", None, "outbound", order_id=order)
    sentence = "The first order has just been delivered; the customer's interests are not known yet."
    return ExampleCustomer(3, diary.who, person.first_name, sentence, ask)


def two_weeks_after_the_first_delivery(world: World, person: Person, variant: int) -> ExampleCustomer:
    diary = Diary(world, person)
    arrive(diary, 20, "email", "app")
    delivered = world.end - 14 * DAY - (1 + variant) * HOUR
    diary.buy(delivered - 3 * DAY, "web", diary.basket((("kitchen",), ("garden",))[variant], 55), delivered=3)
    if variant:
        rate(diary, 10, 4)
    sentence = "One order, delivered two weeks ago without a complaint, and no other since."
    return ExampleCustomer(4, diary.who, person.first_name, sentence, is_here(diary, "home.banner"))


def valued_and_overdue(world: World, person: Person, variant: int) -> ExampleCustomer:
    diary = _valued_gone_quiet(world, person, gap=8 + variant * 2, inactive_days=50 + variant * 6)
    sentence = (
        f"One of our best: bought every {8 + variant * 2} days for a year, but not in the last {50 + variant * 6} days."
    )
    return ExampleCustomer(5, diary.who, person.first_name, sentence, is_here(diary))


def no_answer_to_the_check_in(world: World, person: Person, variant: int) -> ExampleCustomer:
    diary = _valued_gone_quiet(world, person, gap=9 + variant * 2, inactive_days=54 + variant * 4)
    diary.contacted(world.ago(9), "quiet-check-in", "sent")
    sentence = f"One of our best, no order for {54 + variant * 4} days; no answer to our e-mail of nine days ago."
    return ExampleCustomer(6, diary.who, person.first_name, sentence, is_here(diary))


def _valued_gone_quiet(world: World, person: Person, gap: float, inactive_days: float) -> Diary:
    diary = Diary(world, person)
    arrive(diary, 390, "email", "app", "phone")
    categories = world.rng.sample(world.catalogue.categories, 3)
    buy_regularly(
        diary, BuyingPattern(388, inactive_days, gap, 105 * world.rng.uniform(0.9, 1.2), categories, ("web", "app"))
    )
    read_something(diary, inactive_days + 5)
    return diary


def small_and_overdue(world: World, person: Person, variant: int) -> ExampleCustomer:
    diary = Diary(world, person)
    arrive(diary, 300, "email", "app")
    inactive_days = 112 + variant * 9
    buy_regularly(diary, BuyingPattern(298, inactive_days, 32, 20, ("kitchen", "garden"), ("web",)))
    sentence = f"Spent twenty euros a month, and has not bought for {inactive_days} days."
    return ExampleCustomer(7, diary.who, person.first_name, sentence, is_here(diary))


def buys_anyway(world: World, person: Person, variant: int) -> ExampleCustomer:
    diary = Diary(world, person)
    arrive(diary, 396, "email", "app", "phone")
    gap = 9 + variant * 3
    worth = 95 * world.rng.uniform(0.9, 1.2)
    buy_regularly(
        diary, BuyingPattern(394, 2 + variant, gap, worth, ("kitchen", "textiles", "bedding"), ("web", "app"))
    )
    cart = cart_of(world.catalogue.of(("kitchen",), "stabilising"))
    sentence = f"Buys every {gap} days without an incentive, most recently {2 + variant} days ago."
    ask = is_here(diary, "home.banner", "checkout.banner", context={"cart": cart})
    return ExampleCustomer(8, diary.who, person.first_name, sentence, ask)
