"""POST /v1/decisions: what should we do now? GET /v1/decisions/{id}: what did we decide, and why? And once more?"""

from flask import Blueprint, Response
from flask import request as asked

from api.bodies import read_json
from api.context import Api, dump
from engine.errors import InvalidInput, Problem
from engine.schemas import load_request
from service.explanation import Ask
from service.views import public, traced


def routes(api: Api) -> Blueprint:
    bp = Blueprint("decisions", __name__)

    @bp.post("/v1/decisions")
    @api.needs("decide")
    def post_decision() -> Response:
        live = api.service.live()
        request = load_request(read_json(api.settings.max_body), live.shop)
        answer = api.service.handle_request(request, live)
        if not request.dry_run:
            api.metrics.decided(answer)
        if "explanation" in request.include:
            answer = api.service.explained(answer, _ask(request.language), live, request)
        return dump(public(answer, request.include))

    @bp.get("/v1/decisions/<text:decision_id>")
    @api.needs("read")
    def get_decision(decision_id: str) -> Response:
        return dump(traced(api.service.decision(decision_id, _ask())))

    @bp.get("/v1/decisions/<text:decision_id>/reproduction")
    @api.needs("read")
    def get_reproduction(decision_id: str) -> Response:
        return dump(api.service.reproduce(decision_id))

    return bp


def _ask(language: str | None = None) -> Ask:
    """How the query wants it explained; in this language where it does not say."""
    everything = asked.args.get("all", "no")
    if everything not in ("yes", "no"):
        raise InvalidInput((Problem("/all", "choice", 'must be "yes" or "no"'),))
    return Ask(asked.args.get("language") or language, everything == "yes", asked.args.get("rule"))
