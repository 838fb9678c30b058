"""The values of a fact in finitely many classes: two values share a class when no condition can distinguish them.

A class is a bit. For single values the classes come from the constants in conditions; for sets, each member is a
dimension of its own, with the classes no and yes.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Final

from engine.domain.events import EVENT_TYPES
from engine.domain.facts import NEVER, Constant, Fact, FactType, Missing, Value
from engine.domain.trigger import REQUESTED
from engine.rulebook.built_in_facts import FACT_TYPES
from engine.rulebook.condition import Compare, Expected, Op, listed

# ---- The possible values of a fact: its bounds, and its values in events and requests ----


_SHARE: Final = (0.0, 1.0)
_RATING: Final = (1, 5)
_BOUNDS: Final[Mapping[str, tuple[float, float | None]]] = {
    "customer.last_rating": _RATING,
    "event.score": _RATING,
    "time.hour": (0, 23),
    "customer.birthday_in_days": (0, 366),
    "customer.usual_gap_days": (0, None),
    "customer.return_share": _SHARE,
    "customer.pause_chance": _SHARE,
    "customer.lapse_chance_90d": _SHARE,
    "customer.ignored_share_90d": _SHARE,
    "customer.promises_kept": _SHARE,
    "customer.momentum": (0, None),
    "order.against_mean": (0, None),
    "context.distance_km": (0, 20_100),
    "context.delivery_days": (0, 1000),
}
"""The smallest and largest value of computed facts, where known."""


FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2099, 12, 31)
"""Days that can be written."""


def bounds(fact: Fact) -> tuple[float | None, float | None]:
    """The smallest and largest value of a number, or day numbers of a date; None where there is no bound.

    Counts and amounts of money are not negative, nor are days since an event that may never have happened.
    """
    if fact.name in _BOUNDS:
        return _BOUNDS[fact.name]
    if fact.type is FactType.DATE:
        return FIRST_DAY.toordinal(), LAST_DAY.toordinal()
    at_least_zero = fact.type in (FactType.COUNT, FactType.MONEY) or fact.missing is Missing.NEVER
    return (0 if at_least_zero else None), None


_CARTS: Final = frozenset({"cart_updated", "checkout_started", REQUESTED})
_PLACED: Final = frozenset({"order_completed", "order_updated"})
_ORDERS: Final = _PLACED | {"order_returned", "order_cancelled", "delivery_completed", "delivery_failed"}
_FRIENDS: Final = frozenset({"referral_made", "referral_converted", "referral_reversed"})
_ABOUT: Final = frozenset({"complaint_opened", "complaint_closed", "rated", "feedback_given"})

_GIVEN_AT: Final[Mapping[str, tuple[frozenset[str], Value]]] = {
    "event.score": (frozenset({"rated"}), None),
    "event.results": (frozenset({"searched"}), None),
    "event.category": (frozenset({"product_viewed", "wish_expressed"}), "none"),
    "event.about": (_ABOUT, "none"),
    "event.friend": (_FRIENDS, "none"),
    "event.channel": (frozenset({*EVENT_TYPES, REQUESTED}), "none"),
    "order.total": (_PLACED, None),
    "order.against_mean": (_PLACED, None),
    "order.id": (_ORDERS | {REQUESTED}, None),
    "cart.total": (_CARTS, 0),
    "cart.items": (_CARTS, 0),
    "cart.categories": (_CARTS, frozenset()),
    "cart.scene": (_CARTS, "none"),
    "cart.scene_missing": (_CARTS, 0),
    "context.distance_km": (frozenset({REQUESTED}), None),
    "context.in_stock_nearby": (frozenset({REQUESTED}), False),
    "context.delivery_days": (frozenset({REQUESTED}), None),
    "context.from_maker": (frozenset({REQUESTED}), False),
}
"""Facts of the moment: the triggers that set them, and their value at all others (`engine.facts.moment`)."""

_ALWAYS_GIVEN: Final[Mapping[str, frozenset[str]]] = {
    "event.score": frozenset({"rated"}),
    "order.total": frozenset({"order_completed"}),
    "order.id": _ORDERS,
    "event.friend": _FRIENDS,
}
"""At these triggers they never have the default: the event schema requires them."""

EVENT_TYPE: Final = "event.type"


def told_apart(fact: Fact, triggers: Sequence[str]) -> tuple[Value, ...]:
    """Values that need a class of their own, because the trigger decides whether they are possible."""
    if fact.name not in FACT_TYPES:
        return ()
    if fact.name == EVENT_TYPE:
        return tuple(triggers)
    return (_absent(fact),) if fact.name in _GIVEN_AT else ()


def _absent(fact: Fact) -> Value:
    """The value at triggers that do not set the fact."""
    elsewhere = _GIVEN_AT[fact.name][1]
    return fact.default if elsewhere is None and fact.missing is not Missing.UNKNOWN else elsewhere


Possible = Callable[[Value], bool]


def possible_at(fact: Fact, trigger: str) -> Possible | None:
    """The values that the fact can have at this trigger (its key); None: any.

    A fact that a trigger does not set has its default there, so conditions on it are decided.
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


