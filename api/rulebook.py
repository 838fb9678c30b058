"""GET /v1/rulebook: which rules are served."""

from typing import Any

from flask import Blueprint, Response

from api.context import Api, dump
from engine.rulebook.model import Rulebook


def routes(api: Api) -> Blueprint:
    bp = Blueprint("rulebook", __name__)

    @bp.get("/v1/rulebook")
    @api.needs("rules")
    def get_rulebook() -> Response:
        return dump(_summary(api.service.live().compiled.rulebook))

    return bp


def _summary(book: Rulebook) -> dict[str, Any]:
    counted = ("rules", "actions", "segments", "tables", "channels", "placements", "products", "vocabulary")
    return {
        "revision": book.revision,
        "counts": {name: len(getattr(book, name)) for name in counted},
        "rules": [{"id": rule.id, "title": rule.title, "status": rule.status} for rule in book.rules.values()],
    }
