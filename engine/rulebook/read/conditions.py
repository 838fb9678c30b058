"""Conditions as they are written: `fact: test`, `segment: name`, `all:`, `any:`, `none:`."""

import operator
from collections.abc import Callable, Mapping
from typing import Final

from engine.domain.facts import NEVER, Constant, Fact, FactType
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, Expected, InSegment, NoneOf, Op
from engine.rulebook.findings import Place
from engine.rulebook.read.context import Context, in_order_of_use
from engine.rulebook.read.fields import Fields, id_of, list_of, text_of, truth_of, wrong_type
from engine.rulebook.read.words import GROUP_SYNONYMS, LIST_SYNONYMS, OPERATOR_SYNONYMS
from engine.rulebook.source import Entry, ListNode, MapNode, Node, Scalar
from engine.rulebook.values import BadValue, did_you_mean, parse_value

GROUPS: Final[Mapping[str, Callable[[tuple[Condition, ...]], Condition]]] = {
    "all": AllOf,
    "any": AnyOf,
    "none": NoneOf,
}
_EQUALITY: Final = frozenset({Op.IS, Op.IS_NOT, Op.ONE_OF, Op.NONE_OF, Op.KNOWN})
_ORDER: Final = frozenset({Op.AT_LEAST, Op.MORE_THAN, Op.AT_MOST, Op.LESS_THAN, Op.BETWEEN})
_MEMBERS: Final = frozenset({Op.HAS, Op.HAS_ANY, Op.HAS_NONE, Op.KNOWN})
_LISTS: Final = frozenset({Op.ONE_OF, Op.NONE_OF, Op.HAS_ANY, Op.HAS_NONE})
OPERATORS: Final = {op.value: op for op in Op if op is not Op.ONE_OF}

FITTING: Final[Mapping[FactType, frozenset[Op]]] = {
    FactType.COUNT: _EQUALITY | _ORDER,
    FactType.MONEY: _EQUALITY | _ORDER,
    FactType.DAYS: _EQUALITY | _ORDER,
    FactType.NUMBER: _EQUALITY | _ORDER,
    FactType.DATE: _EQUALITY | _ORDER,
    FactType.BOOLEAN: frozenset({Op.IS, Op.IS_NOT, Op.KNOWN}),
    FactType.TEXT: _EQUALITY,
    FactType.SET: _MEMBERS,
}
"""The operators that can be used with each type of fact."""


def read_conditions(context: Context, node: Node) -> AllOf:
    """A mapping of conditions that must all hold. What is wrong is reported and left out."""
    if not isinstance(node, MapNode):
        wrong_type(context.report, node, "a mapping of conditions")
        return AllOf(())
    return AllOf(tuple(c for name, entry in node.entries.items() for c in _entry(context, name, entry)))


def _entry(context: Context, name: str, entry: Entry) -> list[Condition]:
    if name in GROUPS:
        return _group(context, name, entry.node)
    if name == "segment":
        segment = text_of(context.report, entry.node, "the name of a segment")
        context.known("segment", segment, context.segments, entry.node.place)
        return [InSegment(segment, entry.key.place)]
    if name in GROUP_SYNONYMS:
        message = f"there is no {name} in conditions"
        context.report.error("unknown-key", entry.key.place, message, f"did you mean {GROUP_SYNONYMS[name]}?")
        return []
    fact = context.fact(name, entry.key.place)
    return [] if fact is None else _tests(context, fact, entry)


def _group(context: Context, name: str, node: Node) -> list[Condition]:
    items = list_of(context.report, node, f"a list of conditions after {name}")
    if isinstance(node, ListNode) and not items:
        context.report.error("empty-list", node.place, f"{name} needs at least one condition in its list")
    return [GROUPS[name](tuple(_single(read_conditions(context, item)) for item in items))]


def _single(condition: AllOf) -> Condition:
    return condition.items[0] if len(condition.items) == 1 else condition


def _tests(context: Context, fact: Fact, entry: Entry) -> list[Condition]:
    """One comparison for a value or a list, one per operator for a mapping."""
    node, place = entry.node, entry.key.place
    if isinstance(node, ListNode):
        return _compare(context, fact, Op.ONE_OF, node, place)
    if isinstance(node, Scalar):
        return _compare(context, fact, Op.IS, node, place)
    if not node.entries:
        wrong_type(context.report, node, "a value, a list or an operator", "an operator: at_least, is_not, known ...")
    found: list[Condition] = []
    for name, test in node.entries.items():
        op = OPERATORS.get(name)
        if op is None:
            _unknown_operator(context, name, test.key.place)
        else:
            found += _compare(context, fact, op, test.node, test.key.place)
    return found


def _unknown_operator(context: Context, name: str, place: Place) -> None:
    if name in LIST_SYNONYMS:
        hint: str | None = "a list alone means one of its values: fact: [this, that]"
    elif name in OPERATOR_SYNONYMS:
        hint = f"did you mean {OPERATOR_SYNONYMS[name]}?"
    else:
        hint = did_you_mean(name, OPERATORS) or f"possible: {', '.join(OPERATORS)}"
    context.report.error("unknown-operator", place, f"{name[:60]} is not an operator", hint)


