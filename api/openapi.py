"""/openapi.json (3.1): the operations, over the JSON Schemas generated from marshmallow's declarations."""

from functools import cache
from typing import Any, Final

from apispec import APISpec

from api.answers import ANSWERS
from api.settings import SCOPES
from engine.schemas import event_json_schema, outcome_json_schema, request_json_schema, traits_json_schema
from engine.schemas.rulebooks import rulebook_json_schemas

Json = dict[str, Any]

_ID: Final[Json] = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
_WHO: Final[Json] = {**_ID, "in": "query"}
_ANONYMOUS: Final[Json] = {
    "name": "anonymous",
    "in": "query",
    "description": "yes: the id is an anonymous one",
    "schema": {"enum": ["yes", "no"], "default": "no"},
}
_TESTS: Final[Json] = {
    "name": "tests",
    "in": "query",
    "description": "no: check its files and its logic, without running its tests",
    "schema": {"enum": ["yes", "no"], "default": "yes"},
}
_AFTER: Final[Json] = {
    "name": "after",
    "in": "query",
    "description": '"next" of the previous answer (default: start with the oldest)',
    "schema": {"type": "string"},
}
_LIMIT: Final[Json] = {
    "name": "limit",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
}
_EXPLAIN: Final[list[Json]] = [
    {
        "name": "language",
        "in": "query",
        "description": "Language of the explanation (BCP 47): Chinese for every zh, else English (default: the shop's)",
        "schema": {"type": "string", "maxLength": 35},
    },
    {
        "name": "rule",
        "in": "query",
        "description": "Also report the changes needed for this rule to fire",
        "schema": {"type": "string", "maxLength": 200},
    },
    {
        "name": "all",
        "in": "query",
        "description": "yes: include every rule and fact that was evaluated, not only the relevant ones",
        "schema": {"enum": ["yes", "no"], "default": "no"},
    },
]
_REVISION: Final[Json] = {
    "name": "revision",
    "in": "path",
    "required": True,
    "description": "Its number, or its revision (at least 8 digits)",
    "schema": {"type": "string", "minLength": 1},
}
_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Unique per request; a repetition has no effect and returns the first answer",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
}
_REPLAYED: Final[Json] = {
    "description": "The answer to the first request with this Idempotency-Key",
    "schema": {"const": "true"},
}
_VERBOSE: Final[Json] = {
    "name": "verbose",
    "in": "query",
    "allowEmptyValue": True,
    "description": "Also report matcher, rulebook, snapshot, controls and store",
    "schema": {"type": "string"},
}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: Json, kind: str = "application/json") -> Json:
    return {kind: {"schema": schema}}


def _operation(summary: str, answer: str, scope: str | None = None, **more: Any) -> Json:
    """One operation: its answers, its scope, its errors (`also`: more statuses)."""
    problem = {"description": "A problem (RFC 9457)", "content": _json(_ref("Problem"), "application/problem+json")}
    errors = ["503"]
    if scope:
        errors += ["401", "403"]
    if "requestBody" in more:
        errors += ["400", "413", "415", "422"]
    if "parameters" in more:
        errors += ["404", "422"]
    errors += more.pop("also", [])
    responses: Json = {"200": {"description": "Done", "content": _json(_ref(answer))}}
    responses |= dict.fromkeys(sorted(set(errors)), problem)
    security: Json = {"security": [{"key": [scope]}]} if scope else {"security": []}
    return {"summary": summary, "responses": responses} | security | more


def _repeatable(operation: Json) -> Json:
    """The operation with an Idempotency-Key."""
    responses: Json = operation["responses"]
    problem = responses["503"]
    done = {**responses["200"], "headers": {"Idempotent-Replayed": _REPLAYED}}
    responses = dict(sorted((responses | {"200": done, "409": problem, "413": problem, "422": problem}).items()))
    return operation | {"parameters": [*operation.get("parameters", ()), _KEY], "responses": responses}


def _body(content: Json) -> Json:
    return {"required": True, "content": content}


def _open(summary: str, kind: str) -> Json:
    content = {kind: {"schema": {"type": "string"}}}
    return {"summary": summary, "security": [], "responses": {"200": {"description": "Done", "content": content}}}


