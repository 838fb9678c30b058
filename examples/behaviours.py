"""Customer behaviour: arrival, regular purchases, browsing, and occasional incidents."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from examples.diary import DAY, HOUR, MINUTE, Diary

_QUERIES = {
    "kitchen": ("coffee grinder for one hand", "wok for induction", "bread proofing basket"),
    "bedding": ("duvet 155 x 220 summer", "pillow for side sleepers", "wool mattress topper"),
    "lighting": ("lamp for a sloping ceiling", "rechargeable table lamp", "lantern for the balcony"),
    "textiles": ("curtain 310 long", "round rug 120", "linen apron"),
    "garden": ("self-watering trough", "bird bath in stone", "tool for low hedges"),
}
_FOUND_IN = ("web", "web", "store", "app", "web", "store")
"""The channel of the first visit, chosen by a hash of the id: no random number is drawn, so the rest stays the same."""


@dataclass(frozen=True, slots=True)
class BuyingPattern:
    """Regular purchases: first and last order in days before the end, days between orders, euros per order."""

    first: float
    last: float
    gap: float
    euros: float
    categories: Sequence[str]
    channels: Sequence[str] = ("web",)


def buy_regularly(diary: Diary, pattern: BuyingPattern) -> list[str]:
    """Write the orders of the pattern, with visits in between; return the order ids, oldest first."""
    rng, orders = diary.rng, []
    ago = pattern.first
    while ago > pattern.last + pattern.gap * 0.6:
        orders.append(_bought(diary, ago, pattern))
        if rng.random() < 0.4:
            between = ago - pattern.gap * rng.uniform(0.2, 0.8)
            diary.visit(diary.world.ago(max(between, pattern.last)), rng.choice(("web", "app")), pattern.categories, 1)
        ago -= pattern.gap * rng.uniform(0.8, 1.2)
    return [*orders, _bought(diary, pattern.last, pattern)]


def _bought(diary: Diary, ago: float, pattern: BuyingPattern) -> str:
    channel = diary.rng.choice(pattern.channels)
    lines = diary.basket(pattern.categories, pattern.euros * diary.rng.uniform(0.6, 1.5))
    return diary.buy(diary.world.ago(ago), channel, lines, delivered=diary.rng.uniform(1.5, 4))


def arrive(diary: Diary, ago: float, *links: str, consent: bool = True) -> None:
    """First visit (some in the store or the app), browsing, then identification and channel addresses."""
    moment = diary.world.ago(ago)
    diary.since = ago
    found = _FOUND_IN[zlib.crc32(diary.person.id.encode()) % len(_FOUND_IN)]
    if found != "web":
        diary.note(moment - HOUR, "visited", found, surface=found)
    diary.visit(moment, "web", views=diary.rng.randint(0, 3))
    diary.identify(moment + 10 * MINUTE, "web")
    diary.link(moment + 10 * MINUTE, *links, consent=consent)


# ---- incidents; each takes a diary and a time in days before the end ----


def read_something(diary: Diary, ago: float) -> None:
    pieces = (("one-room-in-a-weekend", "article"), ("oiling-wood", "video"), ("herbs-on-the-sill", "article"))
    content, kind = diary.rng.choice(pieces)
    diary.note(diary.world.ago(ago), "content_engaged", "app", content_id=content, kind=kind)


def join_and_contribute(diary: Diary, ago: float) -> None:
    diary.note(diary.world.ago(ago), "community_joined", "app", community="home-testers")
    for i, kind in enumerate(("write", "test", "design", "organise")):
        diary.note(diary.world.ago(ago * (0.8 - 0.2 * i)), "community_contributed", "app", kind=kind)
    read_something(diary, ago / 2)


def bring_a_friend(diary: Diary, ago: float) -> None:
    friend = {"id": f"friend-of-{diary.person.id}"}
    diary.note(diary.world.ago(ago), "referral_made", "app", referred=friend)
    diary.note(diary.world.ago(ago * 0.7), "referral_converted", None, referred=friend)
    if ago > 180:  # the friend's first order was returned
        diary.note(diary.world.ago(ago * 0.7 - 9), "referral_reversed", None, referred=friend)


def wish_for_something(diary: Diary, ago: float) -> None:
    category = diary.rng.choice(diary.world.catalogue.categories)
    moment = diary.world.ago(ago)
    query = search_in_vain(diary, moment, category)
    diary.note(moment + MINUTE, "wish_expressed", "web", category=category, text=query)


def search_in_vain(diary: Diary, moment: int, category: str) -> str:
    query = diary.rng.choice(_QUERIES[category])
    diary.note(moment, "searched", "web", query=query, results=0)
    return query


def search(diary: Diary, ago: float) -> None:
    query = diary.rng.choice(_QUERIES[diary.rng.choice(diary.world.catalogue.categories)])
    diary.note(diary.world.ago(ago), "searched", "web", query=query.split()[0], results=diary.rng.randint(1, 24))


def complain(diary: Diary, ago: float, about: str = "delivery", settled_after: float | None = 2) -> None:
    """A complaint; `settled_after` None leaves it open."""
    moment = diary.world.ago(ago)
    complaint = diary.world.number("k")
    diary.note(moment, "complaint_opened", "web", complaint_id=complaint, about=about)
    if settled_after is not None:
        diary.note(moment + int(settled_after * DAY), "complaint_closed", None, complaint_id=complaint, about=about)


def failed_delivery(diary: Diary, ago: float) -> None:
    moment = diary.world.ago(ago)
    order = diary.buy(moment, "web", diary.basket(diary.world.catalogue.categories, 60), delivered=None)
    diary.note(moment + 2 * DAY, "delivery_failed", None, order_id=order)
    diary.note(moment + 3 * DAY, "delivery_completed", None, order_id=order)
    complain(diary, ago - 2, settled_after=1.5)


def return_something(diary: Diary, ago: float) -> None:
    moment = diary.world.ago(ago)
    lines = diary.basket(diary.world.catalogue.categories, 80)
    order = diary.buy(moment, "web", lines, delivered=2)
    diary.note(moment + 8 * DAY, "order_returned", "store", order_id=order, lines=lines[:1])
    diary.note(
        moment + 8 * DAY + HOUR, "feedback_given", "store", topic="size", text="Smaller than it looks in the picture"
    )


def cancel_an_order(diary: Diary, ago: float) -> None:
    moment = diary.world.ago(ago)
    order = diary.buy(moment, "app", diary.basket(diary.world.catalogue.categories, 50), delivered=None)
    diary.note(moment + 5 * HOUR, "order_cancelled", "app", order_id=order)


def unlink(diary: Diary, ago: float) -> None:
    """Add the app as a channel address, and remove it 20 days later."""
    moment = diary.world.ago(ago)
    diary.link(moment - 20 * DAY, "app")
    diary.note(moment, "consent_changed", "app", channel="push", purposes=["marketing"], granted=False)
    diary.note(moment + MINUTE, "channel_address_removed", "app", channel="app")


def rate(diary: Diary, ago: float, score: int | None = None) -> None:
    diary.note(diary.world.ago(ago), "rated", "app", score=score or diary.rng.choice((3, 4, 4, 5, 5)), about="product")


def answer_a_mail(diary: Diary, ago: float) -> None:
    diary.contacted(
        diary.world.ago(ago), "worth-reading", "sent", *diary.rng.choice((("click",), ("click", "accept"), ()))
    )


HAPPENINGS: tuple[Callable[[Diary, float], None], ...] = (
    join_and_contribute,
    bring_a_friend,
    wish_for_something,
    failed_delivery,
    return_something,
    cancel_an_order,
    unlink,
    rate,
    answer_a_mail,
    search,
    read_something,
    complain,
)
