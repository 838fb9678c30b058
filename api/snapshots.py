"""POST /v1/snapshots: count the shop-wide figures now, not at the next hour."""

from flask import Blueprint, Response

from api.context import Api, dump
from api.operation import Operation
from service import figures


def routes(api: Api) -> Blueprint:
    bp = Blueprint("snapshots", __name__)

    @bp.post("/v1/snapshots")
    @Operation("Take a snapshot of the shop-wide figures", "Anything")
    @api.needs("admin", repeats=api.settings.max_body)
    def post_snapshot() -> Response:
        return dump(figures.make_snapshot_now(api.service.begin()))

    return bp
