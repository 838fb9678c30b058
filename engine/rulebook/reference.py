"""The reference matcher in plain Python: defines conditions. Oracle, explanation and fallback of the compiled one.

A comparison with an unknown value (None or absent) does not hold, whatever the operator. NEVER is larger than any
number, equal to none, and not known.
"""

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, assert_never

from engine.domain.facts import NEVER, Constant, Facts, Value
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, Expected, InSegment, NoneOf, Op, listed
from engine.rulebook.model import Rule, Rulebook

Segments = Mapping[str, Condition]
Plain: TypeAlias = "bool | int | float | str | list[str] | list[Plain] | None"
"""What `plain` makes of a value: JSON-ready."""

MATCHED_STATUSES: Final = frozenset({"live", "shadow"})
"""The statuses of rules that take part in matching."""


def holds(condition: Condition, facts: Facts, segments: Segments) -> bool:
    """Whether the condition, as written, holds for these facts."""
    match condition:
        case Compare(fact, op, expected):
            return compare(op, facts.get(fact), expected)
        case InSegment(segment):
            return holds(segments[segment], facts, segments)
        case AllOf(items):
            return all(holds(item, facts, segments) for item in items)
        case AnyOf(items):
            return any(holds(item, facts, segments) for item in items)
        case NoneOf(items):
            return not any(holds(item, facts, segments) for item in items)
        case _:
            assert_never(condition)


def compare(op: Op, actual: Value, expected: Expected) -> bool:
    """Whether `actual op expected` holds; both canonical (`Fact`), `actual` None when unknown."""
    if op is Op.KNOWN:
        return is_known(actual) is bool(expected)
    if actual is None:
        return False
    return _compare_set(op, actual, expected) if op in _SET_OPS else _compare_scalar(op, actual, expected)


def is_known(value: Value) -> bool:
    """Whether there is a value at all: not for what is unknown, and not for what never happened."""
    return value is not None and value != NEVER


_SET_OPS: Final = frozenset({Op.HAS, Op.HAS_ANY, Op.HAS_NONE})


def _compare_set(op: Op, actual: Constant, expected: Expected) -> bool:
    if not isinstance(actual, frozenset):
        raise TypeError(f"{actual!r} is not a set")
    if op is Op.HAS:
        return expected in actual
    shares = any(item in actual for item in listed(expected))
    return shares if op is Op.HAS_ANY else not shares


def _compare_scalar(op: Op, actual: Constant, expected: Expected) -> bool:  # noqa: PLR0911 - one line an operator
    match op:
        case Op.IS:
            return actual == expected
        case Op.IS_NOT:
            return actual != expected
        case Op.ONE_OF:
            return actual in listed(expected)
        case Op.NONE_OF:
            return actual not in listed(expected)
        case Op.AT_LEAST:
            return bool(operator.ge(actual, expected))
        case Op.MORE_THAN:
            return bool(operator.gt(actual, expected))
        case Op.AT_MOST:
            return bool(operator.le(actual, expected))
        case Op.LESS_THAN:
            return bool(operator.lt(actual, expected))
        case Op.BETWEEN:
            low, high = listed(expected)
            return bool(operator.le(low, actual) and operator.le(actual, high))
        case _:
            raise ValueError(f"{op} does not compare single values")


@dataclass(frozen=True, slots=True)
class Trace:
    """One condition and how it came out. `kind`: compare, segment, all, any or none.

    A comparison has fact, op, expected and actual; a segment its name and its condition as the only child; a group its
    items as children. Every child was evaluated, also where the result was already clear.
    """

    kind: str
    holds: bool
    fact: str | None = None
    op: Op | None = None
    expected: Expected | None = None
    actual: Value = None
    segment: str | None = None
    children: tuple["Trace", ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON-ready: sets as sorted lists, NEVER as "never", unknown as null."""
        if self.kind == "compare":
            return {
                "kind": self.kind,
                "holds": self.holds,
                "fact": self.fact,
                "op": str(self.op),
                "expected": plain(self.expected),
                "actual": plain(self.actual),
            }
        named = {"segment": self.segment} if self.kind == "segment" else {}
        return {"kind": self.kind, "holds": self.holds, **named, "children": [c.to_json() for c in self.children]}


def plain(value: Expected | None) -> Plain:
    """A canonical value or a tuple of them, JSON-ready: sets as sorted lists, NEVER as "never", unknown as null."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return "never" if value == NEVER else value


def trace(condition: Condition, facts: Facts, segments: Segments) -> Trace:
    """`holds`, with every condition's written and actual value and result."""
    match condition:
        case Compare(fact, op, expected):
            actual = facts.get(fact)
            return Trace("compare", compare(op, actual, expected), fact, op, expected, actual)
        case InSegment(segment):
            child = trace(segments[segment], facts, segments)
            return Trace("segment", child.holds, segment=segment, children=(child,))
        case AllOf(items):
            children = tuple(trace(item, facts, segments) for item in items)
            return Trace("all", all(c.holds for c in children), children=children)
        case AnyOf(items):
            children = tuple(trace(item, facts, segments) for item in items)
            return Trace("any", any(c.holds for c in children), children=children)
        case NoneOf(items):
            children = tuple(trace(item, facts, segments) for item in items)
            return Trace("none", not any(c.holds for c in children), children=children)
        case _:
            assert_never(condition)


def rules_by_trigger(rulebook: Rulebook) -> dict[str, tuple[Rule, ...]]:
    """The rules that take part in matching, by trigger key, in the rulebook's order."""
    by_key: dict[str, list[Rule]] = {}
    for rule in rulebook.rules.values():
        if rule.status in MATCHED_STATUSES:
            for key in dict.fromkeys(trigger.key for trigger in rule.trigger):
                by_key.setdefault(key, []).append(rule)
    return {key: tuple(rules) for key, rules in by_key.items()}


class ReferenceMatcher:
    """Evaluates the written trees. Holds no state between calls: safe for threads and across fork."""

    name = "reference"

    def __init__(self, rulebook: Rulebook) -> None:
        self._rules = rules_by_trigger(rulebook)
        self._segments = rulebook.segments

    def match(self, trigger: str, facts: Facts) -> frozenset[str]:
        """The ids of the rules with this trigger key whose `when` holds."""
        rules = self._rules.get(trigger, ())
        return frozenset(rule.id for rule in rules if holds(rule.when, facts, self._segments))

    def close(self) -> None:
        """Nothing to give back; here so that every matcher can be closed."""
