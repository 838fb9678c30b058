"""POST /v1/decisions: what should we do now? GET /v1/decisions/{id}: what did we decide, and why?"""

from flask import Blueprint, Response

from api.bodies import read_json
from api.context import Api, dump
from engine.schemas import load_request
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
            answer = api.service.explained(answer, live)
        return dump(public(answer, request.include))

    @bp.get("/v1/decisions/<text:decision_id>")
    @api.needs("read")
    def get_decision(decision_id: str) -> Response:
        return dump(traced(api.service.decision(decision_id)))

    return bp
