"""POST /v1/feedback/{service}: the webhooks of mail services, mapped by feedback tables."""

from collections import Counter
from typing import Any, Final

import structlog
from flask import Blueprint, Response, request

from api.bodies import JSON, parse, read
from api.context import Api, dump
from api.json_schema import Json
from api.operation import Operation, content, query
from api.problems import document
from engine.domain.errors import NotFound
from engine.domain.hints import did_you_mean
from service.feedback.apply import EVENT_UNKNOWN, Applied, apply_reports
from service.feedback.reports import entries_of
from service.feedback.table import Table, Tables

TEXT: Final = "text/plain"
"""How Amazon SNS labels its JSON."""
REFUSED: Final = "refused"
_MOST_NAMES: Final = 20
"""Unknown events that an answer and the log name."""
_SERVICE: Final[Json] = {"name": "service", "in": "path", "required": True, "schema": {"type": "string"}}
_CHANNEL: Final = query("channel", {"type": "string"}, "Channel of the messages (default: that of the feedback table)")
_REPORTS: Final[Json] = {
    "description": "A report of the service, or a list of them, as its webhook sends it",
    "oneOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}, "maxItems": 10_000}],
}
_BODY: Final = {**content(_REPORTS), **content({"type": "string", "description": "The same as JSON text"}, TEXT)}
_log = structlog.get_logger(__name__)


def routes(api: Api) -> Blueprint:
    bp = Blueprint("feedback", __name__)

    @bp.post("/v1/feedback/<service>")
    @Operation("Apply the reports of a mail service", "FeedbackAnswer", parameters=(_SERVICE, _CHANNEL), body=_BODY)
    @api.needs("events")
    def post_feedback(service: str) -> Response:
        table = _table(service, api.settings.feedback)
        channel = request.args.get("channel") or table.channel
        body = parse(read(api.settings.max_batch_body, (JSON, TEXT)))
        entries = entries_of(body, api.settings.max_batch_lines)
        results = apply_reports(entries, table, channel, api.service.begin())
        _counted(api, table, results)
        return dump(_answer(results))

    return bp


def _table(service: str, tables: Tables) -> Table:
    if service in tables:
        return tables[service]
    hint = did_you_mean(service, tables) or f"; there are tables for {', '.join(sorted(tables))}"
    raise NotFound(f"no feedback table for {service[:60]}{hint}")


def _answer(results: list[Applied]) -> dict[str, Any]:
    lines = [_line(place, result) for place, result in enumerate(results, 1)]
    refused = sum("problem" in line for line in lines)
    applied = sum(line["applied"] for line in lines)
    return {
        "applied": applied,
        "unapplied": len(lines) - applied - refused,
        "refused": refused,
        "duplicate": sum("duplicate" in line for line in lines),
        "unknown": _unknown(results),
        "results": lines,
    }


def _line(place: int, result: Applied) -> dict[str, Any]:
    line: dict[str, Any] = {"line": place, "applied": bool(result.effects)}
    if result.event is not None:
        line["event"] = result.event
    if result.error is not None:
        return {**line, "applied": False, "reason": REFUSED, "problem": document(result.error).as_json()}
    line |= result.effects or {"reason": result.reason}
    line |= {"duplicate": True} if result.duplicate else {}
    return line | ({"warnings": result.warnings} if result.warnings else {})


def _unknown(results: list[Applied]) -> dict[str, int]:
    """How often each event came that the table does not know."""
    return dict(Counter(str(one.event) for one in results if one.reason == EVENT_UNKNOWN).most_common(_MOST_NAMES))


def _counted(api: Api, table: Table, results: list[Applied]) -> None:
    """Counts and logs what needs attention: nobody reads the answer to a webhook."""
    for result in results:
        for reply in result.replies:
            api.metrics.received(reply)
        api.metrics.reported(table.service, _kind(result))
        if result.confirm is not None:
            _log.warning("feedback-needs-confirmation", service=table.service, open=result.confirm)
    unknown, refused = _unknown(results), sum(result.error is not None for result in results)
    if unknown or refused:
        _log.warning("feedback-not-understood", service=table.service, unknown=unknown, refused=refused)


def _kind(result: Applied) -> str:
    if result.error is not None:
        return REFUSED
    if result.effects:
        return "applied"
    return "unknown" if result.reason == EVENT_UNKNOWN else "unapplied"
