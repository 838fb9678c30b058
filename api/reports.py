"""GET /v1/reports/...: reports about the whole shop."""

from flask import Blueprint, Response

from api.context import Api, dump
from api.operation import Operation
from service import figures


def routes(api: Api) -> Blueprint:
    bp = Blueprint("reports", __name__)

    @bp.get("/v1/reports/value")
    @Operation("Report value by tier, and its concentration", "Anything")
    @api.needs("read")
    def get_value() -> Response:
        return dump(figures.value_report(api.service.begin()))

    @bp.get("/v1/reports/actions")
    @Operation("Report results and uplift by action", "ActionReport")
    @api.needs("read")
    def get_actions() -> Response:
        return dump(figures.action_report(api.service.begin()))

    return bp
