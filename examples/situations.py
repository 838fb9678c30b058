"""The strategy's situations 1 to 8, each planted on one customer: a history that leads up to it, and the live ask.

Function number n makes situation n; `variant` 0 and 1 differ where that tells more.
"""

from examples.behaviours import Rhythm, arrive, buy_in_rhythm, rate, read_something
from examples.diary import DAY, HOUR, Diary, World
from examples.people import Person
from examples.products import basket, total
from examples.tellers import Teller, cart_of, happens, is_here


def unknown_at_the_till(world: World, person: Person, variant: int) -> Teller:
    diary = Diary(world, person, f"till-{world.tag}-card-{variant + 1}")
    for ago in (70, 31, 12 + variant * 5):
        diary.buy(world.ago(ago), "store", diary.basket(("kitchen", "textiles"), 45))
    lines = basket(world.rng, world.catalogue, ("kitchen", "lighting"), 5200)
    ask = happens(
        diary, "order_completed", "store", ["till.receipt"], order_id=world.number("o"), total=total(lines), lines=lines
    )
    return Teller(1, diary.who, "somebody at the till", "Buys in the store, pays by card, and we have no name.", ask)


def one_link_missing(world: World, person: Person, variant: int) -> Teller:
    diary = Diary(world, person)
    arrive(diary, 200, *(("email",), ())[variant])
    buy_in_rhythm(diary, Rhythm(198, 2, 60, 40, world.rng.sample(world.catalogue.categories, 2)))
    missing = ("the e-mail address and no app", "a name and no way to write")[variant]
    sentence = f"Buys every two months; we have {missing}."
    return Teller(2, diary.who, person.first_name, sentence, is_here(diary, "account.next"))


def first_delivery(world: World, person: Person, variant: int) -> Teller:
    diary = Diary(world, person)
    arrive(diary, 9, "email", "app")
    order = diary.buy(world.ago(3 + variant), "web", diary.basket(("lighting", "textiles"), 60), delivered=None)
    ask = happens(diary, "delivery_completed", None, "outbound", order_id=order)
    sentence = "The first order has just been delivered; what this customer likes, we do not know yet."
    return Teller(3, diary.who, person.first_name, sentence, ask)


def two_weeks_after_the_first_delivery(world: World, person: Person, variant: int) -> Teller:
    diary = Diary(world, person)
    arrive(diary, 20, "email", "app")
    delivered = world.end - 14 * DAY - (1 + variant) * HOUR
    diary.buy(delivered - 3 * DAY, "web", diary.basket((("kitchen",), ("garden",))[variant], 55), delivered=3)
    if variant:
        rate(diary, 10, 4)
    sentence = "One order, delivered two weeks ago, nothing wrong with it, nothing since."
    return Teller(4, diary.who, person.first_name, sentence, is_here(diary, "home.banner"))


def valued_and_overdue(world: World, person: Person, variant: int) -> Teller:
    diary = _valued_gone_quiet(world, person, gap=8 + variant * 2, silent=50 + variant * 6)
    sentence = (
        f"Bought every {8 + variant * 2} days for a year, one of our best, and silent for {50 + variant * 6} days."
    )
    return Teller(5, diary.who, person.first_name, sentence, is_here(diary))


def no_answer_to_the_check_in(world: World, person: Person, variant: int) -> Teller:
    diary = _valued_gone_quiet(world, person, gap=9 + variant * 2, silent=54 + variant * 4)
    diary.contacted(world.ago(9), "quiet-check-in", "sent")
    sentence = f"One of our best, silent for {54 + variant * 4} days; we wrote nine days ago and heard nothing."
    return Teller(6, diary.who, person.first_name, sentence, is_here(diary))


def _valued_gone_quiet(world: World, person: Person, gap: float, silent: float) -> Diary:
    diary = Diary(world, person)
    arrive(diary, 390, "email", "app", "phone")
    categories = world.rng.sample(world.catalogue.categories, 3)
    buy_in_rhythm(diary, Rhythm(388, silent, gap, 105 * world.rng.uniform(0.9, 1.2), categories, ("web", "app")))
    read_something(diary, silent + 5)
    return diary


def small_and_overdue(world: World, person: Person, variant: int) -> Teller:
    diary = Diary(world, person)
    arrive(diary, 300, "email", "app")
    silent = 112 + variant * 9
    buy_in_rhythm(diary, Rhythm(298, silent, 32, 20, ("kitchen", "garden"), ("web",)))
    sentence = f"Bought for twenty euros a month, and has been silent for {silent} days."
    return Teller(7, diary.who, person.first_name, sentence, is_here(diary))


def buys_anyway(world: World, person: Person, variant: int) -> Teller:
    diary = Diary(world, person)
    arrive(diary, 396, "email", "app", "phone")
    gap = 9 + variant * 3
    worth = 95 * world.rng.uniform(0.9, 1.2)
    buy_in_rhythm(diary, Rhythm(394, 2 + variant, gap, worth, ("kitchen", "textiles", "bedding"), ("web", "app")))
    cart = cart_of(world.catalogue.of(("kitchen",), "stabilising"))
    sentence = f"Buys every {gap} days without being asked, the last time {2 + variant} days ago."
    ask = is_here(diary, "home.banner", "checkout.banner", context={"cart": cart})
    return Teller(8, diary.who, person.first_name, sentence, ask)
