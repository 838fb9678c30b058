"""The nearest value of a fact that meets all demands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf, isinf
from typing import Any, Final

from engine.domain.facts import NEVER, Fact, FactType, Missing, Value
from engine.rulebook.condition import Op
from engine.rulebook.values import PLACES
from explain.what_if import Wanted

_SMALLEST: Final = 10.0**-PLACES
_NUMBERS: Final = frozenset((FactType.COUNT, FactType.MONEY, FactType.DAYS, FactType.NUMBER))
_BARS: Final = frozenset((Op.IS_NOT, Op.NONE_OF))
_FROM: Final = frozenset((Op.AT_LEAST, Op.MORE_THAN, Op.BETWEEN))
_UNTIL: Final = frozenset((Op.AT_MOST, Op.LESS_THAN, Op.BETWEEN))
_OTHER: Final = "another"
"""A text that no condition names, for facts that only must not be one of some; numbered if taken."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value; its own type, because None is one."""

    value: Value


def nearest(fact: Fact, wanted: Sequence[Wanted], actual: Value) -> Found | None:
    """The value that this fact may have, that meets everything wanted, and that is closest to the `actual` one.

    Known values come before unknown and never. None: there is no such value.
    """
    likely = sorted(_likely(fact, wanted, actual), key=lambda value: _distance(value, actual))
    return next((Found(value) for value in likely if all(one.met_by(value) for one in wanted)), None)


def _likely(fact: Fact, wanted: Sequence[Wanted], actual: Value) -> Iterator[Value]:
    """Possible values, less those excluded singly or by a bound: there may be thousands of either."""
    barred = frozenset(value for one in wanted if one.means in _BARS for value in _members(one))
    low = max((bound for one in wanted if one.means in _FROM for bound in _members(one)[:1]), default=-inf)
    high = min((bound for one in wanted if one.means in _UNTIL for bound in _members(one)[-1:]), default=inf)
    is_number = fact.type in _NUMBERS
    for value in dict.fromkeys(_possible(fact, wanted, actual)):
        if value not in barred and (value is None or not is_number or low <= value <= high):  # type: ignore[operator]
            yield value


def _members(one: Wanted) -> tuple[Any, ...]:
    return one.value if isinstance(one.value, tuple) else (one.value,)


def _distance(value: Value, actual: Value) -> tuple[int, float]:
    """Order of preference: a number by distance, a set by how many members change; else in given order."""
    if value is None:
        return (2, 0.0)
    if value == NEVER:
        return (1, 0.0)
    if isinstance(value, frozenset):
        return (0, float(len(value ^ actual) if isinstance(actual, frozenset) else len(value)))
    if isinstance(value, int | float) and isinstance(actual, int | float):
        return (0, -value if isinf(actual) else abs(value - actual))
    return (0, 0.0)


def _possible(fact: Fact, wanted: Sequence[Wanted], actual: Value) -> Iterator[Value]:
    if fact.type in _NUMBERS:
        yield from _numbers(fact, wanted)
    elif fact.type is FactType.BOOLEAN:
        yield from (True, False)
    elif fact.type is FactType.SET:
        yield from _sets(fact, wanted, actual)
    elif fact.type is FactType.DATE:
        yield from _dates(wanted)
    else:
        yield from _texts(fact, wanted)
    if fact.missing is Missing.NEVER:
        yield NEVER
    if fact.missing is Missing.UNKNOWN:
        yield None


def _mentioned(wanted: Sequence[Wanted]) -> Iterator[Any]:
    for one in wanted:
        if one.op is not Op.KNOWN:
            yield from _members(one)


def _numbers(fact: Fact, wanted: Sequence[Wanted]) -> Iterator[int | float]:
    """The bounds and their neighbours: where anything fits, one of these does."""
    step = _SMALLEST if fact.type is FactType.NUMBER else 1
    for bound in (0, *_mentioned(wanted)):
        if bound == NEVER:
            continue
        for value in (bound, bound + step, bound - step):
            if fact.type is FactType.NUMBER:
                yield round(float(value), PLACES) + 0.0
            elif value >= 0 or fact.type is not FactType.COUNT:
                yield value


def _dates(wanted: Sequence[Wanted]) -> Iterator[str]:
    for bound in _mentioned(wanted):
        day = date.fromisoformat(bound)
        yield from (bound, str(day + timedelta(days=1)), str(day - timedelta(days=1)))


def _texts(fact: Fact, wanted: Sequence[Wanted]) -> Iterator[str]:
    named = list(_mentioned(wanted))
    if fact.values:
        yield from (value for value in (*named, *fact.values) if value in fact.values)
    else:
        yield from named
        taken = frozenset(named)
        yield next(text for n in range(len(named) + 1) if (text := f"{_OTHER} {n}" if n else _OTHER) not in taken)
    if fact.missing is Missing.NONE:
        yield "none"


def _sets(fact: Fact, wanted: Sequence[Wanted], actual: Value) -> Iterator[frozenset[str]]:
    """As it is, with what must be in it and without what must not; and nothing at all."""
    have = actual if isinstance(actual, frozenset) else frozenset()
    must = frozenset(one.value for one in wanted if one.op is Op.HAS and one.positive)
    never = frozenset(member for one in wanted for member in _forbidden(one))
    changed = (have | must) - never
    for one in wanted:
        shares = (one.op is Op.HAS_ANY and one.positive) or (one.op is Op.HAS_NONE and not one.positive)
        if shares and changed.isdisjoint(one.value):
            changed |= frozenset([member for member in one.value if member not in never][:1])
    yield changed
    yield frozenset()


def _forbidden(one: Wanted) -> tuple[str, ...]:
    if one.op is Op.HAS and not one.positive:
        return (one.value,)
    if (one.op is Op.HAS_NONE and one.positive) or (one.op is Op.HAS_ANY and not one.positive):
        return tuple(one.value)
    return ()
