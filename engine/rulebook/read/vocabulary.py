"""vocabulary.yaml: the declared facts and counters, and the history facts of every action and group."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from engine.domain.events import EVENT_TYPES
from engine.domain.facts import Counter, Fact, FactType, Missing, Value
from engine.domain.profile.counters import plan
from engine.domain.times import DAY
from engine.rulebook.built_in_facts import FACT_TYPES
from engine.rulebook.findings import Place
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields, dotted_name, parsed, text_of, truth_of, wrong_type
from engine.rulebook.read.words import (
    EVENT_PROPERTIES,
    HISTORY_OUTCOMES,
    SUMMED_COUNTS,
    SUMMED_MONEY,
    WHOLE_PROPERTIES,
    YES_NO_PROPERTIES,
)
from engine.rulebook.source import ListNode, Node, Scalar
from engine.rulebook.values import did_you_mean, parse_value

# ---- What declarations of facts and of counters have in common: `missing:` and `example:` ----


def missing_of(context: Context, fields: Fields) -> Missing | None:
    node = fields.node("missing")
    if node is None:
        return None
    raw = node.raw if isinstance(node, Scalar) else ""
    if raw in list(Missing):
        return Missing(raw)
    words = [word.value for word in Missing]
    context.report.error(
        "unknown-word", node.place, f"{raw or 'this'} is not possible for missing", did_you_mean(raw, words)
    )
    return None


def with_example(context: Context, fact: Fact, fields: Fields) -> Fact:
    node = fields.node("example")
    example = None if node is None else example_value(context, fact, node)
    return Fact(fact.name, fact.type, fact.missing, fact.sentence, example, fact.unit, fact.values)


def example_value(context: Context, fact: Fact, node: Node) -> Value:
    """A value of the fact as a whole: for a set fact a list of members, else one value."""
    if fact.type is not FactType.SET:
        return parsed(context.report, node, lambda raw: parse_value(raw, fact, context.currency), None)
    if not isinstance(node, ListNode):
        wrong_type(context.report, node, f"a list, because {fact.name} is a set,")
        return frozenset()
    members: list[Value] = [
        parsed(context.report, item, lambda raw: parse_value(raw, fact, context.currency), None) for item in node.items
    ]
    return frozenset(member for member in members if isinstance(member, str))


# `counters:` of vocabulary.yaml: facts that marketers declare, and the bytes that they take of every profile.


MOST_COUNTER_DAYS: Final = 800
BUCKET_BYTES: Final = 10
"""About what one bucket takes where a profile is stored: its number, its sum, two commas."""
LARGE: Final = 8_000
"""Bytes of all counters that are worth a warning: four times what a whole profile usually takes."""


def counter_bytes(counters: Mapping[str, Counter]) -> int:
    """About the most that these counters take of a profile: when there is something to count on every day.

    Windows up to 90 days have a bucket per day, longer ones one per four weeks, and each reaches into one more.
    Counters of the same meaning are stored once.
    """
    stored = {planned.key: planned for counting in plan(counters).values() for planned in counting}
    return sum(BUCKET_BYTES * (-(-p.days // p.width) + 2) for p in stored.values())


def warn_of_size(context: Context, counters: Mapping[str, Counter], place: Place) -> None:
    """A warning when the counters may take far more than the rest of a profile."""
    size = counter_bytes(counters)
    if size > LARGE:
        message = f"the counters may take {size:,} bytes of every profile"
        hint = "windows over 90 days use a bucket per four weeks, shorter ones a bucket per day"
        context.report.warning("counters-large", place, message, hint)


def read_counter(context: Context, name: str, node: Node) -> tuple[Fact | None, Counter]:
    """The counter and its fact, None when its type is invalid."""
    what = f"the counter {name}"
    fields = Fields(context.report, node, what, ("within", "example", "sentence"), ("count", "sum", "where", "missing"))
    if ("count" in fields) == ("sum" in fields):
        context.report.error("one-of-keys", fields.place, f"{what} needs either count or sum")
        return None, Counter(name, "", DAY)
    event, sums = _counted(context, fields)
    within = fields.duration("within", DAY)
    if within % DAY or not DAY <= within <= MOST_COUNTER_DAYS * DAY:
        message = f"a counter looks back over whole days, from 1 to {MOST_COUNTER_DAYS}"
        context.report.error("out-of-range", fields.place_of("within"), message)
    if "missing" in fields and missing_of(context, fields) not in (None, Missing.ZERO):
        context.report.error("bad-missing", fields.place_of("missing"), "a counter without events is 0")
    counter = Counter(name, event, within, sums, _where(context, fields, event))
    if not event or sums == "":
        return None, counter
    fact_type = FactType.MONEY if sums and SUMMED_MONEY.get(event) == sums else FactType.COUNT
    fact = Fact(name, fact_type, Missing.ZERO, fields.text("sentence"))
    return with_example(context, fact, fields), counter


def _counted(context: Context, fields: Fields) -> tuple[str, str | None]:
    """Event type and summed property (None to count); "" for what is not possible."""
    key = "sum" if "sum" in fields else "count"
    event, dot, sums = fields.text(key).partition(".")
    place = fields.place_of(key)
    if not context.known("event", event, EVENT_TYPES, place):
        return "", None
    if key == "count" and dot:
        message = f"count takes an event type alone, not {event}.{sums[:40]}"
        context.report.error("unknown-property", place, message, f"did you mean sum: {event}.{sums[:40]}?")
    return event, _summed(context, event, sums, place) if key == "sum" else None


def _summed(context: Context, event: str, sums: str, place: Place) -> str:
    possible = [words[event] for words in (SUMMED_MONEY, SUMMED_COUNTS) if event in words]
    if sums in possible:
        return sums
    hint = f"did you mean {event}.{possible[0]}?" if possible else "count the events instead: count:"
    context.report.error("unknown-property", place, f"{event} has no number {sums[:40]} to sum", hint)
    return ""


def _where(context: Context, fields: Fields, event: str) -> Mapping[str, Any]:
    possible = EVENT_PROPERTIES.get(event, ())
    found: dict[str, Any] = {}
    for name, entry in fields.entries("where"):
        if event and name not in possible:
            message = f"{event} has no single property {name[:40]}"
            context.report.error("unknown-property", entry.key.place, message, did_you_mean(name, possible))
        found[name] = _where_value(context, name, entry.node)
    return found


def _where_value(context: Context, name: str, node: Node) -> str | int | bool | None:
    """What the event must say, in the type in which events of this kind say it."""
    if name in YES_NO_PROPERTIES:
        truth = truth_of(node)
        if truth is None:
            wrong_type(context.report, node, "yes or no")
        return truth
    if name not in WHOLE_PROPERTIES:
        return text_of(context.report, node)
    if isinstance(node, Scalar) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    wrong_type(context.report, node, "a whole number")
    return None


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
        hint = "history facts need no declaration"
        context.report.error("reserved-name", place, f"{HISTORY} is reserved for the history of actions", hint)
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
    """The fact, or None when its type or its missing value is invalid."""
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
    """Per action and group: last contact, contacts in a year, and outcome."""
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
                sentence=f"Latest outcome of {name}",
                example="click",
                values=HISTORY_OUTCOMES,
            ),
        ):
            found[fact.name] = fact
    return found
