"""A query parameter that a route does not declare is refused on every route, since it would have no effect."""

import pytest

from tests.support.description import describe
from tests.support.requests import event

OPERATIONS = [(path, method, one) for path, methods in describe()["paths"].items() for method, one in methods.items()]
CALLS = [(path.replace("{id}", "x").replace("{revision}", "1"), method) for path, method, _ in OPERATIONS]


def refusals(answer) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["pointer"], error["code"]) for error in answer.json["errors"]]


@pytest.mark.parametrize(("path", "method"), [*CALLS, ("/docs/docs.js", "get")])
def test_an_unknown_query_parameter_is_refused(client, path, method):
    answer = client.open(f"{path}?verbos=yes&customer_id=c-1", method=method.upper())
    assert refusals(answer) == [("/verbos", "unknown"), ("/customer_id", "unknown")]


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_a_declared_query_parameter_is_known_to_its_route(client, path, method, operation):
    names = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
    target = path.replace("{id}", "x").replace("{revision}", "1")
    answer = client.open(target, method=method.upper(), query_string=dict.fromkeys([*names, "surplus"], "yes"))
    assert refusals(answer) == [("/surplus", "unknown")]


def test_the_parameter_that_was_meant_is_named(client):
    (error,) = client.get("/v1/deliveries?limt=5").json["errors"]
    assert error["detail"] == 'is not a query parameter of this call; did you mean "limit"?'


def test_the_possible_parameters_are_named_if_none_is_similar(client):
    (error,) = client.get("/v1/deliveries?since=5").json["errors"]
    assert error["detail"] == "is not a query parameter of this call; use after or limit"


def test_a_call_without_parameters_reports_that_it_accepts_none(client):
    (error,) = client.get("/livez?verbose").json["errors"]
    assert error["detail"] == "is not a query parameter of this call, which accepts none"


def test_a_parameter_sent_twice_is_refused(client):
    answer = client.get("/v1/customers/c-1?anonymous=no&anonymous=yes")
    assert refusals(answer) == [("/anonymous", "repeated")]


def test_an_event_sent_with_an_unknown_parameter_is_not_recorded(post, service):
    assert post("/v1/events?dry_run=yes", event()).status_code == 422
    assert service.events == []


def test_an_unknown_path_with_parameters_is_not_found(client):
    assert client.get("/v1/nothing?limit=5").status_code == 404


@pytest.mark.parametrize(("query", "shown"), [("verbose", True), ("verbose=yes", True), ("verbose=no", False)])
def test_the_value_of_verbose_counts(client, query, shown):
    assert ("store" in client.get(f"/readyz?{query}").json) is shown


def test_verbose_with_another_value_is_refused(client):
    assert refusals(client.get("/readyz?verbose=false")) == [("/verbose", "choice")]