RANKED: Final = frozenset({FactType.COUNT, FactType.MONEY, FactType.DAYS, FactType.NUMBER, FactType.DATE})
_MICRO: Final = 10**6
"""Numbers have six places, so they are counted in millionths here: nothing lies between two neighbours."""
_ANOTHER: Final = "something-else"


class Classes:
    """The classes of one dimension, each by a value in it; numbers and dates in rising order, then NEVER, then unknown.

    `ordered`: how many of the values, from the first, are such (NEVER among them). `default`: the class of an
    unknown customer, -1 where no class has it.
    """

    __slots__ = ("_at", "_present", "_ranked", "default", "full", "ordered", "values")

    def __init__(self, values: Iterable[Value], default: int = -1, ordered: int = 0) -> None:
        self.values = tuple(values)
        self.default = default
        self.ordered = ordered
        self.full = (1 << len(self.values)) - 1
        self._at: dict[Expected | None, int] = {value: 1 << at for at, value in enumerate(self.values)}
        # Numbers or dates, never both, so they compare with each other; tuple types cannot express that.
        self._ranked: tuple[Any, ...] = self.values[:ordered]
        self._present = self.full & ~self._at.get(None, 0)

    def mask(self, op: Op, expected: Expected) -> int:  # noqa: PLR0911 - one line an operator
        """The classes for which `value op expected` holds."""
        match op:
            case Op.KNOWN:
                known = self._present & ~self._at.get(NEVER, 0)
                return known if expected else self.full & ~known
            case Op.IS:
                return self.among((expected,))
            case Op.IS_NOT:
                return self._present & ~self.among((expected,))
            case Op.ONE_OF:
                return self.among(listed(expected))
            case Op.NONE_OF:
                return self._present & ~self.among(listed(expected))
            case Op.AT_LEAST:
                return self._up_to(self.ordered) & ~self._up_to(self._below(expected))
            case Op.MORE_THAN:
                return self._up_to(self.ordered) & ~self._up_to(self._not_above(expected))
            case Op.AT_MOST:
                return self._up_to(self._not_above(expected))
            case Op.LESS_THAN:
                return self._up_to(self._below(expected))
            case Op.BETWEEN:
                low, high = listed(expected)
                return self._up_to(self._not_above(high)) & ~self._up_to(self._below(low))
            case _:
                raise ValueError(f"{op} does not compare single values")

    def among(self, values: Iterable[Expected | None]) -> int:
        """The classes of these values."""
        mask = 0
        for value in values:
            mask |= self._at.get(value, 0)
        return mask

    def _below(self, bound: Expected) -> int:
        return bisect_left(self._ranked, bound)

    def _not_above(self, bound: Expected) -> int:
        return bisect_right(self._ranked, bound)

    @staticmethod
    def _up_to(count: int) -> int:
        return (1 << count) - 1


