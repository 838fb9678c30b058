"""The customers besides the planted situations: a few large ones and many small ones."""

from collections.abc import Sequence

from examples.behaviours import HAPPENINGS, BuyingPattern, answer_a_mail, arrive, buy_regularly, complain, search
from examples.diary import DAYS, Diary, World
from examples.people import Person

WEEKLY, MONTHLY, QUARTERLY, OCCASIONAL, BROWSING, UNKNOWN = 1, 6, 9, 8, 3, 3
SIZE = WEEKLY + MONTHLY + QUARTERLY + OCCASIONAL + BROWSING + UNKNOWN


def live(world: World, people: Sequence[Person]) -> None:
    """Write the events of `SIZE` people over the shop's 400 days."""
    rest = iter(people)
    diaries = [_regular(world, next(rest), 7, 70) for _ in range(WEEKLY)]
    monthly = [_regular(world, next(rest), 30, 125) for _ in range(MONTHLY - 2)]
    back = [_was_away(world, next(rest)) for _ in range(2)]
    quarterly = [_regular(world, next(rest), 88, 125) for _ in range(QUARTERLY)]
    occasional = [_occasional(world, next(rest), i) for i in range(OCCASIONAL)]
    diaries += monthly + back + quarterly + occasional
    for _ in range(BROWSING):
        _browse(world, next(rest))
    for i in range(UNKNOWN):
        _stay_unknown(world, next(rest), i)
    _let_things_happen(world, diaries)
    complain(quarterly[0], 1.2, about="damage", settled_after=None)


def _regular(world: World, person: Person, gap: float, euros: float) -> Diary:
    """Regular purchases to the end; order values differ widely between customers."""
    rng = world.rng
    first = DAYS if gap < 10 else rng.uniform(300, 395)
    diary = Diary(world, person, f"web-{world.tag}-{person.id}" if rng.random() < 0.3 else None)
    arrive(diary, min(first + 2, DAYS), "email", *rng.choice(((), ("app",), ("app",))))
    categories = rng.sample(world.catalogue.categories, 2 if gap > 60 else 3)
    worth = euros * min(rng.lognormvariate(-0.15, 0.5), 2.2)
    channels = rng.choice((("web",), ("web", "app"), ("web", "store"), ("app", "web", "store")))
    buy_regularly(
        diary, BuyingPattern(min(first, DAYS - 1), gap * rng.uniform(0.1, 0.8), gap, worth, categories, channels)
    )
    return diary


def _was_away(world: World, person: Person) -> Diary:
    """A monthly buyer who stopped buying for months, got a reminder, and has been back for a while."""
    diary = Diary(world, person)
    arrive(diary, 395, "email")
    categories = world.rng.sample(world.catalogue.categories, 2)
    silent_from, back = world.rng.uniform(230, 250), world.rng.uniform(80, 100)
    buy_regularly(diary, BuyingPattern(390, silent_from, 24, 75, categories))
    diary.contacted(world.ago(back + 9), "light-reminder", "sent", "click")
    buy_regularly(diary, BuyingPattern(back, 5, 26, 70, categories))
    return diary


def _occasional(world: World, person: Person, number: int) -> Diary:
    """One to three small orders; the first two customers have a first delivery and no stated interests."""
    rng = world.rng
    diary = Diary(world, person, f"web-{world.tag}-{person.id}" if number % 3 == 0 else None)
    first = rng.uniform(20, 60) if number < 2 else rng.uniform(60, 300)
    arrive(diary, first + 1, *(("email",) if number % 2 == 0 else ()), consent=rng.random() < 0.7)
    last = first if number < 2 else first * rng.uniform(0.2, 1)
    gap = max(first - last, 20)
    euros = 45 * min(rng.lognormvariate(0, 0.4), 2)
    buy_regularly(
        diary, BuyingPattern(first, last, gap, euros, rng.sample(world.catalogue.categories, 2), ("web", "store"))
    )
    return diary


def _browse(world: World, person: Person) -> None:
    """Browses, is identified, never buys."""
    diary = Diary(world, person, f"web-{world.tag}-{person.id}")
    began = world.rng.uniform(40, 200)
    for i in range(world.rng.randint(4, 9)):
        diary.visit(world.ago(began * (1 - i / 10)), world.rng.choice(("web", "app")), views=world.rng.randint(1, 4))
        if i == 2:
            diary.identify(world.ago(began * 0.79), "web", knows=("first_name", "language"))
    search(diary, began * 0.3)


def _stay_unknown(world: World, person: Person, number: int) -> None:
    """Stays unidentified: buys at the till, or browses on the web."""
    diary = Diary(world, person, f"{'till' if number else 'web'}-{world.tag}-{number}")
    if number:
        diary.buy(world.ago(world.rng.uniform(20, 200)), "store", diary.basket(world.catalogue.categories, 35))
        return
    for days in (33, 12, 4, 1.5):
        diary.visit(world.ago(days), "web", views=2)


def _let_things_happen(world: World, diaries: Sequence[Diary]) -> None:
    """Give every incident to at least two customers, and some more at random."""
    rng = world.rng
    for i, happening in enumerate(HAPPENINGS * 2):
        diary = diaries[(i * 5 + 1) % len(diaries)]
        happening(diary, diary.since * rng.uniform(0.3, 0.9))
    for diary in diaries:
        for happening in rng.sample((search, answer_a_mail, HAPPENINGS[7], HAPPENINGS[10]), rng.randint(0, 2)):
            happening(diary, diary.since * rng.uniform(0.1, 0.9))
