"""`create_app`: the blueprints, the one error handler, and what is done around every request."""

import time

from flask import Flask, Response, request
from werkzeug.routing import BaseConverter

from api import customers, decisions, deliveries, events, ops, outcomes, problems, reports, rulebook, snapshots
from api.context import SAFE_HEADERS, Api
from api.facade import Facade
from api.settings import ApiSettings

NOUNS = (events, decisions, outcomes, deliveries, customers, reports, snapshots, rulebook, ops)


class AnyText(BaseConverter):
    """A path segment that may hold anything: ids are the sender's, slashes included."""

    regex = ".+"
    part_isolating = False


def create_app(service: Facade, settings: ApiSettings) -> Flask:
    """The WSGI application. It opens nothing and starts nothing; `app.extensions["patron"]` is its `Api`."""
    api = Api(service, settings)
    app = Flask("api", static_folder=None)
    app.extensions["patron"] = api
    app.url_map.merge_slashes = False
    app.url_map.converters["text"] = AnyText
    for noun in NOUNS:
        app.register_blueprint(noun.routes(api))
    app.register_error_handler(Exception, problems.handle)
    _watch(app, api)
    return app


def drain(app: Flask) -> None:
    """From now on `/readyz` says no; everything else goes on."""
    api: Api = app.extensions["patron"]
    api.draining.set()


def _watch(app: Flask, api: Api) -> None:
    """Times and counts every request, and sets the headers that all answers have."""

    @app.before_request
    def started() -> None:
        request.environ["patron.started"] = time.perf_counter()

    @app.after_request
    def finished(response: Response) -> Response:
        for name, value in SAFE_HEADERS:
            if response.headers.get(name) != value:
                response.headers[name] = value
        route = request.url_rule.rule if request.url_rule else "unknown"
        seconds = time.perf_counter() - request.environ["patron.started"]
        api.metrics.answered(route, response.status_code, seconds)
        return response
