"""Conditions, fact by fact: the operators for its type, its values, and its hover text."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from authoring.file_schemas.names import Names
from authoring.file_schemas.parts import TRUTH, VALUE, Schema, listed, money, pattern, record, said, whole, words
from engine.domain.facts import Fact, FactType, Missing
from engine.rulebook.condition import Op
from engine.rulebook.read.conditions import FITTING, GROUPS, OPERATORS
from engine.rulebook.values import DATE, DURATION, PERCENT, PLAIN

CONDITIONS: Final[Schema] = {"$ref": "#/definitions/conditions"}

_OPERATORS: Final[Mapping[Op, str]] = {
    Op.IS: "Is this. Shorter: the value alone",
    Op.IS_NOT: "Is known, and is not this",
    Op.NONE_OF: "Is known, and is none of these",
    Op.AT_LEAST: "This or more",
    Op.MORE_THAN: "More than this",
    Op.AT_MOST: "This or less",
    Op.LESS_THAN: "Less than this",
    Op.BETWEEN: "Between the two values, both included",
    Op.KNOWN: "yes: there is a value; no: there is none",
    Op.HAS: "The set contains this",
    Op.HAS_ANY: "The set contains at least one of these",
    Op.HAS_NONE: "The set is known, and contains none of these",
}
_GROUPS: Final[Mapping[str, str]] = {
    "all": "All of these must hold",
    "any": "At least one of these must hold",
    "none": "None of these may hold; a condition on an unknown fact does not hold",
}
_LISTS: Final = (Op.NONE_OF, Op.HAS_ANY, Op.HAS_NONE)


def condition_definitions(names: Names) -> Schema:
    """`definitions` of a file in which conditions are written: the conditions, and one test per kind of fact."""
    tests = {_kind(fact): _test(fact, names.currency) for fact in names.facts.values()}
    facts = {name: said({"$ref": f"#/definitions/{_kind(fact)}"}, told(fact)) for name, fact in names.facts.items()}
    groups = {name: said(listed(CONDITIONS, 1), _GROUPS[name]) for name in GROUPS}
    segment = said(words(names.segments), "A named condition of segments.yaml") if names.segments else False
    keys: Schema = {**groups, **({"segment": segment} if segment else {}), **facts}
    return {"conditions": record(keys, description="All of these must hold"), **tests}


def told(fact: Fact) -> str:
    """The hover text of a fact."""
    unit = f", {fact.unit}" if fact.unit and fact.unit != fact.type.value else ""
    return f"{fact.sentence}. {fact.type.value}{unit}; {fact.missing.value} when nothing is known"


def value(fact: Fact, currency: str) -> Schema:
    """A single value of the fact, of a set one member."""
    if fact.type in (FactType.TEXT, FactType.SET):
        return words(fact.values) if fact.values else VALUE
    if fact.type is FactType.DAYS:
        never = ("never",) if fact.missing is Missing.NEVER else ()
        return {"anyOf": [{"type": "integer"}, pattern(PLAIN, DURATION, *never)]}
    if fact.type is FactType.NUMBER:
        return pattern(PERCENT) if fact.unit == "%" else {"anyOf": [{"type": "number"}, pattern(PLAIN, PERCENT)]}
    return _SIMPLE[fact.type](currency)


_SIMPLE: Final[Mapping[FactType, Callable[[str], Schema]]] = {
    FactType.BOOLEAN: lambda _: TRUTH,
    FactType.COUNT: lambda _: whole(),
    FactType.MONEY: money,
    FactType.DATE: lambda _: pattern(DATE),
}


def _kind(fact: Fact) -> str:
    """The name of the definition that the fact shares with others of the same type, unit and values."""
    never = "_or_never" if fact.type is FactType.DAYS and fact.missing is Missing.NEVER else ""
    share = "_share" if fact.unit == "%" else ""
    return f"{fact.type.value}{never}{share}" + (f"_{'_'.join(fact.values)}" if fact.values else "")


def _test(fact: Fact, currency: str) -> Schema:
    """The allowed content behind the fact: a value, a list of values, or operators."""
    one, fitting = value(fact, currency), FITTING[fact.type]
    operators = {name: _operand(op, one) for name, op in OPERATORS.items() if op in fitting}
    forms: list[Schema] = [one] if Op.IS in fitting else []
    if Op.ONE_OF in fitting:
        forms.append(said(listed(one, 1), "One of these"))
    forms.append({**record(operators), "minProperties": 1})
    return {"anyOf": forms} if len(forms) > 1 else forms[0]


def _operand(op: Op, one: Schema) -> Schema:
    operand: Any = one
    if op is Op.KNOWN:
        operand = TRUTH
    elif op is Op.BETWEEN:
        operand = {**listed(one, 2), "maxItems": 2}
    elif op in _LISTS:
        operand = listed(one, 1)
    return said(operand, _OPERATORS[op])


def given_definitions(names: Names) -> dict[str, Schema]:
    """Allowed given values, by kind of fact."""
    return {f"given_{_kind(fact)}": _given(fact, names.currency) for fact in names.facts.values()}


def given(names: Names) -> Schema:
    """The facts that a test may give."""
    return record(
        {name: said({"$ref": f"#/definitions/given_{_kind(fact)}"}, told(fact)) for name, fact in names.facts.items()}
    )


def _given(fact: Fact, currency: str) -> Schema:
    """A value, all members of a set, or unknown."""
    if fact.type is FactType.SET:
        return listed(value(fact, currency))
    return {"anyOf": [value(fact, currency), words(("unknown",))]}
