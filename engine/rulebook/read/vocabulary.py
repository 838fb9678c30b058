"""vocabulary.yaml: the declared facts and counters, and the history facts that every action and group brings."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from engine.facts.types import FACT_TYPES
from engine.rulebook.model import Counter, Fact, FactType, Missing
from engine.rulebook.place import Place
from engine.rulebook.read.context import Context
from engine.rulebook.read.counters import read_counter, warn_of_size
from engine.rulebook.read.declared import missing_of, with_example
from engine.rulebook.read.fields import Fields, dotted_name
from engine.rulebook.read.words import HISTORY_OUTCOMES
from engine.rulebook.source import Node
from engine.rulebook.values import did_you_mean

HISTORY: Final = "history."

_MISSING: Final[Mapping[FactType, tuple[Missing, ...]]] = {
    FactType.COUNT: (Missing.ZERO, Missing.UNKNOWN),
    FactType.MONEY: (Missing.ZERO, Missing.UNKNOWN),
    FactType.DAYS: (Missing.NEVER, Missing.ZERO, Missing.UNKNOWN),
    FactType.NUMBER: (Missing.ZERO, Missing.UNKNOWN),
    FactType.DATE: (Missing.UNKNOWN,),
    FactType.BOOLEAN: (Missing.NO, Missing.UNKNOWN),
    FactType.TEXT: (Missing.NONE, Missing.UNKNOWN),
    FactType.SET: (Missing.NONE,),
}
_UNITS: Final[Mapping[FactType, tuple[str, ...]]] = {FactType.DAYS: ("days",), FactType.NUMBER: ("%",)}
_REQUIRED: Final = ("type", "missing", "example", "sentence")


def read_vocabulary(context: Context, node: Node) -> tuple[dict[str, Counter], dict[str, Place]]:
    """Fills `context.facts`. The counters, and where each fact is declared."""
    top = Fields(context.report, node, "the vocabulary", ("facts",), ("counters",))
    places: dict[str, Place] = {}
    for name, entry in top.entries("facts"):
        if _new_name(context, name, entry.key.place, places):
            _keep(context, name, _fact(context, name, entry.node))
    counters: dict[str, Counter] = {}
    for name, entry in top.entries("counters"):
        if _new_name(context, name, entry.key.place, places):
            fact, counters[name] = read_counter(context, name, entry.node)
            _keep(context, name, fact)
    warn_of_size(context, counters, top.place_of("counters"))
    return counters, places


def _new_name(context: Context, name: str, place: Place, places: dict[str, Place]) -> bool:
    if name.startswith(HISTORY):
        hint = "history facts exist without being declared"
        context.report.error("reserved-name", place, f"{HISTORY} names what happened with actions", hint)
        return False
    if name in places:
        message = f"the fact {name} is already declared at {places[name]}"
        context.report.error("duplicate-id", place, message, "give one of the two another name, or delete it")
        return False
    places[name] = place
    return dotted_name(context.report, name, place) or _keep(context, name, None)


def _keep(context: Context, name: str, fact: Fact | None) -> bool:
    if fact is None:
        context.broken_facts.add(name)
    else:
        context.facts[name] = fact
    return fact is not None


def _fact(context: Context, name: str, node: Node) -> Fact | None:
    """The fact, or None when its type or its missing value cannot be told."""
    fields = Fields(context.report, node, f"the fact {name}", _REQUIRED, ("unit", "values"))
    type_ = fields.word("type", [t.value for t in FactType])
    missing = missing_of(context, fields)
    if not type_ or not missing:
        return None
    if not _is_as_computed(context, name, FactType(type_), fields):
        return None
    fact = Fact(
        name=name,
        type=FactType(type_),
        missing=missing,
        sentence=fields.text("sentence"),
        unit=fields.text("unit") or None,
        values=fields.texts("values", at_least=1),
    )
    fine = _check_declaration(context, fact, fields)
    return with_example(context, fact, fields) if fine else None


def _is_as_computed(context: Context, name: str, declared: FactType, fields: Fields) -> bool:
    """Whether a fact that is built in is declared with the type in which it is computed."""
    computed = FACT_TYPES.get(name, declared)
    if computed is not declared:
        message = f"{name} is computed as {computed.value}, not as {declared.value}"
        context.report.error("wrong-fact-type", fields.place_of("type"), message, f"write type: {computed.value}")
    return computed is declared


def _check_declaration(context: Context, fact: Fact, fields: Fields) -> bool:
    """Whether unit, values and missing fit the type."""
    report, before = context.report, len(context.report.findings)
    if fact.missing not in _MISSING[fact.type]:
        words = " or ".join(word.value for word in _MISSING[fact.type])
        message = f"a fact of type {fact.type.value} cannot be {fact.missing.value} when nothing is known"
        report.error("bad-missing", fields.place_of("missing"), message, f"possible: {words}")
    if fact.unit and fact.unit not in _UNITS.get(fact.type, ()):
        words = " or ".join(_UNITS.get(fact.type, ())) or "no unit"
        message = f"a fact of type {fact.type.value} cannot be in {fact.unit}"
        report.error("bad-unit", fields.place_of("unit"), message, f"possible: {words}")
    if fact.values and fact.type not in (FactType.TEXT, FactType.SET):
        report.error("unknown-key", fields.key_place("values"), "only facts of type text or set have values")
    if fact.values and fact.type is FactType.TEXT and fact.missing is Missing.NONE and "none" not in fact.values:
        report.error(
            "bad-missing", fields.place_of("missing"), f"none is not a value of {fact.name}", "add it to values"
        )
    return len(report.findings) == before


def check_computable(
    context: Context,
    places: Mapping[str, Place],
    counters: Collection[str],
    decided: Collection[str],
    built_in: Collection[str],
) -> None:
    """Every declared fact is computed in exactly one way: built in, as a counter, or by a decision table."""
    for name, place in places.items():
        if name in built_in and name in counters:
            context.report.error("fact-computed-twice", place, f"{name} is built in; a counter needs another name")
        computed = name in built_in or name in counters or name in decided or name in context.broken_facts
        if not computed and "table" not in context.unsure:
            hint = did_you_mean(name, built_in) or "declare it under counters, or decide it in a table"
            context.report.error("fact-not-computed", place, f"nothing computes {name}", hint)


def history_facts(names: Iterable[str]) -> dict[str, Fact]:
    """Per action and group: when it was last shown, how often in a year, and what came of it."""
    found: dict[str, Fact] = {}
    for name in names:
        base = f"{HISTORY}{name}"
        for fact in (
            Fact(f"{base}.days_since_shown", FactType.DAYS, Missing.NEVER, f"Days since {name} was shown", 9, "days"),
            Fact(f"{base}.times_shown_365d", FactType.COUNT, Missing.ZERO, f"Times {name} was shown in a year", 1),
            Fact(
                name=f"{base}.last_outcome",
                type=FactType.TEXT,
                missing=Missing.NONE,
                sentence=f"What came of {name} the last time",
                example="click",
                values=HISTORY_OUTCOMES,
            ),
        ):
            found[fact.name] = fact
    return found
