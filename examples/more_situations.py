"""The strategy's situations 9 to 15, planted like the first eight."""

from examples.behaviours import BuyingPattern, arrive, buy_regularly, complain, rate, search_in_vain
from examples.diary import HOUR, MINUTE, Diary, World
from examples.example_customers import ExampleCustomer, cart_of, happens, is_here
from examples.people import Person
from examples.products import cart_lines, order_line, total


def complaint_open(world: World, person: Person, variant: int) -> ExampleCustomer:
    diary = Diary(world, person)
    arrive(diary, 160, "email")
    buy_regularly(diary, BuyingPattern(158, 5, 48, 55, world.rng.sample(world.catalogue.categories, 2)))
    if variant:
        complain(diary, 0.8, about="delivery", settled_after=None)
        sentence = "A complaint has been open since yesterday, and now the customer opens the account page."
        return ExampleCustomer(9, diary.who, person.first_name, sentence, is_here(diary, "account.next"))
    ask = happens(diary, "complaint_opened", "web", "outbound", complaint_id=world.number("k"), about="damage")
    return ExampleCustomer(
        9, diary.who, person.first_name, "The last parcel arrived damaged, and this customer complains.", ask
    )


def platinum_at_the_checkout(world: World, person: Person, variant: int) -> ExampleCustomer:
    diary = Diary(world, person)
    arrive(diary, 399, "email", "app", "phone")
    worth = 190 * world.rng.uniform(0.9, 1.1)
    buy_regularly(
        diary, BuyingPattern(397, 3 + variant, 6 + variant, worth, world.catalogue.categories, ("web", "app"))
    )
    cart = cart_of(world.catalogue.of(("lighting", "textiles"), "activation")[:3])
    diary.note(world.end - 3 * MINUTE, "checkout_started", "web", lines=cart["lines"])
    context = {"cart": cart, "distance_km": 3 + variant, "in_stock_nearby": True}
    ask = is_here(diary, "checkout.delivery", "checkout.banner", context=context)
    rank = ("Our best customer", "Our second-best customer")[variant]
    sentence = f"{rank} is at the checkout, {3 + variant} km from a store with the whole cart in stock."
    return ExampleCustomer(10, diary.who, person.first_name, sentence, ask)


def scene_lacks_one(world: World, person: Person, variant: int) -> ExampleCustomer:
    diary = Diary(world, person)
    arrive(diary, 120, "email")
    buy_regularly(diary, BuyingPattern(118, 40, 39, 45, ("kitchen",)))
    scene = ("sleep", "terrace")[variant]
    *there, missing = sorted(world.catalogue.scenes[scene], key=lambda c: c == "lighting")
    products = [world.rng.choice(world.catalogue.of((category,))) for category in there]
    lines = [order_line(product, 1, i) for i, product in enumerate(products, 1)]
    moment = world.end - 20 * MINUTE
    diary.visit(moment, "web", there, views=2)
    diary.note(moment + 9 * MINUTE, "cart_updated", "web", lines=cart_lines(lines))
    sentence = f"The cart holds {' and '.join(there)}: only {missing} is missing from the scene '{scene}'."
    ask = is_here(diary, "cart.aside", context={"cart": cart_of(products)})
    return ExampleCustomer(11, diary.who, person.first_name, sentence, ask)


def sticky_in_one_category(world: World, person: Person, variant: int) -> ExampleCustomer:
    category = ("bedding", "kitchen")[variant]
    diary = Diary(world, person)
    arrive(diary, 340, "email", "app")
    buy_regularly(diary, BuyingPattern(338, 2 + variant, 28, 62, (category,), ("web", "app")))
    sentence = f"Buys every month, only {category}."
    return ExampleCustomer(12, diary.who, person.first_name, sentence, is_here(diary, "home.banner"))


def five_stars(world: World, person: Person, variant: int) -> ExampleCustomer:
    diary = Diary(world, person)
    arrive(diary, 320, "email", "app")
    buy_regularly(diary, BuyingPattern(318, 16 + variant, 75, 50, world.rng.sample(world.catalogue.categories, 2)))
    rate(diary, 230, 5)
    ask = happens(diary, "rated", "app", "outbound", score=5, about="product")
    sentence = "Just gave five stars, never complained, and has had no referral invitation for half a year."
    return ExampleCustomer(13, diary.who, person.first_name, sentence, ask)


def searches_in_vain(world: World, person: Person, variant: int) -> ExampleCustomer:
    category = world.rng.choice(world.catalogue.categories)
    diary = Diary(world, person)
    arrive(diary, 210, "email")
    buy_regularly(diary, BuyingPattern(208, 33, 90, 45, (category, "textiles")))
    for ago in (6 + variant, 2):
        moment = world.ago(ago)
        diary.visit(moment, "web", (category,), views=1)
        query = search_in_vain(diary, moment + 4 * MINUTE, category)
    ask = happens(diary, "searched", "web", "outbound", query=query, results=0)
    sentence = f"Searches for the third time for a product that we do not sell: {query}."
    return ExampleCustomer(14, diary.who, person.first_name, sentence, ask)


def back_from_silence(world: World, person: Person, variant: int) -> ExampleCustomer:
    diary = Diary(world, person)
    arrive(diary, 395, "email", "app")
    inactive_days = 118 + variant * 8
    categories = world.rng.sample(world.catalogue.categories, 2)
    buy_regularly(diary, BuyingPattern(393, inactive_days, 23, 140, categories, ("web", "app")))
    diary.contacted(world.ago(11), "light-reminder", "sent", "click")
    diary.visit(world.end - 2 * HOUR, "web", categories, views=2)
    lines = diary.basket(categories, 120)
    ask = happens(
        diary, "order_completed", "web", "outbound", order_id=world.number("o"), total=total(lines), lines=lines
    )
    sentence = f"Bought every three weeks, stopped for {inactive_days} days, and is ordering again right now."
    return ExampleCustomer(15, diary.who, person.first_name, sentence, ask)
