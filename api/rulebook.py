"""/v1/rulebook: the active rules; dry run, publication, rollback, history."""

from typing import Any

from flask import Blueprint, Response

from api.bodies import read_json, yes_or_no
from api.context import Api, caller, dump
from engine.schemas.rulebooks import load_files, load_publication, load_rollback
from service.live import Live
from service.publishing import Said


def routes(api: Api) -> Blueprint:
    bp = Blueprint("rulebook", __name__)
    limit = api.settings.max_rulebook_body

    @bp.get("/v1/rulebook")
    @api.needs("rules")
    def get_rulebook() -> Response:
        return dump(_summary(api.service.live()))

    @bp.get("/v1/rulebook/revisions")
    @api.needs("rules")
    def get_revisions() -> Response:
        return dump({"revisions": [one.to_json() for one in api.publishing.history()]})

    @bp.get("/v1/rulebook/revisions/<revision>")
    @api.needs("rules")
    def get_revision(revision: str) -> Response:
        found, files = api.publishing.revision(revision)
        return dump({**found.to_json(), "files": {path: content.decode() for path, content in files.items()}})

    @bp.post("/v1/rulebook:check")
    @api.needs("rules")
    def check() -> Response:
        tests = yes_or_no("tests", default=True)
        return dump(api.publishing.check(load_files(read_json(limit)), tests).to_json())

    @bp.post("/v1/rulebook:publish")
    @api.needs("admin", repeats=limit)
    def publish() -> Response:
        data = load_publication(read_json(limit))
        files = data.pop("files")
        return dump(api.publishing.publish(files, Said(**data, key=caller(api))).to_json())

    @bp.post("/v1/rulebook:rollback")
    @api.needs("admin", repeats=limit)
    def rollback() -> Response:
        data = load_rollback(read_json(limit))
        to = data.pop("to", None)
        return dump(api.publishing.rollback(to, Said(**data, key=caller(api))).to_json())

    return bp


def _summary(live: Live) -> dict[str, Any]:
    book = live.compiled.rulebook
    counted = ("rules", "actions", "segments", "tables", "channels", "placements", "products", "vocabulary")
    return {
        "revision": book.revision,
        "published": live.publication.to_json() if live.publication else None,
        "refused": live.refused,
        "counts": {name: len(getattr(book, name)) for name in counted},
        "rules": [{"id": rule.id, "title": rule.title, "status": rule.status} for rule in book.rules.values()],
    }
