"""`create_app`: the blueprints, the one error handler, and the processing around every request."""

import time
from typing import Any

from flask import Flask, Response, request
from werkzeug.routing import BaseConverter

from api import (
    customers,
    decisions,
    deliveries,
    events,
    feedback,
    ops,
    outcomes,
    problems,
    reports,
    rulebook,
    snapshots,
)
from api.context import SAFE_HEADERS, Api
from api.parameters import check_query, declared
from api.settings import ApiSettings
from service.publishing import Publishing
from service.service import Service

NOUNS = (events, decisions, outcomes, deliveries, feedback, customers, reports, snapshots, rulebook, ops)


class AnyText(BaseConverter):
    """A path segment with any content: ids are the sender's, slashes included."""

    regex = ".+"
    part_isolating = False


class _App(Flask):
    """Flask that times and counts every request, checks its query, and gives every answer its headers.

    Overrides instead of hooks: Flask checks every hook anew for every request.
    """

    api: Api

    def wsgi_app(self, environ: Any, start_response: Any) -> Any:
        environ["patron.started"] = time.perf_counter()
        return super().wsgi_app(environ, start_response)

    def dispatch_request(self) -> Any:
        if request.environ.get("QUERY_STRING") and request.url_rule is not None:
            check_query(request.args, declared(self.view_functions[request.url_rule.endpoint]))
        return super().dispatch_request()

    def process_response(self, response: Response) -> Response:
        for name, value in SAFE_HEADERS:
            if response.headers.get(name) != value:
                response.headers[name] = value
        rule, began = request.url_rule, request.environ["patron.started"]
        self.api.metrics.answered(rule.rule if rule else "unknown", response.status_code, time.perf_counter() - began)
        return super().process_response(response)


def create_app(service: Service, settings: ApiSettings, publishing: Publishing) -> Flask:
    """The WSGI application. It opens nothing and starts nothing; `app.extensions["patron"]` is its `Api`."""
    api = Api(service, settings, publishing)
    app = _App("api", static_folder=None)
    app.extensions["patron"] = api
    app.url_map.merge_slashes = False
    app.url_map.converters["text"] = AnyText
    for noun in NOUNS:
        app.register_blueprint(noun.routes(api))
    app.register_error_handler(Exception, problems.handle)
    app.api = api
    return app


def drain(app: Flask) -> None:
    """From now on `/readyz` fails; everything else continues."""
    api: Api = app.extensions["patron"]
    api.draining.set()
