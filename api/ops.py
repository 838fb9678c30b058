"""Health, metrics and the description of the API. Open, except for the metrics."""

from flask import Blueprint, Response, request, send_from_directory
from prometheus_client import CONTENT_TYPE_LATEST

from api.context import Api, dump
from api.openapi import describe
from service import figures

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'"


def routes(api: Api) -> Blueprint:
    bp = Blueprint("ops", __name__)

    @bp.get("/livez")
    def livez() -> Response:
        return dump({"status": "alive"})

    @bp.get("/readyz")
    def readyz() -> Response:
        """Not ready while stopping, so that load balancers switch before connections are refused."""
        status = figures.status(api.service.begin())
        draining = api.draining.is_set()
        ready = bool(status["ready"]) and not draining
        word = "draining" if draining else "ready" if ready else "not ready"
        verbose = {**status, "unreadable": api.metrics.met_unreadable} if "verbose" in request.args else {}
        return dump({"status": word} | verbose, 200 if ready else 503)

    @bp.get("/metrics")
    @api.needs("read")
    def metrics() -> Response:
        return Response(api.metrics.exposition(), content_type=CONTENT_TYPE_LATEST)

    @bp.get("/openapi.json")
    def openapi() -> Response:
        return dump(describe())

    @bp.get("/docs")
    def docs() -> Response:
        return _static("docs.html")

    @bp.get("/docs/<any('docs.js', 'docs.css'):name>")
    def docs_part(name: str) -> Response:
        return _static(name)

    return bp


def _static(name: str) -> Response:
    response = send_from_directory("static", name)
    response.headers["Content-Security-Policy"] = POLICY
    return response
