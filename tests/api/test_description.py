"""/openapi.json is collected from the routes. Callers generate clients from it, so this table pins its operations."""

import pytest

from tests.support.description import describe

PUBLISHED = """
POST /v1/events | events | | Event | 200 EventAnswer | 400 401 403 404 413 415 422 503
POST /v1/events:batch | events | Idempotency-Key | [Event], string | 200 BatchAnswer | 400 401 403 409 413 415 422 503
GET /v1/schemas/event.json | open | | | 200 Anything | 422 503
POST /v1/decisions | decide | language rule all | DecisionRequest | 200 Decision | 400 401 403 404 413 415 422 503
GET /v1/decisions/{id} | read | id language rule all | | 200 DecisionRecord | 401 403 404 422 503
GET /v1/decisions/{id}/reproduction | read | id | | 200 Reproduction | 401 403 404 422 503
POST /v1/outcomes | events | Idempotency-Key | Outcome or [Outcome] | 200 OutcomeAnswer | 400 401 403 404 409 413 415 422 503
GET /v1/deliveries | read | after limit | | 200 Deliveries | 401 403 404 422 503
POST /v1/feedback/{service} | events | service channel | object or [object], string | 200 FeedbackAnswer | 400 401 403 404 413 415 422 503
GET /v1/customers/{id} | read | id anonymous | | 200 Anything | 401 403 404 422 503
POST /v1/customers/{id} | events | id anonymous Idempotency-Key | Traits | 200 EventAnswer | 400 401 403 404 409 413 415 422 503
POST /v1/customers:merge | events | Idempotency-Key | Merge | 200 EventAnswer | 400 401 403 409 413 415 422 503
DELETE /v1/customers/{id} | admin | id anonymous | | 204 | 401 403 404 422 503
GET /v1/customers:export | admin | id anonymous | | 200 Export | 401 403 404 422 503
GET /v1/reports/value | read | | | 200 Anything | 401 403 422 503
GET /v1/reports/actions | read | | | 200 ActionReport | 401 403 422 503
POST /v1/snapshots | admin | Idempotency-Key | | 200 Anything | 401 403 409 413 422 503
GET /v1/rulebook | rules | | | 200 Rulebook | 401 403 422 503
GET /v1/rulebook/revisions | rules | | | 200 Revisions | 401 403 422 503
GET /v1/rulebook/revisions/{revision} | rules | revision | | 200 Revision | 401 403 404 422 503
POST /v1/rulebook:check | rules | tests | RulebookFiles | 200 Proof | 400 401 403 404 413 415 422 503
POST /v1/rulebook:publish | admin | Idempotency-Key | Publication | 200 Published | 400 401 403 409 413 415 422 503
POST /v1/rulebook:rollback | admin | Idempotency-Key | Rollback | 200 Published | 400 401 403 404 409 413 415 422 503
GET /livez | open | | | 200 Live | 422 503
GET /readyz | open | verbose | | 200 Ready, 503 Ready | 422
GET /metrics | read | | | 200 string | 401 403 422 503
GET /openapi.json | open | | | 200 Anything | 422 503
GET /docs | open | | | 200 string | 422
"""  # noqa: E501 - one operation a line


def schema(of: dict) -> str:
    """A schema by its name; a list of them in brackets."""
    if "oneOf" in of:
        return " or ".join(schema(one) for one in of["oneOf"])
    if of.get("type") == "array":
        return f"[{schema(of['items'])}]"
    return of["$ref"].rpartition("/")[2] if "$ref" in of else of["type"]


def schemas(content: dict) -> str:
    return ", ".join(schema(body["schema"]) for body in content.values())


def line(call: str, operation: dict) -> str:
    """Call, scope, parameters, body, answers and problems."""
    answers, problems = [], []
    for status, response in sorted(operation["responses"].items()):
        content = response.get("content", {})
        if "application/problem+json" in content:
            problems.append(status)
        else:
            answers.append(f"{status} {schemas(content)}".strip())
    cells = (
        call,
        next((scope for key in operation["security"] for scope in key["key"]), "open"),
        " ".join(parameter["name"] for parameter in operation.get("parameters", ())),
        schemas(operation.get("requestBody", {}).get("content", {})),
        ", ".join(answers),
        " ".join(problems),
    )
    return "|".join(f" {cell} " if cell else " " for cell in cells).strip()


DESCRIBED = [
    line(f"{method.upper()} {path}", operation)
    for path, methods in describe()["paths"].items()
    for method, operation in methods.items()
]


def test_the_description_lists_the_published_operations_and_no_others():
    assert {one.partition(" |")[0] for one in DESCRIBED} == {
        one.partition(" |")[0] for one in PUBLISHED.strip().splitlines()
    }


@pytest.mark.parametrize("operation", DESCRIBED, ids=lambda one: one.partition(" |")[0])
def test_an_operation_is_described_as_published(operation):
    assert operation in PUBLISHED.splitlines()


@pytest.mark.parametrize("path", ["/v1/events:batch", "/v1/outcomes", "/v1/rulebook:publish", "/v1/snapshots"])
def test_a_repeatable_operation_describes_the_header_of_a_repeated_answer(path):
    assert describe()["paths"][path]["post"]["responses"]["200"]["headers"]["Idempotent-Replayed"]
