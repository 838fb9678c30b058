"""The API over the real service and the shipped rulebook: the fake keeps the facade's promises only if this does."""

import pytest

from tests.support.requests import event, order, outcome, request


@pytest.fixture
def client(real_app):
    return real_app.test_client()


def test_an_order_shows_in_the_profile_and_in_the_value_report(client):
    assert client.post("/v1/events", json=order()).status_code == 200
    assert client.get("/v1/customers/c-1").json["facts"]["customer.spend"] == 6000
    report = client.get("/v1/reports/value").json
    assert (report["customers"], report["value"]) == (1, "60.00")


def test_a_repeated_event_gets_the_first_answer(client):
    first, second = (client.post("/v1/events", json=order()).json for _ in range(2))
    assert first | {"duplicate": True} == second
    assert client.get("/v1/customers/c-1").json["facts"]["customer.orders"] == 1


def test_a_placement_asked_for_is_filled_and_its_outcome_recorded(client):
    client.post("/v1/events", json=order())
    answer = client.post("/v1/decisions", json=request()).json
    (result,) = answer["results"]
    assert result["placement"] == "home.banner"
    (given,) = result["recommendations"]
    said = outcome(recommendation_id=given["recommendation_id"])
    assert client.post("/v1/outcomes", json=said).json["stored"] is True
    trace = client.get("/v1/decisions/" + answer["decision_id"]).json
    assert trace["explanation"]


def test_a_dry_run_stores_nothing(client):
    answer = client.post("/v1/decisions", json=request(dry_run=True, include=["explanation"])).json
    assert answer["stored"] is False
    assert "explanation" in answer
    assert client.get("/v1/decisions/" + answer["decision_id"]).status_code == 404
    assert client.get("/v1/customers/c-1").status_code == 404


def test_a_repeated_request_has_what_it_includes_as_the_first_answer_had_it(client):
    client.post("/v1/events", json=order())
    client.post("/v1/decisions", json=request())  # pending in home.banner, it is rejected elsewhere
    asked = request(request_id="q-2", placements=[{"id": "account.next"}])
    asked |= {"include": ["explanation", "rejected", "profile"]}
    first = client.post("/v1/decisions", json=asked)
    assert first.json["rejected"] and first.json["explanation"]["facts"] and first.json["profile"]
    client.post("/v1/events", json=order(order_id="o-2") | {"id": "e-2"})
    assert client.post("/v1/decisions", json=asked).json == first.json | {"duplicate": True}


def test_undeclared_context_is_named_in_a_warning(client):
    answer = client.post("/v1/decisions", json=request(context={"moon": "full"})).json
    assert any("moon" in warning for warning in answer["warnings"])


def test_a_batch_is_stored_once_however_often_it_is_sent(client):
    batch = [event(id=f"e-{n}", decide="none", customer={"id": f"c-{n % 3}"}) for n in range(9)]
    for _ in range(2):
        assert client.post("/v1/events:batch", json=batch).json["stored"] == 9
    assert client.get("/v1/customers/c-0").json["facts"]["customer.visits_7d"] == 3


def test_traits_are_learnt_and_a_customer_forgotten(client):
    assert client.post("/v1/customers/c-1", json={"first_name": "Mei"}).status_code == 200
    assert client.get("/v1/customers/c-1").json["traits"]["first_name"] == "Mei"
    assert client.delete("/v1/customers/c-1").status_code == 204
    assert client.get("/v1/customers/c-1").status_code == 404


def test_what_was_never_given_is_not_found(client):
    assert client.get("/v1/decisions/d-00").status_code == 404
    assert client.get("/v1/decisions/nonsense").status_code == 404
    assert client.post("/v1/outcomes", json=outcome()).status_code == 404


def test_a_cursor_that_is_not_ours_is_refused(client):
    answer = client.get("/v1/deliveries?after=nonsense")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/after")


def test_the_end_of_the_deliveries_is_a_place_to_go_on_from(client):
    cursor = client.get("/v1/deliveries").json["next"]
    assert client.get(f"/v1/deliveries?after={cursor}").status_code == 200


def test_a_snapshot_is_numbered(client):
    assert client.post("/v1/snapshots").json["number"] == 1


def test_the_process_is_ready(client):
    assert client.get("/readyz?verbose").json["matcher"] == "reference"


def test_a_customer_is_exported_whole_under_either_id(client):
    client.post("/v1/events", json={**order(), "customer": {"anonymous_id": "cookie"}})
    joined = event(id="x", type="aliased", properties={"anonymous_id": "cookie"})
    assert client.post("/v1/events", json=joined).status_code == 200
    known = client.get("/v1/customers:export?id=c-1")
    assert known.status_code == 200
    assert known.json["profile"]["purchases"]["spend"] == "60.00"
    assert known.json["profile"]["aliases"] == [{"anonymous_id": "cookie"}]
    assert client.get("/v1/customers:export?id=cookie&anonymous=yes").json == known.json


def test_an_anonymous_id_that_belongs_to_somebody_is_refused_to_others(client):
    said = {"type": "aliased", "properties": {"anonymous_id": "cookie"}}
    assert client.post("/v1/events", json=event(id="x", **said)).status_code == 200
    taken = client.post("/v1/events", json=event(id="y", customer={"id": "c-2"}, **said))
    assert taken.status_code == 422
    assert [(e["pointer"], e["code"]) for e in taken.json["errors"]] == [("/properties/anonymous_id", "id-taken")]


def test_a_wrong_trait_costs_no_other_and_is_named_in_the_answer(client):
    sent = event(type="identified", properties={"traits": {"first_name": "Mei", "birthday": "1990-02-30"}})
    answer = client.post("/v1/events", json=sent | {"decide": "none"}).json
    assert answer["warnings"] == ["/properties/traits/birthday: is not a valid date; left out"]
    assert client.get("/v1/customers/c-1").json["traits"] == {"first_name": "Mei"}


def test_a_decision_on_an_event_with_a_wrong_label_names_it(client):
    answer = client.post("/v1/events", json=event(properties={"surface": 7})).json
    assert answer["warnings"] == ["/properties/surface: must be a text, not a number; left out"]


def test_a_batch_names_wrong_values_line_by_line(client):
    wrong = event(id="e-2", properties={"surface": 7}, decide="none")
    results = client.post("/v1/events:batch", json=[event(decide="none"), wrong]).json["results"]
    assert [result["status"] for result in results] == ["stored", "stored"]
    assert "warnings" not in results[0] and "/properties/surface" in results[1]["warnings"][0]


def test_events_with_a_value_left_out_are_counted(client):
    client.post("/v1/events", json=event(properties={"surface": 7}))
    assert b"patron_warned_events_total 1.0" in client.get("/metrics").data


def test_traits_set_by_a_call_of_their_own_name_what_is_left_out(client):
    answer = client.post("/v1/customers/c-1", json={"first_name": "Mei", "language": "en_GB"}).json
    assert "/language" in answer["warnings"][0]
    assert client.get("/v1/customers/c-1").json["traits"] == {"first_name": "Mei"}
