"""What values a fact can have at all: its bounds, and what events and requests give of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from engine.domain.events import EVENT_TYPES
from engine.facts.types import FACT_TYPES
from engine.rulebook.model import Fact, FactType, Missing, Value

ASKED: Final = "asked"
OVERDUE: Final = "overdue"

_SHARE: Final = (0.0, 1.0)
_RATING: Final = (1, 5)
_BOUNDS: Final[Mapping[str, tuple[float, float | None]]] = {
    "customer.last_rating": _RATING,
    "event.score": _RATING,
    "time.hour": (0, 23),
    "customer.birthday_in_days": (0, 366),
    "customer.usual_gap_days": (0, None),
    "customer.return_share": _SHARE,
    "customer.rhythm_p": _SHARE,
    "customer.lapse_chance_90d": _SHARE,
    "customer.ignored_share_90d": _SHARE,
    "customer.promises_kept": _SHARE,
    "customer.momentum": (0, None),
    "order.against_mean": (0, None),
    "context.distance_km": (0, 20_100),
    "context.delivery_days": (0, 1000),
}
"""The smallest and the largest value of facts that code computes, where it is known."""


FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2099, 12, 31)
"""Days that can be written."""


def bounds(fact: Fact) -> tuple[float | None, float | None]:
    """The smallest and the largest value of a number, or the numbers of days of a date; None where there is no bound.

    Counts and amounts of money are not negative, nor are days since something that may never have happened.
    """
    if fact.name in _BOUNDS:
        return _BOUNDS[fact.name]
    if fact.type is FactType.DATE:
        return FIRST_DAY.toordinal(), LAST_DAY.toordinal()
    at_least_zero = fact.type in (FactType.COUNT, FactType.MONEY) or fact.missing is Missing.NEVER
    return (0 if at_least_zero else None), None


_CARTS: Final = frozenset({"cart_updated", "checkout_started", ASKED})
_ORDERS: Final = frozenset(
    {"order_completed", "order_returned", "order_cancelled", "delivery_completed", "delivery_failed"}
)
_FRIENDS: Final = frozenset({"referral_made", "referral_converted", "referral_reversed"})
_ABOUT: Final = frozenset({"complaint_opened", "complaint_closed", "rated", "feedback_given"})

_GIVEN_AT: Final[Mapping[str, tuple[frozenset[str], Value]]] = {
    "event.score": (frozenset({"rated"}), None),
    "event.results": (frozenset({"searched"}), None),
    "event.category": (frozenset({"product_viewed", "wish_expressed"}), "none"),
    "event.about": (_ABOUT, "none"),
    "event.friend": (_FRIENDS, "none"),
    "event.channel": (frozenset({*EVENT_TYPES, ASKED}), "none"),
    "order.total": (frozenset({"order_completed"}), None),
    "order.against_mean": (frozenset({"order_completed"}), None),
    "order.id": (_ORDERS | {ASKED}, None),
    "cart.total": (_CARTS, 0),
    "cart.items": (_CARTS, 0),
    "cart.categories": (_CARTS, frozenset()),
    "cart.scene": (_CARTS, "none"),
    "cart.scene_missing": (_CARTS, 0),
    "context.distance_km": (frozenset({ASKED}), None),
    "context.in_stock_nearby": (frozenset({ASKED}), False),
    "context.delivery_days": (frozenset({ASKED}), None),
    "context.from_maker": (frozenset({ASKED}), False),
}
"""Facts of the moment: at which triggers they are given, and their value at all others (`engine.facts.moment`)."""

_ALWAYS_GIVEN: Final[Mapping[str, frozenset[str]]] = {
    "event.score": frozenset({"rated"}),
    "order.total": frozenset({"order_completed"}),
    "order.id": _ORDERS,
    "event.friend": _FRIENDS,
}
"""At these triggers they are never as they are elsewhere: the schema of the event demands them."""

EVENT_TYPE: Final = "event.type"


def told_apart(fact: Fact, triggers: Sequence[str]) -> tuple[Value, ...]:
    """Values that need a class of their own, because the trigger decides whether they are possible."""
    if fact.name not in FACT_TYPES:
        return ()
    if fact.name == EVENT_TYPE:
        return tuple(triggers)
    return (_absent(fact),) if fact.name in _GIVEN_AT else ()


def _absent(fact: Fact) -> Value:
    """The value at triggers that do not give the fact."""
    elsewhere = _GIVEN_AT[fact.name][1]
    return fact.default if elsewhere is None and fact.missing is not Missing.UNKNOWN else elsewhere


Possible = Callable[[Value], bool]


def possible_at(fact: Fact, trigger: str) -> Possible | None:
    """Which values the fact can have when this trigger (its key) sets a decision off; None: any.

    Facts that a trigger does not give have the value of nobody there, so a condition on them is decided.
    """
    if fact.name not in FACT_TYPES:
        return None
    if fact.name == EVENT_TYPE:
        return lambda value: value == trigger
    if fact.name not in _GIVEN_AT:
        return None
    absent = _absent(fact)
    if trigger not in _GIVEN_AT[fact.name][0]:
        return lambda value: value == absent
    if trigger in _ALWAYS_GIVEN.get(fact.name, ()):
        return lambda value: value != absent
    return None