def _paths() -> dict[str, dict[str, Json]]:
    event = _json(_ref("Event"))
    outcomes: Json = {"oneOf": [_ref("Outcome"), {"type": "array", "items": _ref("Outcome"), "minItems": 1}]}
    batch: Json = _json({"type": "array", "items": _ref("Event"), "maxItems": 10_000})
    batch |= _json({"type": "string", "description": "One event per line"}, "application/x-ndjson")
    one = [_ID, _ANONYMOUS]
    erase = _operation("Erase a customer", "Anything", "admin", parameters=one)
    erase["responses"]["204"] = {"description": "Erased"}
    del erase["responses"]["200"]
    ready = _operation("Readiness of this process", "Ready", parameters=[_VERBOSE])
    ready["responses"] = {
        status: {"description": word, "content": _json(_ref("Ready"))}
        for status, word in (("200", "Yes"), ("503", "No"))
    }
    metrics = _operation("Metrics for Prometheus", "Anything", "read")
    metrics["responses"]["200"]["content"] = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "/v1/events": {
            "post": _operation(
                "Record an event and decide on it", "EventAnswer", "events", requestBody=_body(event), also=["404"]
            )
        },
        "/v1/events:batch": {
            "post": _repeatable(
                _operation(
                    "Record many events; an invalid one does not fail the others",
                    "BatchAnswer",
                    "events",
                    requestBody=_body(batch),
                )
            )
        },
        "/v1/decisions": {
            "post": _operation(
                "Decide for a customer in real time",
                "Decision",
                "decide",
                parameters=_EXPLAIN,
                requestBody=_body(_json(_ref("DecisionRequest"))),
            )
        },
        "/v1/decisions/{id}": {
            "get": _operation(
                "Return a decision and its explanation", "DecisionRecord", "read", parameters=[_ID, *_EXPLAIN]
            ),
        },
        "/v1/decisions/{id}/reproduction": {
            "get": _operation(
                "Repeat a decision from its record and compare the bytes",
                "Reproduction",
                "read",
                parameters=[_ID],
            ),
        },
        "/v1/outcomes": {
            "post": _repeatable(
                _operation(
                    "Record outcomes of recommendations",
                    "OutcomeAnswer",
                    "events",
                    requestBody=_body(_json(outcomes)),
                    also=["404"],
                )
            )
        },
        "/v1/deliveries": {
            "get": _operation("List messages to send and to cancel", "Deliveries", "read", parameters=[_AFTER, _LIMIT]),
        },
        "/v1/customers/{id}": {
            "get": _operation("Return a customer: profile, tier, stage, contacts", "Anything", "read", parameters=one),
            "post": _repeatable(
                _operation(
                    "Set traits",
                    "EventAnswer",
                    "events",
                    parameters=one,
                    requestBody=_body(_json(_ref("Traits"))),
                )
            ),
            "delete": erase,
        },
        "/v1/customers:export": {
            "get": _operation(
                "Export everything stored about a customer", "Export", "admin", parameters=[_WHO, _ANONYMOUS]
            )
        },
        "/v1/reports/value": {"get": _operation("Report value by tier, and its concentration", "Anything", "read")},
        "/v1/reports/actions": {"get": _operation("Report results and uplift by action", "ActionReport", "read")},
        "/v1/snapshots": {
            "post": _repeatable(_operation("Take a snapshot of the shop-wide figures", "Anything", "admin"))
        },
        **_rulebook_paths(),
        "/v1/schemas/event.json": {"get": _operation("JSON Schema of an event", "Anything")},
        "/livez": {"get": _operation("Liveness of this process", "Live")},
        "/readyz": {"get": ready},
        "/metrics": {"get": metrics},
        "/openapi.json": {"get": _operation("This description", "Anything")},
        "/docs": {"get": _open("This description as a web page", "text/html")},
    }


def _rulebook_paths() -> dict[str, dict[str, Json]]:
    publish = _operation(
        "Publish a rulebook",
        "Published",
        "admin",
        requestBody=_body(_json(_ref("Publication"))),
        also=["409"],
    )
    rollback = _operation(
        "Publish an earlier rulebook again",
        "Published",
        "admin",
        requestBody=_body(_json(_ref("Rollback"))),
        also=["404", "409"],
    )
    check = _operation(
        "Check a rulebook without storing it",
        "Proof",
        "rules",
        requestBody=_body(_json(_ref("RulebookFiles"))),
        parameters=[_TESTS],
    )
    one = _operation("Return a published rulebook with its files", "Revision", "rules", parameters=[_REVISION])
    return {
        "/v1/rulebook": {"get": _operation("Return the active rulebook", "Rulebook", "rules")},
        "/v1/rulebook/revisions": {"get": _operation("List publications, newest first", "Revisions", "rules")},
        "/v1/rulebook/revisions/{revision}": {"get": one},
        "/v1/rulebook:check": {"post": check},
        "/v1/rulebook:publish": {"post": _repeatable(publish)},
        "/v1/rulebook:rollback": {"post": _repeatable(rollback)},
    }


@cache
def describe() -> Json:
    """The whole document."""
    spec = APISpec("Patron", "1", "3.1.0", info={"description": "Next-best-action decisions from rules."})
    event = event_json_schema()
    del event["$schema"]
    requests = {
        "Event": event,
        "DecisionRequest": request_json_schema(),
        "Outcome": outcome_json_schema(),
        "Traits": traits_json_schema(),
    }
    for name, schema in (requests | rulebook_json_schemas() | ANSWERS).items():
        spec.components.schema(name, schema)
    scheme = {"type": "http", "scheme": "bearer", "description": "Scopes: " + ", ".join(SCOPES)}
    spec.components.security_scheme("key", scheme)
    for path, operations in _paths().items():
        spec.path(path, operations=operations)
    document: Json = spec.to_dict()
    return document