def _compare(context: Context, fact: Fact, op: Op, node: Node, place: Place) -> list[Condition]:
    if op not in FITTING[fact.type]:
        _wrong_operator(context, fact, op, place)
        return []
    try:
        value = _value(context, fact, op, node)
    except _Refused as error:
        wrong_type(context.report, error.node, error.expected, error.hint)
        return []
    return [] if value is None else [Compare(fact.name, op, value, place)]


def _wrong_operator(context: Context, fact: Fact, op: Op, place: Place) -> None:
    written = {Op.IS: "a single value", Op.ONE_OF: "a list"}.get(op, op.value)
    hint: str | None = f"possible: {', '.join(o.value for o in Op if o in FITTING[fact.type] and o is not Op.ONE_OF)}"
    if fact.type is FactType.SET:
        better = {Op.IS: "has", Op.ONE_OF: "has_any", Op.NONE_OF: "has_none", Op.IS_NOT: "has_none"}.get(op)
        hint = f"did you mean {{{better}: ...}}?" if better else hint
    message = f"{fact.name} is {_TYPE_WORDS[fact.type]}: {written} cannot be used with it"
    context.report.error("wrong-operator", place, message, hint)


_TYPE_WORDS: Final[Mapping[FactType, str]] = {
    FactType.COUNT: "a count",
    FactType.MONEY: "an amount of money",
    FactType.DAYS: "a number of days",
    FactType.NUMBER: "a number",
    FactType.DATE: "a date",
    FactType.BOOLEAN: "yes or no",
    FactType.TEXT: "a text",
    FactType.SET: "a set",
}


class _Refused(Exception):
    def __init__(self, node: Node, expected: str, hint: str | None = None) -> None:
        super().__init__(expected)
        self.node = node
        self.expected = expected
        self.hint = hint


def _value(context: Context, fact: Fact, op: Op, node: Node) -> Expected | None:
    """What the fact is compared with, None after reporting what does not fit."""
    if op is Op.KNOWN:
        truth = truth_of(node)
        if truth is None:
            raise _Refused(node, "yes or no")
        return truth
    if op is Op.BETWEEN:
        return _between(context, fact, node)
    if op in _LISTS:
        return _listed(context, fact, node)
    return _one(context, fact, node, ordered=op in _ORDER)


def _listed(context: Context, fact: Fact, node: Node) -> tuple[Constant, ...] | None:
    if not isinstance(node, ListNode):
        shown = node.raw if isinstance(node, Scalar) else "..."
        raise _Refused(node, "a list", f"write it as [{shown}]")
    if not node.items:
        context.report.error("empty-list", node.place, f"the list for {fact.name} is empty")
        return None
    values = [_one(context, fact, item) for item in node.items]
    fitting = tuple(value for value in values if value is not None)
    return fitting if len(fitting) == len(values) else None


def _between(context: Context, fact: Fact, node: Node) -> tuple[Constant, Constant] | None:
    if not isinstance(node, ListNode) or len(node.items) != 2:
        raise _Refused(node, "a list of the lowest and the highest value", "write it as [7, 60]")
    low, high = (_one(context, fact, item, ordered=True) for item in node.items)
    if low is None or high is None:
        return None
    if operator.gt(low, high):
        context.report.error("bad-value", node.place, "between has the lower value first", "swap the two")
        return None
    return low, high


def _one(context: Context, fact: Fact, node: Node, ordered: bool = False) -> Constant | None:
    """The canonical value of a scalar, None after reporting one that does not fit."""
    if not isinstance(node, Scalar):
        raise _Refused(node, "a single value")
    try:
        value = parse_value(node.value, fact, context.currency)
    except BadValue as error:
        context.report.error(error.code, node.place, str(error), error.hint)
        return None
    if ordered and value == NEVER:
        context.report.error("bad-value", node.place, "nothing can be compared with never", "write a number of days")
        return None
    return value


# ---- segments.yaml: named conditions ----


def read_segments(context: Context, node: Node) -> dict[str, Condition]:
    """The segments, each after those that it names. Fills `context.segments`, as they may name each other, and their
    places."""
    top = Fields(context.report, node, "segments.yaml", ("segments",))
    entries = dict(top.entries("segments"))
    context.segments = dict.fromkeys(entries, AllOf(()))
    found: dict[str, Condition] = {}
    for name, entry in entries.items():
        id_of(context.report, entry.key, underscores=True)
        found[name] = read_conditions(context, entry.node)
    context.segment_places = {name: entry.key.place for name, entry in entries.items()}
    context.segments = _ordered(context, found, context.segment_places)
    return dict(context.segments)


def _ordered(context: Context, found: dict[str, Condition], places: Mapping[str, Place]) -> dict[str, Condition]:
    order, circle = in_order_of_use({name: segments_in(condition) for name, condition in found.items()})
    if circle:
        names = " -> ".join(circle)
        message = f"segments refer to each other in a cycle: {names}"
        context.report.error(
            "segment-cycle", places[circle[0]], message, "replace a reference by the conditions of its segment"
        )
    return {name: found[name] for name in order}


def segments_in(condition: Condition) -> set[str]:
    """The segments that a condition names directly."""
    match condition:
        case InSegment(segment):
            return {segment}
        case AllOf(items) | AnyOf(items) | NoneOf(items):
            return set().union(*map(segments_in, items))
        case _:
            return set()
