"""API keys: who may do what."""

import hashlib

import pytest
from flask.testing import FlaskClient

from api.settings import SCOPES, ApiKey, ApiSettings
from tests.support.publishing import app_of
from tests.support.requests import event, outcome, request

OPEN = ["/livez", "/readyz", "/openapi.json", "/docs", "/docs/docs.js", "/docs/docs.css", "/v1/schemas/event.json"]
GUARDED = {
    ("POST", "/v1/events"): "events",
    ("POST", "/v1/events:batch"): "events",
    ("POST", "/v1/decisions"): "decide",
    ("GET", "/v1/decisions/d-000000000000000000000a"): "read",
    ("POST", "/v1/outcomes"): "events",
    ("GET", "/v1/deliveries"): "read",
    ("POST", "/v1/feedback/mailgun"): "events",
    ("GET", "/v1/customers/c-1"): "read",
    ("POST", "/v1/customers/c-1"): "events",
    ("DELETE", "/v1/customers/c-1"): "admin",
    ("GET", "/v1/customers:export?id=c-1"): "admin",
    ("GET", "/v1/reports/value"): "read",
    ("GET", "/v1/reports/actions"): "read",
    ("POST", "/v1/snapshots"): "admin",
    ("GET", "/v1/rulebook"): "rules",
    ("GET", "/metrics"): "read",
}
BODIES = {
    "/v1/events": event(),
    "/v1/events:batch": [event()],
    "/v1/decisions": request(),
    "/v1/outcomes": outcome(),
    "/v1/feedback/mailgun": [],
    "/v1/customers/c-1": {"first_name": "Mei"},
}


def token(scope: str) -> str:
    return f"pat_{scope}_0123456789"


def key(scope: str) -> ApiKey:
    return ApiKey(scope, hashlib.sha256(token(scope).encode()).hexdigest(), frozenset({scope}))


@pytest.fixture
def client(service) -> FlaskClient:
    return app_of(service, ApiSettings(keys=tuple(key(scope) for scope in SCOPES))).test_client()


def call(client: FlaskClient, method: str, path: str, authorization: str | None):
    headers = {} if authorization is None else {"Authorization": authorization}
    return client.open(path, method=method, json=BODIES.get(path) if method == "POST" else None, headers=headers)


@pytest.mark.parametrize("path", OPEN)
def test_what_describes_the_service_is_open(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_without_a_key_nothing_else_is(client, method, path):
    answer = call(client, method, path, None)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="patron"'


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_a_key_without_the_scope_is_shown_which_one_it_lacks(client, method, path):
    needed = GUARDED[method, path]
    other = next(scope for scope in SCOPES if scope != needed)
    answer = call(client, method, path, f"Bearer {token(other)}")
    assert (answer.status_code, answer.json["detail"]) == (403, f'the key lacks the scope "{needed}"')


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_a_key_with_the_scope_is_let_through(client, post, method, path):
    call(client, "POST", "/v1/events", f"Bearer {token('events')}")
    answer = call(client, method, path, f"Bearer {token(GUARDED[method, path])}")
    assert answer.status_code in (200, 204)


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer pat_events_wrong", f"Basic {token('events')}", token("events"), "Bearer \xff"],
)
def test_a_key_that_is_not_ours_is_no_key(client, authorization):
    assert call(client, "POST", "/v1/events", authorization).status_code == 401


def test_a_refused_caller_has_stored_nothing(client, service):
    call(client, "POST", "/v1/events", None)
    assert service.events == []


def test_every_route_but_the_open_ones_needs_a_scope(app):
    open_rules = {"/livez", "/readyz", "/openapi.json", "/docs", "/docs/<any('docs.js', 'docs.css'):name>"}
    unguarded = {r.rule for r in app.url_map.iter_rules() if not hasattr(app.view_functions[r.endpoint], "scope")}
    assert unguarded == open_rules | {"/v1/schemas/event.json"}
