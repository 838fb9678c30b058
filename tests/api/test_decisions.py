"""POST /v1/decisions, GET /v1/decisions/{id}."""

from engine.domain.events import Placed
from service.explanation import Ask
from tests.support.requests import request


def test_a_request_reaches_the_service_as_it_was_asked(post, service):
    answer = post("/v1/decisions", request(language="zh-Hans", placements=[{"id": "home.banner", "count": 2}]))
    assert (answer.status_code, answer.json["request_id"]) == (200, "q-1")
    (asked,) = service.requests
    assert (asked.customer, asked.placements, asked.language) == ("c/c-1", (Placed("home.banner", 2),), "zh-Hans")


def test_what_is_not_asked_for_is_not_shown(post):
    assert not {"rejected", "profile", "explanation"} & set(post("/v1/decisions", request()).json)


def test_include_shows_what_it_names(post):
    answer = post("/v1/decisions", request(include=["explanation", "rejected", "profile"])).json
    assert answer["rejected"][0]["reason"] == "NO_CONSENT"
    assert answer["profile"] == {"tier": "gold"}
    assert answer["explanation"] == {"rules": [], "sentences": []}


def test_include_takes_known_words_only(post):
    answer = post("/v1/decisions", request(include=["profil"]))
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/include/0"


def test_a_dry_run_may_be_for_another_moment(post, service):
    post("/v1/decisions", request(dry_run=True, now="2027-01-01T00:00:00Z"))
    assert (service.requests[0].dry_run, service.requests[0].now) == (True, 1_798_761_600_000)


def test_another_moment_is_for_a_dry_run_only(post, service):
    answer = post("/v1/decisions", request(now="2027-01-01T00:00:00Z"))
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/now")
    assert service.requests == []


def test_a_context_key_that_we_do_not_know_is_let_through_by_name(post, service):
    assert post("/v1/decisions", request(context={"weather": [[1]], "distance_km": 4})).status_code == 200
    assert service.requests[0].context == {"weather": None, "distance_km": 4}


def test_a_timeout_is_accepted(post):
    assert post("/v1/decisions", request(timeout_ms=200)).status_code == 200


def test_a_decision_is_read_with_its_trace(client):
    answer = client.get("/v1/decisions/d-000000000000000000000a")
    assert answer.status_code == 200
    assert {"explanation", "rejected", "profile"} <= set(answer.json)


def test_a_decision_that_is_not_stored_is_a_404(client):
    answer = client.get("/v1/decisions/d-00")
    assert (answer.status_code, answer.json["detail"]) == (404, "no such decision")


# ---- explanations ----


def test_the_query_says_how_to_explain(post, client, service):
    post("/v1/decisions?language=zh&rule=call&all=yes", request(include=["explanation"], language="en"))
    client.get("/v1/decisions/d-000000000000000000000a?rule=call")
    assert service.asks == [Ask("zh", everything=True, rule="call"), Ask(rule="call")]


def test_a_request_is_explained_in_its_own_language_where_the_query_does_not_say(post, service):
    post("/v1/decisions", request(include=["explanation"], language="zh-Hans"))
    assert service.asks == [Ask("zh-Hans")]


def test_nothing_is_explained_that_was_not_asked_for(post, service):
    assert "explanation" not in post("/v1/decisions?rule=call", request(include=["rejected"])).json
    assert service.asks == []


def test_all_is_yes_or_no(client):
    answer = client.get("/v1/decisions/d-000000000000000000000a?all=maybe")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/all")
