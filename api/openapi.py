"""/openapi.json (3.1): the operations declared beside the routes, and JSON Schemas generated from marshmallow's."""

import re
from collections.abc import Callable
from typing import Any, Final

from apispec import APISpec
from flask import Flask

from api.answers import ANSWERS
from api.idempotency import REPLAYED
from api.json_schema import Json, ref
from api.operation import Operation, content, done
from api.settings import SCOPES
from engine.schemas import (
    event_json_schema,
    merge_json_schema,
    outcome_json_schema,
    request_json_schema,
    traits_json_schema,
)
from engine.schemas.rulebooks import rulebook_json_schemas

_VARIABLE: Final = re.compile(r"<(?:text:)?(?:\w+_)?(\w+)>")
_PROBLEM: Final = done(content(ref("Problem"), "application/problem+json"), "A problem (RFC 9457)")
_UNKNOWN_PARAMETER: Final = "422"
"""Possible on every route; see api/parameters.py."""
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


def describe(app: Flask) -> Json:
    """The whole document."""
    spec = APISpec("Patron", "1", "3.1.0", info={"description": "Next-best-action decisions from rules."})
    for name, schema in _schemas().items():
        spec.components.schema(name, schema)
    scheme = {"type": "http", "scheme": "bearer", "description": "Scopes: " + ", ".join(SCOPES)}
    spec.components.security_scheme("key", scheme)
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"} if hasattr(view, "operation") else ():
            spec.path(_VARIABLE.sub(r"{\1}", rule.rule), operations={method.lower(): _operation(view)})
    document: Json = spec.to_dict()
    return document


def _schemas() -> Json:
    event = event_json_schema()
    del event["$schema"]
    requests = {
        "Event": event,
        "DecisionRequest": request_json_schema(),
        "Outcome": outcome_json_schema(),
        "Traits": traits_json_schema(),
        "Merge": merge_json_schema(),
    }
    return requests | rulebook_json_schemas() | ANSWERS


def _operation(view: Callable[..., Any]) -> Json:
    """The `Operation` declared for a view, with the scope and key that `Api.needs` checks."""
    declared: Operation = view.operation  # type: ignore[attr-defined]
    scope: str | None = getattr(view, "scope", None)
    repeatable: bool = getattr(view, "repeatable", False)
    operation: Json = {
        "summary": declared.summary,
        "responses": _responses(declared, scope, repeatable),
        "security": [{"key": [scope]}] if scope else [],
    }
    if parameters := [*declared.parameters, *([_KEY] if repeatable else [])]:
        operation["parameters"] = parameters
    return operation | declared.request_body()


def _responses(declared: Operation, scope: str | None, repeatable: bool) -> Json:
    answers = declared.answers()
    if repeatable:
        answers = {status: {**answer, "headers": {REPLAYED: _REPLAYED}} for status, answer in answers.items()}
    if not declared.errors:
        return answers | {_UNKNOWN_PARAMETER: _PROBLEM}
    errors = {_UNKNOWN_PARAMETER, "503", *declared.also}
    if scope:
        errors |= {"401", "403"}
    if declared.body is not None:
        errors |= {"400", "413", "415"}
    if declared.parameters:
        errors.add("404")
    if repeatable:
        errors |= {"409", "413"}
    return answers | dict.fromkeys(sorted(errors), _PROBLEM)
