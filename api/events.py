"""POST /v1/events and its batch; the JSON Schema of an event."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response, request

from api.bodies import JSON, NDJSON, parse, read, read_json
from api.context import Api, dump
from api.json_schema import ref
from api.operation import Operation, content
from api.problems import BadRequest, document
from engine.domain.errors import InvalidInput, PatronError, Problem
from engine.domain.events import Event
from engine.schemas import event_json_schema, load_event
from service import decision_json
from service.handle_event import handle_event, handle_events
from service.live import Live
from service.replies import Acknowledged, Decided, Reply

_BATCH: Final = {
    **content({"type": "array", "items": ref("Event"), "maxItems": 10_000}),
    **content({"type": "string", "description": "One event per line"}, NDJSON),
}


def routes(api: Api) -> Blueprint:
    bp = Blueprint("events", __name__)
    schema = event_json_schema()

    def load(raw: Any, live: Live) -> Event:
        return load_event(raw, live.shop, api.settings.clock(), api.settings.ahead)

    @bp.post("/v1/events")
    @Operation("Record an event and decide on it", "EventAnswer", body="Event", also=("404",))
    @api.needs("events")
    def post_event() -> Response:
        live = api.service.live()
        reply = handle_event(load(read_json(api.settings.max_body), live), api.service.begin(live))
        api.metrics.received(reply)
        if isinstance(reply, Decided):
            return dump(decision_json.answer(reply))
        return dump(decision_json.acknowledged(reply))

    @bp.post("/v1/events:batch")
    @Operation("Record many events; an invalid one does not fail the others", "BatchAnswer", body=_BATCH)
    @api.needs("events", repeats=api.settings.max_batch_body)
    def post_events() -> Response:
        lines = _lines(read(api.settings.max_batch_body, (JSON, NDJSON)), api.settings.max_batch_lines)
        live = api.service.live()
        loaded = [(number, _attempt(partial(load, live=live), raw)) for number, raw in lines]
        answers = iter(
            handle_events([event for _, event in loaded if isinstance(event, Event)], api.service.begin(live))
        )
        answered = [(number, next(answers) if isinstance(got, Event) else got) for number, got in loaded]
        results = [_result(number, answer) for number, answer in answered]
        for _, answer in answered:
            if isinstance(answer, Decided | Acknowledged):
                api.metrics.received(answer)
        return dump({**_counts(results), "results": results})

    @bp.get("/v1/schemas/event.json")
    @Operation("JSON Schema of an event", "Anything")
    def event_schema() -> Response:
        return dump(schema)

    return bp


def _lines(body: bytes, at_most: int) -> list[tuple[int, Any]]:
    """The events of a batch with their line numbers (places in an array), from 1: parsed, or bytes still to parse."""
    if request.mimetype == NDJSON:
        found = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    else:
        events = parse(body)
        if not isinstance(events, list):
            raise InvalidInput((Problem("", "type", "must be a list of events, or NDJSON"),))
        found = list(enumerate(events, 1))
    if len(found) > at_most:
        raise BadRequest(413, "too-large", f"a batch has at most {at_most} events, not {len(found)}")
    return found


def _attempt(load: Callable[[Any], Event], raw: Any) -> Event | PatronError:
    try:
        return load(parse(raw) if isinstance(raw, bytes) else raw)
    except PatronError as error:
        return error


def _result(number: int, answer: Reply | PatronError) -> dict[str, Any]:
    if isinstance(answer, PatronError):
        return {"line": number, "status": "refused", "problem": document(answer).as_json()}
    effect = decision_json.effect(answer) | decision_json.warnings(answer)
    if isinstance(answer, Decided):
        ids = {"event_id": answer.decision.trigger_id.partition("/")[2], "decision_id": answer.decision.decision_id}
        return {"line": number, "status": "stored", **ids, **effect}
    status = "erased" if answer.erased else "stored"
    return {"line": number, "status": status, "event_id": answer.event_id, **effect}


def _counts(results: list[dict[str, Any]]) -> dict[str, int]:
    """How many lines were stored and refused; of the stored ones, how many were duplicates or had no effect."""
    stored = [result for result in results if result["status"] == "stored"]
    return {
        "stored": len(stored),
        "refused": sum(result["status"] == "refused" for result in results),
        "duplicate": sum("duplicate" in result for result in stored),
        "unapplied": sum("applied" in result for result in stored),
    }
