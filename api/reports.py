"""GET /v1/reports/...: what the shop as a whole looks like."""

from flask import Blueprint, Response

from api.context import Api, dump


def routes(api: Api) -> Blueprint:
    bp = Blueprint("reports", __name__)

    @bp.get("/v1/reports/value")
    @api.needs("read")
    def get_value() -> Response:
        return dump(api.service.value_report())

    @bp.get("/v1/reports/actions")
    @api.needs("read")
    def get_actions() -> Response:
        return dump(api.service.action_report())

    return bp
