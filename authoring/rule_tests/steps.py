"""`steps:` of a story: what happens, who asks, what came of it, and how much time passes in between."""

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
from engine.domain.trigger import Occasion, of_event
from engine.rulebook.read.fields import Fields, word_of
from engine.rulebook.source import MapNode, Node

MOST_TIMES: Final = 100
"""How often a step can be told again."""
MOST_STEPS: Final = 2000
"""Of one story, each counted as often as it is told."""
_WHEN: Final = ("at", "after", "times", "used")
_KEYS: Final = {
    "an event": ("event", "decide", "placements", "expect"),
    "an outcome": ("outcome", "expect"),
    "a request": ("ask", "placements", "context", "language", "expect"),
    "time": ("expect",),
}
"""What a step is, and what else it may say."""
_NEW_ORDER: Final = "order_completed"
_OF_AN_ORDER: Final = ("order_returned", "order_cancelled", "delivery_completed", "delivery_failed")


@dataclass(slots=True)
class _Telling:
    """How far the story has been told: the time, the latest order, and whether the customer is known by now."""

    reading: Reading
    clock: int
    known: bool
    order: str | None = None
    steps: list[Step] = field(default_factory=list)


def read_steps(reading: Reading, story: Fields, at: int) -> tuple[Step, ...]:
    """The steps in their order; those that are told several times stand there so often."""
    telling = _Telling(reading, at, known=not story.boolean("anonymous"))
    for number, node in enumerate(story.items("steps", at_least=1), 1):
        telling.steps += _told(telling, node, number)
        if len(telling.steps) > MOST_STEPS:
            message = f"a story has at most {MOST_STEPS:,} steps, each counted as often as it is told"
            reading.report.error("tests-too-large", node.place, message, "split it into several stories")
            break
    if telling.steps and not any(step.expect for step in telling.steps):
        reading.report.error("empty-expect", story.place_of("steps"), "no step of this story expects anything")
    return tuple(telling.steps)


def _told(telling: _Telling, node: Node, number: int) -> Iterator[Step]:
    fields = _fields(telling, node)
    after = fields.duration("after")
    for turn in range(fields.whole("times", 1, MOST_TIMES, 1)):
        telling.clock = _moment(telling, fields, telling.clock + after)
        yield _step(telling, fields, node, (number, turn))


def _fields(telling: _Telling, node: Node) -> Fields:
    """The keys of a step. One that no step has is told apart from one that this kind of step has not."""
    kind, report = _kind(node), telling.reading.report
    known = {*_WHEN, *(key for keys in _KEYS.values() for key in keys)}
    if isinstance(node, MapNode) and not known.issuperset(node.entries):
        return Fields(report, node, "a step", (), sorted(known))
    fields = Fields(report, node, f"a step with {kind}", (), (*_WHEN, *_KEYS[kind]))
    _check_time(telling, fields, kind)
    return fields


def _kind(node: Node) -> str:
    keys = node.entries if isinstance(node, MapNode) else {}
    if "event" in keys:
        return "an event"
    if "outcome" in keys:
        return "an outcome"
    return "a request" if keys.keys() & {"ask", "placements", "context", "language"} else "time"


def _check_time(telling: _Telling, fields: Fields, kind: str) -> None:
    report = telling.reading.report
    if "at" in fields and "after" in fields:
        report.error("bad-step", fields.key_place("after"), "a step is `at` a time or `after` a while, not both")
    if "times" in fields and "after" not in fields:
        report.error("bad-step", fields.key_place("times"), "what is told several times says `after` how long each")
    if kind == "time" and fields.keys and not any(key in fields for key in ("at", "after", "used")):
        hint = "say event, placements, ask, outcome or after"
        report.error("bad-step", fields.place, "nothing happens in this step, and no time passes", hint)


