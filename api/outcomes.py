"""POST /v1/outcomes: outcomes of recommendations."""

from typing import Any, Final

from flask import Blueprint, Response

from api.bodies import read_json
from api.context import Api, dump
from api.json_schema import ref
from api.operation import Operation, content
from api.problems import document
from engine.domain.errors import PatronError
from engine.schemas import load_outcomes
from service import decision_json
from service.outcomes import record_outcomes
from service.replies import Recorded

_ONE_OR_MANY: Final = content({"oneOf": [ref("Outcome"), {"type": "array", "items": ref("Outcome"), "minItems": 1}]})


def routes(api: Api) -> Blueprint:
    bp = Blueprint("outcomes", __name__)

    @bp.post("/v1/outcomes")
    @Operation("Record outcomes of recommendations", "OutcomeAnswer", body=_ONE_OR_MANY, also=("404",))
    @api.needs("events", repeats=api.settings.max_body)
    def post_outcomes() -> Response:
        live = api.service.live()
        raw = read_json(api.settings.max_body)
        recorded = record_outcomes(load_outcomes(raw, live.shop), api.service.begin(live))
        if not isinstance(raw, list):
            return dump(decision_json.recorded(_or_raise(recorded[0])))
        results = [_result(place, item) for place, item in enumerate(recorded, 1)]
        refused = sum(1 for result in results if result["status"] == "refused")
        return dump({"recorded": len(results) - refused, "refused": refused, "results": results})

    return bp


def _or_raise(recorded: Recorded | PatronError) -> Recorded:
    if isinstance(recorded, PatronError):
        raise recorded
    return recorded


def _result(place: int, recorded: Recorded | PatronError) -> dict[str, Any]:
    if isinstance(recorded, PatronError):
        return {"line": place, "status": "refused", "problem": document(recorded).as_json()}
    return {"line": place, "status": "recorded", **decision_json.recorded(recorded)}
