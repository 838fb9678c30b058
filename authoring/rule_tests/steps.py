"""`steps:` of a scenario: events, requests, outcomes, and the time in between."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from authoring.rule_tests.asking import read_event, read_placements, read_request
from authoring.rule_tests.case import CUSTOMER, Expect, Step
from authoring.rule_tests.expect import NOTHING, read_expect
from authoring.rule_tests.reading import Reading
from authoring.rule_tests.used import read_used
from engine.domain.events import OUTBOUND, OUTCOMES, Event, customer_key
from engine.domain.times import format_rfc3339
from engine.domain.trigger import REQUESTED, Trigger, of_event
from engine.rulebook.read.fields import Fields, word_of
from engine.rulebook.source import MapNode, Node

MOST_TIMES: Final = 100
"""Maximum repetitions of a step."""
MOST_STEPS: Final = 2000
"""Maximum steps of one scenario, repetitions included."""
_WHEN: Final = ("at", "after", "times", "used")
_KEYS: Final = {
    "an event": ("event", "decide", "placements", "expect"),
    "an outcome": ("outcome", "expect"),
    "a request": ("ask", "placements", "context", "language", "expect"),
    "time": ("expect",),
}
"""The kinds of steps, and their optional keys."""
_NEW_ORDER: Final = "order_completed"
_OF_AN_ORDER: Final = ("order_updated", "order_returned", "order_cancelled", "delivery_completed", "delivery_failed")


@dataclass(slots=True)
class _Progress:
    """Progress in the scenario: the time, the latest order, and whether the customer is known yet."""

    reading: Reading
    clock: int
    known: bool
    order: str | None = None
    steps: list[Step] = field(default_factory=list)


def read_steps(reading: Reading, scenario: Fields, at: int) -> tuple[Step, ...]:
    """The steps in order, repetitions expanded."""
    progress = _Progress(reading, at, known=not scenario.boolean("anonymous"))
    for number, node in enumerate(scenario.items("steps", at_least=1), 1):
        progress.steps += _told(progress, node, number)
        if len(progress.steps) > MOST_STEPS:
            message = f"a scenario has at most {MOST_STEPS:,} steps, repetitions included"
            reading.report.error("tests-too-large", node.place, message, "split it into several scenarios")
            break
    if progress.steps and not any(step.expect for step in progress.steps):
        reading.report.error("empty-expect", scenario.place_of("steps"), "no step of this scenario has an expectation")
    return tuple(progress.steps)


def _told(progress: _Progress, node: Node, number: int) -> Iterator[Step]:
    fields = _fields(progress, node)
    after = fields.duration("after")
    for turn in range(fields.whole("times", 1, MOST_TIMES, 1)):
        progress.clock = _moment(progress, fields, progress.clock + after)
        yield _step(progress, fields, node, (number, turn))


def _fields(progress: _Progress, node: Node) -> Fields:
    """The keys of a step. Distinguishes keys unknown to all steps from keys unknown to this kind."""
    kind, report = _kind(node), progress.reading.report
    known = {*_WHEN, *(key for keys in _KEYS.values() for key in keys)}
    if isinstance(node, MapNode) and not known.issuperset(node.entries):
        return Fields(report, node, "a step", (), sorted(known))
    fields = Fields(report, node, f"a step with {kind}", (), (*_WHEN, *_KEYS[kind]))
    _check_time(progress, fields, kind)
    return fields


def _kind(node: Node) -> str:
    keys = node.entries if isinstance(node, MapNode) else {}
    if "event" in keys:
        return "an event"
    if "outcome" in keys:
        return "an outcome"
    return "a request" if keys.keys() & {"ask", "placements", "context", "language"} else "time"


def _check_time(progress: _Progress, fields: Fields, kind: str) -> None:
    report = progress.reading.report
    if "at" in fields and "after" in fields:
        report.error("bad-step", fields.key_place("after"), "a step has either `at` or `after`, not both")
    if "times" in fields and "after" not in fields:
        report.error(
            "bad-step", fields.key_place("times"), "a repeated step needs `after`, the time between repetitions"
        )
    if kind == "time" and fields.keys and not any(key in fields for key in ("at", "after", "used")):
        hint = "add event, placements, ask, outcome or after"
        report.error("bad-step", fields.place, "this step does nothing, and no time passes", hint)


def _moment(progress: _Progress, fields: Fields, unless_said: int) -> int:
    text = fields.text("at")
    said = progress.reading.time(text, fields.place_of("at")) if text else None
    if said is not None and said < progress.clock:
        message = f"the step before is at {format_rfc3339(progress.clock)}: a scenario cannot go back in time"
        progress.reading.report.error("bad-step", fields.place_of("at"), message)
    return unless_said if said is None else max(said, progress.clock)


def _step(progress: _Progress, fields: Fields, node: Node, count: tuple[int, int]) -> Step:
    reading, name = progress.reading, f"step-{count[0]}-{count[1]}"
    expect = read_expect(reading, fields) if "expect" in fields else None
    event, trigger = None, None
    if "event" in fields:
        event = _event(progress, fields, name)
        if event is not None and "decide" not in fields:
            trigger = of_event(event)
        _check_stored(progress, fields, expect)
    elif "outcome" in fields and expect is not None and expect != Expect(used=expect.used):
        message = "an outcome makes no decision; it can only change `used`"
        reading.report.error("bad-expect", fields.place_of("expect"), message, "move the expectation to the next step")
    elif "outcome" not in fields and _kind(node) == "a request":
        placements, context, language = read_request(reading, fields, node)
        fields.word("ask", (REQUESTED,))
        who = customer_key(id=CUSTOMER)
        trigger = Trigger(REQUESTED, f"request/{name}", who, None, placements, language, context)
    used = read_used(reading, fields)
    return Step(*count, fields.place, progress.clock, event, trigger, _outcomes(reading, fields), expect, used)


def _event(progress: _Progress, fields: Fields, name: str) -> Event | None:
    reading, node = progress.reading, fields.node("event")
    assert node is not None
    placements = [placed.id for placed in read_placements(reading, fields.items("placements"))]
    decide = fields.word("decide", (NOTHING,)) or placements or OUTBOUND
    kind = _type_of(node)
    if kind == "outcome":
        hint = "write outcome: {action: accept}"
        reading.report.error("bad-step", node.place, "an outcome must be a step of its own", hint)
        return None
    if kind == "aliased" and progress.known:
        reading.report.error(
            "bad-step", node.place, "the customer is already known", "a scenario may be anonymous: yes"
        )
    event = read_event(
        reading, node, progress.clock, {"id": name, "decide": decide, "properties": _filled(progress, kind, name)}
    )
    if event is not None and event.type == _NEW_ORDER:
        progress.order = event.properties["order_id"]
    progress.known |= kind == "aliased"
    return event


def _type_of(node: Node) -> object:
    kind = node.entries.get("type") if isinstance(node, MapNode) else None
    return getattr(kind.node, "value", None) if kind else None


def _filled(progress: _Progress, kind: object, name: str) -> dict[str, Any]:
    """Ids that a scenario may omit: a new order gets its own, a parcel or return has that of the latest."""
    if kind == _NEW_ORDER:
        return {"order_id": name}
    if kind in _OF_AN_ORDER and progress.order is not None:
        return {"order_id": progress.order}
    return {"anonymous_id": CUSTOMER} if kind == "aliased" else {}


def _check_stored(progress: _Progress, fields: Fields, expect: Expect | None) -> None:
    """Without a decision, only a withdrawal can be expected."""
    if "decide" in fields and "placements" in fields:
        message = "an event that is only stored fills no placement"
        progress.reading.report.error("bad-step", fields.key_place("placements"), message)
    if "decide" in fields and expect is not None and expect != Expect(withdrawn=expect.withdrawn, used=expect.used):
        message = "an event that is only stored recommends nothing; it can only withdraw and change `used`"
        progress.reading.report.error("bad-expect", fields.place_of("expect"), message, "delete decide: none")


def _outcomes(reading: Reading, fields: Fields) -> dict[str, str]:
    found = {}
    for action, entry in fields.entries("outcome"):
        reading.known("action", action, reading.book.actions, entry.key.place)
        found[action] = word_of(reading.report, entry.node, OUTCOMES)
    return found
