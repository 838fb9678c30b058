"""POST /v1/decisions: decide now. GET /v1/decisions/{id}: the decision, its explanation, its reproduction."""

from typing import Any, Final

from flask import Blueprint, Response
from flask import request as http_request

from api.bodies import read_json
from api.context import Api, dump
from api.operation import ID, YES_OR_NO, Operation, query
from engine.domain.decision import Decision
from engine.domain.errors import InvalidInput, Problem
from engine.domain.times import format_rfc3339
from engine.schemas import load_request
from explain import language_of
from explain.speaker import Speaker, setting_of
from service import decision_json, reading
from service.explanation import Ask
from service.handle_request import handle_request
from service.live import Live
from service.reproducing import Reproduction

_EXPLAIN: Final = (
    query(
        "language",
        {"type": "string", "maxLength": 35},
        "Language of the explanation (BCP 47): Chinese for every zh, else English (default: the shop's)",
    ),
    query("rule", {"type": "string", "maxLength": 200}, "Also report the changes needed for this rule to fire"),
    query(
        "all",
        {"enum": YES_OR_NO, "default": "no"},
        "yes: include every rule and fact that was evaluated, not only the relevant ones",
    ),
)


def routes(api: Api) -> Blueprint:
    bp = Blueprint("decisions", __name__)

    @bp.post("/v1/decisions")
    @Operation("Decide for a customer in real time", "Decision", parameters=_EXPLAIN, body="DecisionRequest")
    @api.needs("decide")
    def post_decision() -> Response:
        live = api.service.live()
        request = load_request(read_json(api.settings.max_body), live.shop)
        reply = handle_request(request, api.service.begin(live, request.now))
        if not (request.dry_run or reply.duplicate):
            api.metrics.decided(reply.decision)
        out = decision_json.answer(reply, request.include, _speaker(reply.decision, live, request.language))
        if "explanation" in request.include:
            ask, work, former = _ask(request.language), api.service.begin(live), api.service.former
            if reply.duplicate:
                out["explanation"] = reading.decision(reply.decision.decision_id, ask, former, work).explanation
            else:
                out["explanation"] = reading.explanation(reply.decision, ask, former, work, request)
        return dump(out)

    @bp.get("/v1/decisions/<text:decision_id>")
    @Operation("Return a decision and its explanation", "DecisionRecord", parameters=(ID, *_EXPLAIN))
    @api.needs("read")
    def get_decision(decision_id: str) -> Response:
        ask = _ask()
        work = api.service.begin()
        found = reading.decision(decision_id, ask, api.service.former, work)
        speaker = _speaker(found.decision, work.live, ask.language)
        return dump({**decision_json.trace(found.decision, speaker), "explanation": found.explanation})

    @bp.get("/v1/decisions/<text:decision_id>/reproduction")
    @Operation("Repeat a decision from its record and compare the bytes", "Reproduction", parameters=(ID,))
    @api.needs("read")
    def get_reproduction(decision_id: str) -> Response:
        return dump(_reproduced(reading.reproduce(decision_id, api.service.former, api.service.begin())))

    return bp


def _ask(language: str | None = None) -> Ask:
    """The explanation options of the query; in this language by default."""
    everything = http_request.args.get("all", "no")
    if everything not in ("yes", "no"):
        raise InvalidInput((Problem("/all", "choice", 'must be "yes" or "no"'),))
    return Ask(http_request.args.get("language") or language, everything == "yes", http_request.args.get("rule"))


def _speaker(decision: Decision, live: Live, language: str | None) -> Speaker:
    """Renders refusals in this language, else the shop's."""
    book = live.compiled.rulebook
    return Speaker(language_of(language or book.shop.languages[0]), setting_of(book, decision.decided_at))


def _reproduced(found: Reproduction) -> dict[str, Any]:
    decision = found.decision
    return {
        "decision_id": decision.decision_id,
        "same": found.same,
        "bytes": found.bytes,
        "rulebook": decision.rulebook,
        "snapshot": decision.snapshot,
        "controls": decision.controls,
        "decided_at": format_rfc3339(decision.decided_at),
        "differences": [{"part": part, "kept": kept, "again": again} for part, kept, again in found.differences],
    }
