"""`counters:` of vocabulary.yaml: facts that marketers declare, and the bytes that they take of every profile."""

from collections.abc import Mapping
from typing import Any, Final

from engine.domain.events import EVENT_TYPES
from engine.domain.profile.counters import plan
from engine.domain.times import DAY
from engine.rulebook.model import Counter, Fact, FactType, Missing
from engine.rulebook.place import Place
from engine.rulebook.read.context import Context
from engine.rulebook.read.declared import missing_of, with_example
from engine.rulebook.read.fields import Fields, text_of, truth_of, wrong_type
from engine.rulebook.read.words import (
    EVENT_PROPERTIES,
    SUMMED_COUNTS,
    SUMMED_MONEY,
    WHOLE_PROPERTIES,
    YES_NO_PROPERTIES,
)
from engine.rulebook.source import Node, Scalar
from engine.rulebook.values import did_you_mean

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
        hint = "windows over 90 days take a bucket per four weeks, shorter ones a bucket per day"
        context.report.warning("counters-large", place, message, hint)


def read_counter(context: Context, name: str, node: Node) -> tuple[Fact | None, Counter]:
    """The counter and its fact, None when its type cannot be told."""
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
        context.report.error("bad-missing", fields.place_of("missing"), "a counter that counted nothing is 0")
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
