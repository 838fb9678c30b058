"""Outcomes, deliveries, customers, reports, snapshots, the rulebook."""

import pytest

from tests.support.requests import event, outcome


def test_one_outcome_is_recorded(post, service):
    answer = post("/v1/outcomes", outcome())
    assert answer.json == {"recommendation_id": "r-00aa-1", "outcome": "click", "stored": True}
    assert service.outcomes[0].at is None


def test_one_outcome_of_nothing_we_recommended_is_a_404(post):
    assert post("/v1/outcomes", outcome(recommendation_id="r-00ffff")).status_code == 404


def test_outcomes_in_a_list_are_answered_one_by_one(post):
    answer = post("/v1/outcomes", [outcome(), outcome(recommendation_id="r-00ffff")]).json
    assert (answer["recorded"], answer["refused"]) == (1, 1)
    assert answer["results"][1]["problem"]["status"] == 404


def test_a_wrong_outcome_in_a_list_is_named_by_its_place(post, service):
    answer = post("/v1/outcomes", [outcome(), outcome(outcome="clicked")])
    assert [error["pointer"] for error in answer.json["errors"]] == ["/1/outcome"]
    assert service.outcomes == []


def test_deliveries_come_with_the_cursor_to_go_on_from(client):
    assert client.get("/v1/deliveries").json == {"items": [{"deliver": "r-1"}], "next": "c-1"}
    assert client.get("/v1/deliveries?after=c-1&limit=5").status_code == 200


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=ten", "limit=-1", "limit=²", "after=nonsense"])
def test_a_limit_or_cursor_that_is_none_is_refused(client, query):
    answer = client.get(f"/v1/deliveries?{query}")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/" + query.partition("=")[0]


@pytest.mark.parametrize("customer_id", ["c-1", "a/b", "/", "ü 你", "..", "a?b#c", "50%"])
def test_a_customer_is_found_by_any_id(client, post, customer_id):
    from urllib.parse import quote

    post("/v1/events", event(customer={"id": customer_id}))
    answer = client.get("/v1/customers/" + quote(customer_id, safe=""))
    assert answer.json["customer"] == f"c/{customer_id}"


def test_an_anonymous_customer_is_asked_for_as_such(client, post):
    post("/v1/events", event(customer={"anonymous_id": "x"}))
    assert client.get("/v1/customers/x").status_code == 404
    assert client.get("/v1/customers/x?anonymous=yes").json["customer"] == "a/x"


def test_anonymous_is_yes_or_no(client):
    assert client.get("/v1/customers/x?anonymous=1").status_code == 422


def test_a_customer_id_of_more_than_100_characters_is_refused(client):
    assert client.get("/v1/customers/" + "x" * 101).status_code == 422


def test_traits_become_an_identified_event_that_is_stored_only(post, service):
    answer = post("/v1/customers/c-1", {"first_name": "Mei", "birthday": "02-29"})
    assert answer.json["stored"] is True
    (stored,) = service.events
    assert (stored.type, stored.decide, stored.customer) == ("identified", "none", "c/c-1")
    assert stored.properties == {"traits": {"first_name": "Mei", "birthday": "02-29"}}
    assert stored.id == answer.json["event_id"]


def test_wrong_traits_are_named_by_their_place_in_the_body(post):
    answer = post("/v1/customers/c-1", {"birthday": "30 February"})
    assert answer.json["errors"][0]["pointer"] == "/birthday"


@pytest.mark.parametrize("query", ["", "?id=", "?anonymous=yes", "?id=x&anonymous=1", "?id=" + "x" * 101])
def test_an_export_needs_to_know_of_whom(client, query):
    assert client.get("/v1/customers:export" + query).status_code == 422


def test_an_export_of_nobody_is_not_found(client):
    assert client.get("/v1/customers:export?id=nobody").status_code == 404


def test_a_customer_is_forgotten(client, post, service):
    post("/v1/events", event())
    answer = client.delete("/v1/customers/c-1")
    assert (answer.status_code, answer.data) == (204, b"")
    assert service.erased == ["c/c-1"]


def test_who_is_not_known_cannot_be_forgotten(client):
    assert client.delete("/v1/customers/nobody").status_code == 404


def test_the_value_report_is_the_services(client):
    assert client.get("/v1/reports/value").json == {"customers": 0}


def test_the_action_report_is_the_services(client):
    answer = client.get("/v1/reports/actions").json
    assert (answer["actions"], answer["everything"]["uplift"]["status"]) == ([], "no holdout")


def test_a_snapshot_is_made_on_request(client):
    assert client.post("/v1/snapshots").json == {"number": 1}


def test_the_rulebook_is_named_by_its_revision(client):
    answer = client.get("/v1/rulebook").json
    assert answer["revision"] == "sha256:test"
    assert answer["counts"]["rules"] == len(answer["rules"]) == 0
