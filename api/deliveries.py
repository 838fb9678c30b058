"""GET /v1/deliveries: outbound recommendations to collect, at least once, oldest first."""

from typing import Final

from flask import Blueprint, Response, request

from api.context import Api, dump
from api.operation import Operation, query
from engine.domain.errors import InvalidInput, Problem
from service import reading

MAX_ITEMS: Final = 1000
_AFTER: Final = query("after", {"type": "string"}, '"next" of the previous answer (default: start with the oldest)')
_LIMIT: Final = query("limit", {"type": "integer", "minimum": 1, "maximum": MAX_ITEMS, "default": 100})


def routes(api: Api) -> Blueprint:
    bp = Blueprint("deliveries", __name__)

    @bp.get("/v1/deliveries")
    @Operation("List messages to send and to cancel", "Deliveries", parameters=(_AFTER, _LIMIT))
    @api.needs("read")
    def get_deliveries() -> Response:
        limit = _limit(request.args.get("limit", "100"))
        try:
            items, cursor = reading.deliveries(request.args.get("after") or None, limit, api.service.begin())
        except ValueError:
            problem = Problem("/after", "cursor", 'is not a valid cursor; use "next" of an earlier answer')
            raise InvalidInput((problem,)) from None
        return dump({"items": items, "next": cursor})

    return bp


def _limit(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MAX_ITEMS:
        return int(text)
    raise InvalidInput((Problem("/limit", "range", f"must be a whole number from 1 to {MAX_ITEMS}"),))
