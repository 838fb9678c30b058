"""Health, metrics and the description of the API. Open, except for the metrics."""

from functools import cache
from typing import Final

from flask import Blueprint, Response, current_app, request, send_from_directory
from prometheus_client import CONTENT_TYPE_LATEST

from api.bodies import yes_or_no
from api.context import Api, dump
from api.json_schema import Json, ref
from api.openapi import describe
from api.operation import YES_OR_NO, Operation, content, done, query
from service import figures

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'"

_VERBOSE: Final = query(
    "verbose",
    {"enum": ["", *YES_OR_NO], "default": "no"},
    "yes, or no value: also report matcher, rulebook, snapshot, controls and store",
    allowEmptyValue=True,
)
_READY: Final = {"200": done(content(ref("Ready")), "Yes"), "503": done(content(ref("Ready")), "No")}


def routes(api: Api) -> Blueprint:
    bp = Blueprint("ops", __name__)

    @cache
    def document() -> Json:
        return describe(current_app)

    @bp.get("/livez")
    @Operation("Liveness of this process", "Live")
    def livez() -> Response:
        return dump({"status": "alive"})

    @bp.get("/readyz")
    @Operation("Readiness of this process", _READY, parameters=(_VERBOSE,), errors=False)
    def readyz() -> Response:
        """Not ready while stopping, so that load balancers switch before connections are refused."""
        shows_all = request.args.get("verbose") == "" or yes_or_no("verbose", default=False)
        status = figures.status(api.service.begin())
        draining = api.draining.is_set()
        ready = bool(status["ready"]) and not draining
        word = "draining" if draining else "ready" if ready else "not ready"
        verbose = {**status, "unreadable": api.metrics.met_unreadable} if shows_all else {}
        return dump({"status": word} | verbose, 200 if ready else 503)

    @bp.get("/metrics")
    @Operation("Metrics for Prometheus", _text("text/plain"))
    @api.needs("read")
    def metrics() -> Response:
        return Response(api.metrics.exposition(), content_type=CONTENT_TYPE_LATEST)

    @bp.get("/openapi.json")
    @Operation("This description", "Anything")
    def openapi() -> Response:
        return dump(document())

    @bp.get("/docs")
    @Operation("This description as a web page", _text("text/html"), errors=False)
    def docs() -> Response:
        return _static("docs.html")

    @bp.get("/docs/<any('docs.js', 'docs.css'):name>")
    def docs_part(name: str) -> Response:
        return _static(name)

    return bp


def _text(kind: str) -> Json:
    """A successful answer as text of this kind."""
    return {"200": done(content({"type": "string"}, kind))}


def _static(name: str) -> Response:
    response = send_from_directory("static", name)
    response.headers["Content-Security-Policy"] = POLICY
    return response