def classes_of(
    fact: Fact, tested: Iterable[Compare], words: Sequence[str] = (), apart: Iterable[Value] = ()
) -> Classes:
    """The classes that suffice for these comparisons of a single-valued fact. `words`: all its possible texts.
    `apart`: values that need a class of their own."""
    constants = [constant for comparison in tested for constant in constants_of(comparison)]
    constants += [value for value in apart if value is not None]
    if fact.type in RANKED:
        return _numbers(fact, constants)
    boolean = fact.type is FactType.BOOLEAN
    return _with_unknown(fact, (False, True) if boolean else _texts(fact, constants, words or fact.values), 0)


def constants_of(comparison: Compare) -> tuple[Constant, ...]:
    """The values named in a comparison; for a set, members."""
    if comparison.op is Op.KNOWN:
        return ()
    value = comparison.value
    return value if isinstance(value, tuple) else (value,)


def given_classes(fact: Fact, values: Iterable[Value]) -> Classes:
    """The classes of a fact that has only these values."""
    found = tuple(dict.fromkeys(values))
    if fact.type in RANKED:
        known: list[Any] = sorted(value for value in found if value is not None)
        return Classes((*known, *(None,) * (None in found)), -1, len(known))
    return Classes(found, -1)


def _with_unknown(fact: Fact, values: Iterable[Value], ordered: int) -> Classes:
    found = (*values, None) if fact.missing is Missing.UNKNOWN else tuple(values)
    return Classes(found, found.index(fact.default) if fact.default in found else -1, ordered)


def _texts(fact: Fact, constants: Iterable[Constant], words: Sequence[str]) -> list[Value]:
    """The named ones, and one for all others."""
    named = [value for value in dict.fromkeys(constants) if not words or value in words]
    if words:
        others = [word for word in words if word not in named]
        return [*named, *((fact.default if fact.default in others else word) for word in others[:1])]
    if fact.missing is Missing.NONE and "none" not in named:
        named.append("none")
    other = fact.example if isinstance(fact.example, str) else _ANOTHER
    while other in named:
        other = f"{other}-"
    return [*named, other]


def _numbers(fact: Fact, constants: Iterable[Constant]) -> Classes:
    """At, between and beyond the named numbers, as far as such numbers exist."""
    step = 1 if fact.type is FactType.NUMBER else _MICRO
    low, high = (None if bound is None else round(bound * _MICRO) for bound in bounds(fact))
    named = {_millionths(constant) for constant in constants if constant != NEVER}
    named |= {0} if fact.missing is Missing.ZERO else set()
    named = {at for at in named if (low is None or at >= low) and (high is None or at <= high)}
    found = sorted(_with_gaps(sorted(named), (low, high), step))
    values: list[Value] = [_number(fact, at) for at in found]
    if fact.missing is Missing.NEVER:
        values.append(NEVER)
    return _with_unknown(fact, values, len(values))


def _with_gaps(named: list[int], within: tuple[int | None, int | None], step: int) -> set[int]:
    """In millionths: the named numbers, and one from each gap that holds a whole number of steps."""
    low, high = within
    if not named:
        return {low if low is not None else min(0, high if high is not None else 0)}
    found = set(named)
    if low is None:
        found.add(_below(named[0], step))
    elif low < named[0]:
        found.add(low)
    if high is None:
        found.add(_above(named[-1], step))
    elif high > named[-1]:
        found.add(high)
    for before, after in pairwise(named):
        if _above(before, step) < after:
            found.add(_between(before, after, step))
    return found


def _above(at: int, step: int) -> int:
    return (at // step + 1) * step


def _below(at: int, step: int) -> int:
    return -(-at // step) * step - step


def _between(before: int, after: int, step: int) -> int:
    """A number between the two, with as few places as possible."""
    rough = _MICRO
    while rough > step and _above(before, rough) >= after:
        rough //= 10
    return _above(before, rough)


def _millionths(constant: Constant) -> int:
    """A number, or the number of a day."""
    if isinstance(constant, frozenset):
        raise TypeError(f"{constant!r} has no place among numbers")
    return round((date.fromisoformat(constant).toordinal() if isinstance(constant, str) else constant) * _MICRO)


def _number(fact: Fact, at: int) -> int | float | str:
    if fact.type is FactType.DATE:
        return date.fromordinal(at // _MICRO).isoformat()
    return at / _MICRO if fact.type is FactType.NUMBER else at // _MICRO
