"""/v1/rulebook: the active rules; dry run, publication, rollback, history."""

from typing import Any, Final

from flask import Blueprint, Response

from api.bodies import read_json, yes_or_no
from api.context import Api, caller, dump
from api.operation import YES_OR_NO, Operation, query
from engine.schemas.rulebooks import load_files, load_publication, load_rollback
from service.live import Live
from service.publishing import Said

_TESTS: Final = query(
    "tests", {"enum": YES_OR_NO, "default": "yes"}, "no: check its files and its logic, without running its tests"
)
_REVISION: Final = {
    "name": "revision",
    "in": "path",
    "required": True,
    "description": "Its number, or its revision (at least 8 digits)",
    "schema": {"type": "string", "minLength": 1},
}


def routes(api: Api) -> Blueprint:
    bp = Blueprint("rulebook", __name__)
    limit = api.settings.max_rulebook_body

    @bp.get("/v1/rulebook")
    @Operation("Return the active rulebook", "Rulebook")
    @api.needs("rules")
    def get_rulebook() -> Response:
        return dump(_summary(api.service.live()))

    @bp.get("/v1/rulebook/revisions")
    @Operation("List publications, newest first", "Revisions")
    @api.needs("rules")
    def get_revisions() -> Response:
        return dump({"revisions": [one.to_json() for one in api.publishing.history()]})

    @bp.get("/v1/rulebook/revisions/<revision>")
    @Operation("Return a published rulebook with its files", "Revision", parameters=(_REVISION,))
    @api.needs("rules")
    def get_revision(revision: str) -> Response:
        found, files = api.publishing.revision(revision)
        return dump({**found.to_json(), "files": {path: content.decode() for path, content in files.items()}})

    @bp.post("/v1/rulebook:check")
    @Operation("Check a rulebook without storing it", "Proof", parameters=(_TESTS,), body="RulebookFiles")
    @api.needs("rules")
    def check() -> Response:
        tests = yes_or_no("tests", default=True)
        return dump(api.publishing.check(load_files(read_json(limit)), tests).to_json())

    @bp.post("/v1/rulebook:publish")
    @Operation("Publish a rulebook", "Published", body="Publication", also=("409",))
    @api.needs("admin", repeats=limit)
    def publish() -> Response:
        data = load_publication(read_json(limit))
        files = data.pop("files")
        return dump(api.publishing.publish(files, Said(**data, key=caller(api))).to_json())

    @bp.post("/v1/rulebook:rollback")
    @Operation("Publish an earlier rulebook again", "Published", body="Rollback", also=("404", "409"))
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
