"""POST /v1/events and /v1/events:batch."""

import orjson

from api.settings import ApiSettings
from engine.domain.errors import Contended, StateUnavailable
from tests.support.fake_service import NOW
from tests.support.publishing import app_of
from tests.support.requests import event, order

NDJSON = "application/x-ndjson"


def test_an_event_is_answered_with_a_decision(post, service):
    answer = post("/v1/events", event())
    assert answer.status_code == 200
    assert answer.json["event_id"] == "e-1"
    assert answer.json["results"][0]["recommendations"][0]["action"] == "quiet-check-in"
    assert service.events[0].customer == "c/c-1"


def test_an_answer_shows_nothing_that_must_not_reach_a_browser(post):
    answer = post("/v1/events", event()).json
    assert not {"rejected", "profile", "facts", "matched", "explanation"} & set(answer)
    assert "score_parts" not in answer["results"][0]["recommendations"][0]


def test_an_event_to_be_stored_only_is_not_decided_on(post):
    assert post("/v1/events", event(decide="none")).json == {"event_id": "e-1", "stored": True}


def test_amounts_reach_the_service_in_minor_units(post, service):
    post("/v1/events", order())
    assert service.events[0].properties["total"] == 6000


def test_a_wrong_event_is_refused_with_a_pointer_and_not_stored(post, service):
    answer = post("/v1/events", event(type="order_complete"))
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    (error,) = answer.json["errors"]
    assert error["pointer"] == "/type"
    assert 'did you mean "order_completed"?' in error["detail"]
    assert service.events == []


def test_an_event_ahead_of_our_clock_is_refused_by_the_configured_measure(service):
    client = app_of(service, ApiSettings(clock=lambda: NOW, ahead=60_000)).test_client()
    late = event(time="2026-03-01T09:01:01Z")
    assert client.post("/v1/events", json=late).json["errors"][0]["code"] == "ahead"


def test_without_the_store_the_sender_is_shown_when_to_come_back(post, service):
    service.fails = StateUnavailable("the store does not answer", retry_after=3)
    answer = post("/v1/events", event())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    assert answer.json["type"] == "urn:patron:problem:state-unavailable"


def test_too_many_writers_for_one_customer_is_a_503_of_its_own(post, service):
    service.fails = Contended("try again")
    answer = post("/v1/events", event())
    assert (answer.status_code, answer.json["type"]) == (503, "urn:patron:problem:contended")
    assert answer.headers["Retry-After"] == "1"


def test_a_batch_is_an_array(post, service):
    answer = post("/v1/events:batch", [event(decide="none"), event(id="e-2", decide="none")])
    assert answer.json == {
        "stored": 2,
        "refused": 0,
        "duplicate": 0,
        "unapplied": 0,
        "results": [
            {"line": 1, "status": "stored", "event_id": "e-1"},
            {"line": 2, "status": "stored", "event_id": "e-2"},
        ],
    }
    assert [stored.id for stored in service.events] == ["e-1", "e-2"]


def test_a_batch_is_lines_and_blank_ones_count_as_places_only(post):
    lines = b"\n".join([orjson.dumps(event()), b"", orjson.dumps(event(id="e-2")), b""])
    answer = post("/v1/events:batch", lines, NDJSON).json
    assert [(r["line"], r["event_id"]) for r in answer["results"]] == [(1, "e-1"), (3, "e-2")]
    assert answer["results"][0]["decision_id"].startswith("d-")


def test_one_bad_line_does_not_fail_the_rest(post, service):
    lines = b"\n".join(
        [orjson.dumps(event()), b"{not json", orjson.dumps(event(type="x")), orjson.dumps(event(id="e-4"))]
    )
    answer = post("/v1/events:batch", lines, NDJSON)
    assert (answer.status_code, answer.json["stored"], answer.json["refused"]) == (200, 2, 2)
    assert [r["status"] for r in answer.json["results"]] == ["stored", "refused", "refused", "stored"]
    assert [r["problem"]["status"] for r in answer.json["results"][1:3]] == [400, 422]
    assert [stored.id for stored in service.events] == ["e-1", "e-4"]


def test_a_line_that_the_service_refuses_keeps_its_place(post):
    answer = post("/v1/events:batch", [event(), event(id="lost"), event(id="e-3")]).json
    assert [r["status"] for r in answer["results"]] == ["stored", "refused", "stored"]
    assert answer["results"][1]["problem"]["status"] == 404


def test_events_from_before_an_erasure_are_shown_and_neither_stored_nor_refused(post):
    old = event(id="before-the-erasure")
    assert post("/v1/events", old).json == {
        "event_id": old["id"],
        "stored": False,
        "applied": False,
        "reason": "erased",
    }
    answer = post("/v1/events:batch", [old, event(id="e-2", decide="none")]).json
    assert (answer["stored"], answer["refused"]) == (1, 0)
    line = {"line": 1, "status": "erased", "event_id": old["id"], "applied": False, "reason": "erased"}
    assert answer["results"][0] == line


def test_an_empty_array_is_an_empty_batch(post):
    assert post("/v1/events:batch", []).json == {
        "stored": 0,
        "refused": 0,
        "duplicate": 0,
        "unapplied": 0,
        "results": [],
    }


def test_a_batch_that_is_no_list_is_refused(post):
    assert post("/v1/events:batch", event()).status_code == 422


def test_a_batch_of_too_many_lines_is_refused_whole(service):
    client = app_of(service, ApiSettings(clock=lambda: NOW, max_batch_lines=2)).test_client()
    answer = client.post("/v1/events:batch", data=b"{}\n{}\n{}", content_type=NDJSON)
    assert (answer.status_code, answer.json["type"]) == (413, "urn:patron:problem:too-large")


def test_the_schema_of_events_is_published(client):
    schema = client.get("/v1/schemas/event.json").json
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert len(schema["oneOf"]) == 29


def test_events_may_be_large_in_a_batch_only(service):
    small = ApiSettings(clock=lambda: NOW, max_body=400, max_batch_body=4000)
    client = app_of(service, small).test_client()
    many = orjson.dumps([event(id=f"e-{n}") for n in range(10)])
    assert client.post("/v1/events", data=many, content_type="application/json").status_code == 413
    assert client.post("/v1/events:batch", data=many, content_type="application/json").status_code == 200
