"""What would have to be different for a condition to hold: the fewest facts to change, and to what.

A *way* is a set of comparisons, or of opposites of comparisons, that together make the condition hold. Ways whose
demands on a fact contradict each other are dropped as soon as they do. Of the alternatives of one group the `MOST`
that need the fewest changes are followed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, assert_never

from engine.explain.what_if import Change, Wanted
from engine.explain.wishes import nearest
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, InSegment, NoneOf
from engine.rulebook.model import Fact, Facts, Value

MOST: Final = 64


@dataclass(frozen=True, slots=True)
class _Demand:
    """What one way asks of a fact, and the nearest value that is all of it."""

    wanted: tuple[Wanted, ...]
    to: Value
    is_so: bool


@dataclass(frozen=True, slots=True)
class _Way:
    """By fact what is asked of it. `cost`: how many facts would have to change."""

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
                demand = self._demand(fact, (Wanted(op, value, positive),))
                return () if demand is None else (_Way({fact: demand}, int(not demand.is_so)),)
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
        ways: Sequence[_Way] = (_Way(),)
        for item in items:
            more = self.ways(item, positive)
            both = (self._joined(way, other) for way in ways for other in more)
            ways = _best(way for way in both if way is not None)
        return ways

    def _joined(self, way: _Way, other: _Way) -> _Way | None:
        """Both at once; None where they ask for what cannot be at once."""
        demands = {**way.demands, **other.demands}
        for fact in way.demands.keys() & other.demands.keys():
            wanted = tuple(dict.fromkeys((*way.demands[fact].wanted, *other.demands[fact].wanted)))
            both = self._demand(fact, wanted)
            if both is None:
                return None
            demands[fact] = both
        return _Way(demands, sum(not demand.is_so for demand in demands.values()))

    def _demand(self, fact: str, wanted: tuple[Wanted, ...]) -> _Demand | None:
        actual = self._facts.get(fact)
        if all(one.met_by(actual) for one in wanted):
            return _Demand(wanted, actual, True)
        found = nearest(self._vocabulary[fact], wanted, actual)
        return None if found is None else _Demand(wanted, found.value, False)


def _best(ways: Iterable[_Way]) -> Sequence[_Way]:
    return sorted(ways, key=lambda way: way.cost)[:MOST]