def _moment(telling: _Telling, fields: Fields, unless_said: int) -> int:
    text = fields.text("at")
    said = telling.reading.time(text, fields.place_of("at")) if text else None
    if said is not None and said < telling.clock:
        message = f"the step before is at {format_rfc3339(telling.clock)}: a story does not go back"
        telling.reading.report.error("bad-step", fields.place_of("at"), message)
    return unless_said if said is None else max(said, telling.clock)


def _step(telling: _Telling, fields: Fields, node: Node, count: tuple[int, int]) -> Step:
    reading, name = telling.reading, f"step-{count[0]}-{count[1]}"
    expect = read_expect(reading, fields) if "expect" in fields else None
    event, occasion = None, None
    if "event" in fields:
        event = _event(telling, fields, name)
        if event is not None and "decide" not in fields:
            occasion = of_event(event)
        _check_stored(telling, fields, expect)
    elif "outcome" in fields and expect is not None and expect != Expect(used=expect.used):
        message = "what came of a recommendation decides nothing; it can change what is used"
        reading.report.error("bad-expect", fields.place_of("expect"), message, "expect it of the next step")
    elif "outcome" not in fields and _kind(node) == "a request":
        placements, context, language = read_request(reading, fields, node)
        fields.word("ask", ("asked",))
        who = customer_key(id=CUSTOMER)
        occasion = Occasion("asked", f"request/{name}", who, None, placements, language, context)
    used = read_used(reading, fields)
    return Step(*count, fields.place, telling.clock, event, occasion, _outcomes(reading, fields), expect, used)


def _event(telling: _Telling, fields: Fields, name: str) -> Event | None:
    reading, node = telling.reading, fields.node("event")
    assert node is not None
    placements = [placed.id for placed in read_placements(reading, fields.items("placements"))]
    decide = fields.word("decide", (NOTHING,)) or placements or OUTBOUND
    kind = _type_of(node)
    if kind == "outcome":
        hint = "write outcome: {action: accept}"
        reading.report.error("bad-step", node.place, "what came of a recommendation is a step of its own", hint)
        return None
    if kind == "aliased" and telling.known:
        reading.report.error("bad-step", node.place, "the customer is known already", "a story may be anonymous: yes")
    event = read_event(
        reading, node, telling.clock, {"id": name, "decide": decide, "properties": _filled(telling, kind, name)}
    )
    if event is not None and event.type == _NEW_ORDER:
        telling.order = event.properties["order_id"]
    telling.known |= kind == "aliased"
    return event


def _type_of(node: Node) -> object:
    kind = node.entries.get("type") if isinstance(node, MapNode) else None
    return getattr(kind.node, "value", None) if kind else None


def _filled(telling: _Telling, kind: object, name: str) -> dict[str, Any]:
    """Ids that a story need not tell: a new order has one of its own, a parcel or return is of the latest."""
    if kind == _NEW_ORDER:
        return {"order_id": name}
    if kind in _OF_AN_ORDER and telling.order is not None:
        return {"order_id": telling.order}
    return {"anonymous_id": CUSTOMER} if kind == "aliased" else {}


def _check_stored(telling: _Telling, fields: Fields, expect: Expect | None) -> None:
    """Where nothing is decided, nothing but a withdrawal can be expected."""
    if "decide" in fields and "placements" in fields:
        message = "what is only stored fills no placement"
        telling.reading.report.error("bad-step", fields.key_place("placements"), message)
    if "decide" in fields and expect is not None and expect != Expect(withdrawn=expect.withdrawn, used=expect.used):
        message = "an event that is only stored recommends nothing; it can withdraw, and change what is used"
        telling.reading.report.error("bad-expect", fields.place_of("expect"), message, "take decide: none out")


def _outcomes(reading: Reading, fields: Fields) -> dict[str, str]:
    found = {}
    for action, entry in fields.entries("outcome"):
        reading.known("action", action, reading.book.actions, entry.key.place)
        found[action] = word_of(reading.report, entry.node, OUTCOMES)
    return found
