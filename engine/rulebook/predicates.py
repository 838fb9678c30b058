"""Conditions as closures and as alternatives of conjunctions: what the compiler builds its rulesets from."""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, Final, assert_never

from engine.domain.facts import NEVER, Facts, Value
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, Expected, InSegment, NoneOf, Op

Predicate = Callable[[Facts], bool]

MAX_ALTERNATIVES: Final = 16
"""More conjunctions than this are not written out; a group among them is evaluated in Python instead."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A condition without places, or (`positive` false) its opposite: true exactly where the condition is not."""

    condition: Condition
    positive: bool


Conjunction = frozenset[Literal]


def alternatives(condition: Condition, positive: bool = True) -> list[Conjunction]:
    """Conjunctions of which at least one is true exactly where the condition (or its opposite) holds.

    The literals are comparisons and segments, and groups that would have made more than MAX_ALTERNATIVES.
    """
    match condition:
        case Compare() | InSegment():
            return [frozenset({Literal(without_places(condition), positive)})]
        case AllOf(items):
            return _every(items, True) if positive else _some(condition, False)
        case AnyOf(items):
            return _some(condition, True) if positive else _every(items, False)
        case NoneOf(items):
            return _every(items, False) if positive else _some(AnyOf(items), True)
        case _:
            assert_never(condition)


def _every(items: Sequence[Condition], positive: bool) -> list[Conjunction]:
    parts = [alternatives(item, positive) for item in items]
    while prod(map(len, parts)) > MAX_ALTERNATIVES:
        largest = max(range(len(parts)), key=lambda index: len(parts[index]))
        parts[largest] = [frozenset({Literal(without_places(items[largest]), positive)})]
    return _distinct(frozenset[Literal]().union(*chosen) for chosen in product(*parts))


def _some(group: AllOf | AnyOf, positive: bool) -> list[Conjunction]:
    found = _distinct(conjunction for item in group.items for conjunction in alternatives(item, positive))
    return found if len(found) <= MAX_ALTERNATIVES else [frozenset({Literal(without_places(group), positive)})]


def _distinct(conjunctions: Iterable[Conjunction]) -> list[Conjunction]:
    return list(dict.fromkeys(conjunctions))


def without_places(condition: Condition) -> Condition:
    """The same condition with nothing said of where it was written, so that equal ones are equal."""
    match condition:
        case Compare(fact, op, value):
            return Compare(fact, op, value)
        case InSegment(segment):
            return InSegment(segment)
        case AllOf(items):
            return AllOf(tuple(map(without_places, items)))
        case AnyOf(items):
            return AnyOf(tuple(map(without_places, items)))
        case NoneOf(items):
            return NoneOf(tuple(map(without_places, items)))
        case _:
            assert_never(condition)


def comparisons(condition: Condition, segments: Mapping[str, Condition]) -> list[Compare]:
    """Every comparison in the condition, those of its segments included, in the order written."""
    match condition:
        case Compare():
            return [condition]
        case InSegment(segment):
            return comparisons(segments[segment], segments)
        case AllOf(items) | AnyOf(items) | NoneOf(items):
            return [found for item in items for found in comparisons(item, segments)]
        case _:
            assert_never(condition)


def predicate(condition: Condition, segments: Mapping[str, Condition]) -> Predicate:
    """The condition as a function of the facts: the same answer as `reference.holds`, several times faster."""
    match condition:
        case Compare(fact, op, expected):
            return _comparison(fact, op, expected)
        case InSegment(segment):
            return predicate(segments[segment], segments)
        case AllOf(items):
            return _all_of([predicate(item, segments) for item in items])
        case AnyOf(items):
            return _any_of([predicate(item, segments) for item in items])
        case NoneOf(items):
            return _opposite(_any_of([predicate(item, segments) for item in items]))
        case _:
            assert_never(condition)


def _all_of(parts: Sequence[Predicate]) -> Predicate:
    if len(parts) == 1:
        return parts[0]
    if len(parts) == 2:  # most groups, and faster than the loop
        one, other = parts
        return lambda facts: one(facts) and other(facts)

    def every(facts: Facts) -> bool:
        for part in parts:  # noqa: SIM110 - a loop is faster than a generator here
            if not part(facts):
                return False
        return True

    return every


def _any_of(parts: Sequence[Predicate]) -> Predicate:
    def some(facts: Facts) -> bool:
        for part in parts:  # noqa: SIM110 - a loop is faster than a generator here
            if part(facts):
                return True
        return False

    return some


def _opposite(part: Predicate) -> Predicate:
    return lambda facts: not part(facts)


_TESTS: Final[Mapping[Op, Callable[[Any, Any], bool]]] = {
    Op.IS: operator.eq,
    Op.IS_NOT: operator.ne,
    Op.ONE_OF: lambda actual, expected: actual in expected,
    Op.NONE_OF: lambda actual, expected: actual not in expected,
    Op.AT_LEAST: operator.ge,
    Op.MORE_THAN: operator.gt,
    Op.AT_MOST: operator.le,
    Op.LESS_THAN: operator.lt,
    Op.BETWEEN: lambda actual, expected: expected[0] <= actual <= expected[1],
    Op.HAS: operator.contains,
    Op.HAS_ANY: lambda actual, expected: not actual.isdisjoint(expected),
    Op.HAS_NONE: lambda actual, expected: actual.isdisjoint(expected),
}


def _comparison(fact: str, op: Op, expected: Expected) -> Predicate:
    if op is Op.KNOWN:
        wanted = bool(expected)
        return lambda facts: ((value := facts.get(fact)) is not None and value != NEVER) is wanted
    if op is Op.IS:
        return lambda facts: (value := facts.get(fact)) is not None and value == expected
    if op is Op.AT_LEAST:
        least: Any = expected
        return lambda facts: (value := facts.get(fact)) is not None and value >= least
    if op is Op.AT_MOST:
        most: Any = expected
        return lambda facts: (value := facts.get(fact)) is not None and value <= most
    test = _TESTS[op]
    return lambda facts: (value := facts.get(fact)) is not None and test(value, expected)


def test_of(op: Op, expected: Expected, positive: bool = True) -> Callable[[Value], bool]:
    """A comparison, or its opposite, as a function of the value alone."""
    if op is Op.KNOWN:
        wanted = bool(expected) is positive
        return lambda value: (value is not None and value != NEVER) is wanted
    test = _TESTS[op]
    if positive:
        return lambda value: value is not None and test(value, expected)
    return lambda value: value is None or not test(value, expected)
