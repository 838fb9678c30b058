"""The changes needed for a condition to hold: the fewest facts to change, and their new values.

A *way* is a set of comparisons, or of opposites of comparisons, that together make the condition hold. Ways whose
demands on a fact contradict each other are dropped as soon as they do. Of the alternatives of one group the `MOST`
that need the fewest changes are followed, or `FEW` in a rule that is a great many groups.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Final, assert_never

from engine.domain.facts import Fact, Facts, Value
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, InSegment, NoneOf
from explain.nearest_value import nearest
from explain.what_if import Change, Wanted

MOST: Final = 64
FEW: Final = 4
"""Where a rule has more than `MOST` groups of alternatives."""


@dataclass(frozen=True, slots=True)
class _Demand:
    """One way's demands on a fact, and the nearest value that meets them all."""

    wanted: tuple[Wanted, ...]
    to: Value
    is_so: bool


@dataclass(frozen=True, slots=True)
class _Way:
    """By fact, the demands on it. `cost`: how many facts would have to change."""

    demands: Mapping[str, _Demand] = field(default_factory=dict)
    cost: int = 0


def fewest_changes(
    condition: Condition, facts: Facts, segments: Mapping[str, Condition], vocabulary: Mapping[str, Fact]
) -> tuple[Change, ...] | None:
    """The fewest facts to change so that the condition holds; () where it does, None where no facts make it hold.

    A fact that is absent from `facts` counts as unknown.
    """
    found = _Search(facts, segments, vocabulary).ways(condition, True)
    if not found:
        return None
    return tuple(
        Change(fact, facts.get(fact), demand.wanted, demand.to, fact in facts)
        for fact, demand in found[0].demands.items()
        if not demand.is_so
    )


class _Search:
    def __init__(self, facts: Facts, segments: Mapping[str, Condition], vocabulary: Mapping[str, Fact]) -> None:
        self._facts = facts
        self._segments = segments
        self._vocabulary = vocabulary

    def ways(self, condition: Condition, positive: bool) -> Sequence[_Way]:
        """Ways to make the condition hold (or not), those with the fewest changes first."""
        match condition:
            case Compare(fact, op, value):
                return _met({fact: self._demand(fact, (Wanted(op, value, positive),))})
            case InSegment(segment):
                return self.ways(self._segments[segment], positive)
            case AllOf(items):
                return self._every(items, True) if positive else self._some(items, False)
            case AnyOf(items):
                return self._some(items, True) if positive else self._every(items, False)
            case NoneOf(items):
                return self._every(items, False) if positive else self._some(items, True)
            case _:
                assert_never(condition)

    def _some(self, items: Iterable[Condition], positive: bool) -> Sequence[_Way]:
        return _best(way for item in items for way in self.ways(item, positive))

    def _every(self, items: Iterable[Condition], positive: bool) -> Sequence[_Way]:
        """Demands of single comparisons are merged at once: a rule may have thousands of them."""
        asked: dict[str, dict[Wanted, None]] = {}
        either: list[tuple[Condition, bool]] = []
        for item, wanted in self._together(items, positive):
            if isinstance(item, Compare):
                asked.setdefault(item.fact, {})[Wanted(item.op, item.value, wanted)] = None
            else:
                either.append((item, wanted))
        ways: Sequence[_Way] = _met({fact: self._demand(fact, tuple(wanted)) for fact, wanted in asked.items()})
        keep = MOST if len(either) <= MOST else FEW
        for item, wanted in either:
            pairs = sorted(product(ways, self.ways(item, wanted)[:keep]), key=_joint_cost)
            both = (self._joined(way, other) for way, other in pairs)
            ways = tuple(islice((way for way in both if way is not None), keep))
        return ways

    def _together(self, items: Iterable[Condition], positive: bool) -> Iterator[tuple[Condition, bool]]:
        """Parts that must hold (or not) all at once, from groups and segments that only require that."""
        for item in items:
            match item:
                case InSegment(segment):
                    yield from self._together((self._segments[segment],), positive)
                case AllOf(parts) if positive or len(parts) == 1:
                    yield from self._together(parts, positive)
                case AnyOf(parts) if not positive or len(parts) == 1:
                    yield from self._together(parts, positive)
                case NoneOf(parts) if positive or len(parts) == 1:
                    yield from self._together(parts, not positive)
                case _:
                    yield item, positive

    def _joined(self, way: _Way, other: _Way) -> _Way | None:
        """Both at once; None where they contradict each other."""
        demands = {**way.demands, **other.demands}
        for fact in way.demands.keys() & other.demands.keys():
            wanted = tuple(dict.fromkeys((*way.demands[fact].wanted, *other.demands[fact].wanted)))
            both = self._demand(fact, wanted)
            if both is None:
                return None
            demands[fact] = both
        return _Way(demands, _joint_cost((way, other)))

    def _demand(self, fact: str, wanted: tuple[Wanted, ...]) -> _Demand | None:
        actual = self._facts.get(fact)
        if all(one.met_by(actual) for one in wanted):
            return _Demand(wanted, actual, True)
        found = nearest(self._vocabulary[fact], wanted, actual)
        return None if found is None else _Demand(wanted, found.value, False)


def _met(demands: Mapping[str, _Demand | None]) -> tuple[_Way, ...]:
    """The one way of these demands; none where one of them cannot be met."""
    possible = {fact: demand for fact, demand in demands.items() if demand is not None}
    if len(possible) < len(demands):
        return ()
    return (_Way(possible, sum(not demand.is_so for demand in possible.values())),)


def _joint_cost(pair: tuple[_Way, _Way]) -> int:
    """The cost of both ways at once: a fact that both change is changed once."""
    way, other = pair
    shared = way.demands.keys() & other.demands.keys()
    return way.cost + other.cost - sum(not (way.demands[one].is_so or other.demands[one].is_so) for one in shared)


def _best(ways: Iterable[_Way]) -> Sequence[_Way]:
    return sorted(ways, key=lambda way: way.cost)[:MOST]
