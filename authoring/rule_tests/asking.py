"""History and request of a rule test: `history`, `ask`, and the request's placements and context.

Events and requests are read by the API schemas, so a test contains nothing that a shop could not send. What the API
would leave out with a warning is an error here: a test means what it contains.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from authoring.rule_tests.case import CUSTOMER
from authoring.rule_tests.reading import Reading, told_time
from engine.domain.errors import InvalidInput
from engine.domain.events import EVENT_TYPES, Event, Placed
from engine.domain.times import DAY
from engine.domain.trigger import INACTIVE, REQUESTED
from engine.rulebook.model import RuleTrigger
from engine.rulebook.read.fields import Fields, Ids, text_of
from engine.rulebook.read.triggers import AFTER
from engine.rulebook.source import MapNode, Node, plain
from engine.rulebook.values import did_you_mean
from engine.schemas import CONTEXT_KEYS, load_event_strictly, load_request

_EVENT_KEYS: Final = ("id", "time", "channel", "properties")


def read_history(reading: Reading, test: Fields, at: int) -> tuple[Event, ...]:
    """The events before the trigger."""
    events = (read_event(reading, node, at, {"id": f"history-{n}"}) for n, node in enumerate(test.items("history")))
    return tuple(event for event in events if event is not None)


def read_event(reading: Reading, node: Node, at: int, unless_said: Mapping[str, Any]) -> Event | None:
    """An event as in the API; its customer is filled in, and its time, which may be `-40 days`.

    `unless_said`: defaults for its id, `decide`, and properties that it may omit.
    """
    fields = Fields(reading.report, node, "an event of a test", ("type",), _EVENT_KEYS)
    if "type" not in fields:
        return None
    said = {key: value for key, value in plain(node).items() if key in ("type", *_EVENT_KEYS)}
    raw = {"decide": "none", **unless_said, **said, "customer": {"id": CUSTOMER}}
    if isinstance(properties := said.get("properties", {}), dict):
        raw["properties"] = {**unless_said.get("properties", {}), **properties}
    raw["time"] = told_time(raw.get("time"), at)
    try:
        event = load_event_strictly(raw, reading.book.shop)
    except InvalidInput as error:
        reading.refuse("bad-event", node, error)
        return None
    if event.time > at:
        message = "the time is after `at`, when the test decides"
        reading.report.error("bad-event", fields.place_of("time"), message, "such as -40 days")
    return event


def read_ask(reading: Reading, test: Fields, at: int) -> tuple[str, Event | None]:
    """The trigger key, and the triggering event, if any."""
    node = test.node("ask")
    if node is None:
        return REQUESTED, None
    if not isinstance(node, MapNode):
        word = text_of(
            reading.report, node, "requested, inactive, an event type, {event: ...} or {after: ..., wait: ...}"
        )
        possible = (*EVENT_TYPES, REQUESTED, INACTIVE)
        if word and word not in possible:
            message = f"{word[:80]} is not an event type, requested or inactive"
            reading.report.error("unknown-trigger", node.place, message, did_you_mean(word, possible))
        return word, None
    if "event" in node.entries:
        told = Fields(reading.report, node, "an event to decide on", ("event",)).node("event")
        event = read_event(reading, told, at, {"id": "ask"}) if told else None
        return (event.type if event else REQUESTED), event
    return _after(reading, node), None


def _after(reading: Reading, node: Node) -> str:
    """A wait that no rule has would never fire in the shop, so an expectation of nothing would always pass."""
    fields = Fields(reading.report, node, "ask", (AFTER, "wait"))
    event = fields.text(AFTER)
    key = RuleTrigger(AFTER, event, fields.duration("wait")).key
    waits = {t.key: t for rule in reading.book.rules.values() for t in rule.trigger if t.after}
    fine = reading.known("event", event, EVENT_TYPES, fields.place_of(AFTER)) and "wait" in fields
    if fine and key not in waits:
        days = sorted(t.wait // DAY for t in waits.values() if t.after == event)
        hint = f"rules wait {', '.join(map(str, days))} days" if days else None
        reading.report.error("unknown-trigger", fields.place_of("wait"), f"no rule waits that long after {event}", hint)
    return key


Asked = tuple[tuple[Placed, ...], Mapping[str, Any], str | None]


def read_request(reading: Reading, test: Fields, node: Node) -> Asked:
    """Placements, context and language, as in a request. `node`: the test or the step."""
    raw: dict[str, Any] = {"request_id": "test", "customer": {"id": CUSTOMER}}
    context = test.node("context")
    if context is not None:
        raw["context"] = _with_yes_and_no(plain(context))
        _check_context_keys(reading, context)
    if language := test.text("language"):
        raw["language"] = language
    placements = tuple(read_placements(reading, test.items("placements")))
    try:
        request = load_request(raw, reading.book.shop, lenient=False)
    except InvalidInput as error:
        reading.refuse("bad-request", node, error)
        return placements, {}, None
    return placements, request.context, request.language


def _with_yes_and_no(context: Any) -> Any:
    """yes and no are booleans here, as everywhere in rule files."""
    if not isinstance(context, dict):
        return context
    return {
        key: {"yes": True, "no": False}.get(value, value) if isinstance(value, str) else value
        for key, value in context.items()
    }


def _check_context_keys(reading: Reading, node: Node) -> None:
    """A request may have other keys, which are ignored; in a test one is a mistake."""
    for name, entry in node.entries.items() if isinstance(node, MapNode) else ():
        if name not in CONTEXT_KEYS:
            hint = did_you_mean(name, CONTEXT_KEYS)
            reading.report.error("unknown-key", entry.key.place, f"the context has no key {name[:60]}", hint)


def read_placements(reading: Reading, nodes: Sequence[Node]) -> list[Placed]:
    """A placement id each, or {id, count} as in a request."""
    found, ids = [], Ids(reading.report, "placement")
    for node in nodes:
        fields = Fields(reading.report, node, "a placement", ("id",), ("count",)) if isinstance(node, MapNode) else None
        name = fields.text("id") if fields else text_of(reading.report, node)
        reading.known("placement", name, reading.book.placements, fields.place_of("id") if fields else node.place)
        ids.add(name, node.place)
        found.append(Placed(name, fields.whole("count", 1, 20, 1) if fields else 1))
    return found
