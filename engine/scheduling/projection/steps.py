"""Truth over time: the moments from now on at which something becomes true, false, true again.

`Steps` start false, so the first moment is a change to true; `NOW` if it is true already. Moments are milliseconds,
ascending, and later than now except for `NOW`.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import inf
from typing import Final

from engine.domain.calendar import Days
from engine.domain.facts import Constant, Value
from engine.facts import Given, Group
from engine.rulebook.condition import Expected
from engine.rulebook.values import DATE

Steps = tuple[int, ...]

NOW: Final = 0
LAST: Final = 2**63
ALWAYS: Final[Steps] = (NOW,)
NOT_EVER: Final[Steps] = ()


def constant(truth: bool) -> Steps:
    return ALWAYS if truth else NOT_EVER


def holds_at(steps: Steps, moment: int) -> bool:
    return bisect_right(steps, moment) % 2 == 1


def turning(truth: bool, turns: Iterable[int], now: int) -> Steps:
    """Starts as `truth` and changes at each of these ascending moments; past ones determine the present value."""
    ahead = []
    for moment in turns:
        if moment <= now:
            truth = not truth
        else:
            ahead.append(moment)
    return (NOW, *ahead) if truth else tuple(ahead)


def changing(truth: bool, values: Iterable[tuple[int, bool]]) -> Steps:
    """Is `truth` now, and from each of these ascending moments on the value paired with it."""
    found = [NOW] if truth else []
    for moment, then in values:
        if then is not truth:
            found.append(moment)
            truth = then
    return tuple(found)


def every(parts: Sequence[Steps]) -> Steps:
    """True while all are; none of them is `NOT_EVER`."""
    begin, end = NOW, LAST
    for part in parts:
        if len(part) > 2:
            return _combined(parts, all)
        if part[0] > begin:  # noqa: PLR1730 - faster than max()
            begin = part[0]
        if len(part) == 2 and part[1] < end:
            end = part[1]
    if begin >= end:
        return NOT_EVER
    return (begin,) if end == LAST else (begin, end)


def some(parts: Sequence[Steps]) -> Steps:
    """True while at least one is."""
    return parts[0] if len(parts) == 1 else _combined(parts, any)


def _combined(parts: Sequence[Steps], test: Callable[[Iterable[bool]], bool]) -> Steps:
    truth, found = False, []
    for moment in sorted({moment for part in parts for moment in part}):
        if test([bisect_right(part, moment) % 2 == 1 for part in parts]) is not truth:
            truth = not truth
            found.append(moment)
    return tuple(found)


Projection = Callable[["View"], Steps]
"""When something holds for one profile, from one moment on."""
Test = Callable[[Value], bool]


@dataclass(slots=True)
class View:
    """One profile at one moment: the inputs of comparisons, and the values computed so far.

    `first`: results of the parts evaluated for every profile, see `Prospect`.
    """

    given: Given
    values: dict[str, Value] = field(default_factory=dict)
    memo: dict[int, Steps] = field(default_factory=dict)
    first: Sequence[Steps] = ()

    @property
    def days(self) -> Days:
        """Those of the shop's zone."""
        return self.given.book.shop.days

    def value(self, name: str, group: Group) -> Value:
        """A fact at this moment, computed by `group` along with others."""
        if name not in self.values:
            self.values.update(group(self.given))
        return self.values[name]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A compiled comparison: the fact, the `numbers` that it is compared with, whether it holds for a value."""

    fact: str
    cuts: tuple[float, ...]
    test: Test


def numbers(value: Expected) -> tuple[float, ...]:
    """The numbers of a comparison, ascending, a date as its ordinal; none where it is compared with something else."""
    found = value if isinstance(value, tuple | frozenset) else (value,)
    return tuple(sorted({number for one in found if (number := _number(one)) is not None}))


def _number(value: Constant) -> float | None:
    if isinstance(value, str):
        return date.fromisoformat(value).toordinal() if DATE.fullmatch(value) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < inf else None


def still(comparison: Comparison, group: Group) -> Projection:
    """A fact that only events change."""
    fact, test = comparison.fact, comparison.test

    def look(view: View) -> Steps:
        values = view.values
        if fact not in values:
            values.update(group(view.given))
        return ALWAYS if test(values[fact]) else NOT_EVER

    return look
