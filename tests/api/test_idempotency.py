"""Idempotency-Key: requests without an id of their own are carried out once, however often they are sent."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
import requests

from api.settings import ApiKey, ApiSettings
from engine.domain.errors import StateUnavailable
from tests.support.fake_service import NOW, FakeService
from tests.support.publishing import app_of
from tests.support.requests import event, outcome, request
from tests.support.serving import serving

COPIES = 25
REPLAYED = "Idempotent-Replayed"
WITHOUT_ID = {
    "/v1/customers/c-1": {"first_name": "Mei"},
    "/v1/outcomes": [outcome(), outcome(recommendation_id="r-00ffff")],
    "/v1/events:batch": [event(), event(id="e-2", type="nonsense")],
    "/v1/snapshots": {},
}


def keyed(key: str = "k-1", **more: str) -> dict[str, str]:
    return {"Idempotency-Key": key, **more}


def done(service: FakeService) -> int:
    """How much the service was told to do."""
    return len(service.events) + len(service.outcomes) + service.snapshots


@pytest.mark.parametrize("path", WITHOUT_ID)
def test_sent_again_with_its_key_it_gets_the_same_answer_and_does_nothing(post, service, path):
    first = post(path, WITHOUT_ID[path], headers=keyed())
    after_one = done(service)
    second = post(path, WITHOUT_ID[path], headers=keyed())
    assert after_one > 0 and done(service) == after_one
    assert (first.status_code, REPLAYED in first.headers, second.headers[REPLAYED]) == (200, False, "true")
    for part in ("status_code", "data", "content_type"):
        assert getattr(second, part) == getattr(first, part)


@pytest.mark.parametrize("path", WITHOUT_ID)
def test_without_a_key_every_request_is_carried_out(post, service, path):
    post(path, WITHOUT_ID[path])
    after_one = done(service)
    assert REPLAYED not in post(path, WITHOUT_ID[path]).headers
    assert done(service) == 2 * after_one


def test_another_body_under_the_same_key_is_refused_and_nothing_done(post, service):
    post("/v1/customers/c-1", {"first_name": "Mei"}, headers=keyed())
    answer = post("/v1/customers/c-1", {"first_name": "Ida"}, headers=keyed())
    assert (answer.status_code, answer.json["type"]) == (422, "urn:patron:problem:key-reused")
    assert "another request" in answer.json["detail"]
    assert len(service.events) == 1


@pytest.mark.parametrize("path", ["/v1/customers/c-2", "/v1/customers/c-1?anonymous=yes", "/v1/outcomes"])
def test_another_path_under_the_same_key_is_refused(post, service, path):
    post("/v1/customers/c-1", {"first_name": "Mei"}, headers=keyed())
    assert post(path, {"first_name": "Mei"}, headers=keyed()).status_code == 422
    assert done(service) == 1


def test_a_refusal_is_an_answer_and_is_repeated(post, service):
    first, second = (post("/v1/customers/c-1", {"birthday": "soon"}, headers=keyed()) for _ in range(2))
    assert (first.status_code, second.status_code, second.headers[REPLAYED]) == (422, 422, "true")
    assert (second.data, second.content_type) == (first.data, "application/problem+json")


@pytest.mark.parametrize("fault", [StateUnavailable("the store is away", retry_after=3), RuntimeError("our mistake")])
def test_what_we_could_not_do_is_done_when_it_is_sent_again(post, service, fault):
    service.fails = fault
    assert post("/v1/snapshots", {}, headers=keyed()).status_code >= 500
    service.fails = None
    again = post("/v1/snapshots", {}, headers=keyed())
    assert (again.status_code, REPLAYED in again.headers) == (200, False)


@pytest.mark.parametrize("key", ["", "x" * 201, "caf\xe9", "a\tb"], ids=["empty", "201", "not ASCII", "a tab"])
def test_what_is_no_key_is_refused_before_anything_is_done(post, service, key):
    answer = post("/v1/snapshots", {}, headers=keyed(key))
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "idempotency-key")
    assert done(service) == 0


@pytest.mark.parametrize("key", ["x", " ~", '"8e03978e-40d5"', "{p001}:c:c/c-1", "x" * 200])
def test_a_key_may_be_anything_printable(post, service, key):
    assert [post("/v1/snapshots", {}, headers=keyed(key)).status_code for _ in range(2)] == [200, 200]
    assert service.snapshots == 1


@pytest.mark.parametrize(("path", "body"), [("/v1/events", event()), ("/v1/decisions", request())])
def test_where_the_body_has_an_id_the_header_is_not_looked_at(post, service, path, body):
    for key in ("k-1", "k-1", ""):
        answer = post(path, body, headers=keyed(key))
        assert (answer.status_code, REPLAYED in answer.headers) == (200, False)
    assert len(service.events) + len(service.requests) == 3


def test_a_body_that_is_too_large_takes_no_key(service):
    small = app_of(service, ApiSettings(clock=lambda: NOW, max_body=40)).test_client()
    path = "/v1/customers/c-1"
    assert small.post(path, json={"first_name": "x" * 50}, headers=keyed()).status_code == 413
    assert small.post(path, json={"first_name": "Mei"}, headers=keyed()).status_code == 200


def test_each_caller_has_keys_of_its_own(service):
    callers = tuple(
        ApiKey(name, sha256(f"pat_{name}_x".encode()).hexdigest(), frozenset(("admin",))) for name in ("till", "crm")
    )
    client = app_of(service, ApiSettings(keys=callers)).test_client()
    for name in ("till", "crm", "till"):
        answer = client.post("/v1/snapshots", headers=keyed(Authorization=f"Bearer pat_{name}_x"))
        assert answer.status_code == 200
    assert service.snapshots == 2


def test_who_may_not_call_learns_nothing_of_an_answer(service):
    owner = ApiKey("till", sha256(b"pat_till_x").hexdigest(), frozenset(("admin",)))
    client = app_of(service, ApiSettings(keys=(owner,))).test_client()
    client.post("/v1/snapshots", headers=keyed(Authorization="Bearer pat_till_x"))
    assert client.post("/v1/snapshots", headers=keyed()).status_code == 401


class Slow(FakeService):
    """Says when a snapshot is being made, and makes it when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.let = threading.Event(), threading.Event()

    def make_snapshot(self):
        self.begun.set()
        assert self.let.wait(20)
        return super().make_snapshot()


def test_of_25_copies_one_is_carried_out_and_the_others_wait_for_its_answer():
    service = Slow()
    with serving(app_of(service, ApiSettings())) as url, ThreadPoolExecutor(COPIES) as threads:

        def send(_: int) -> requests.Response:
            return requests.post(f"{url}/v1/snapshots", headers=keyed(), timeout=120)

        first = threads.submit(send, 0)
        assert service.begun.wait(20)
        others = list(threads.map(send, range(COPIES - 1)))
        service.let.set()
        assert first.result().status_code == 200
        assert Counter(answer.status_code for answer in others) == {409: COPIES - 1}
        assert {answer.headers["Retry-After"] for answer in others} == {"1"}
        assert others[0].json()["type"] == "urn:patron:problem:in-flight"
        assert send(0).content == first.result().content
    assert service.snapshots == 1


def test_of_25_copies_at_once_exactly_one_is_carried_out(real_app):
    with serving(real_app) as url, ThreadPoolExecutor(COPIES) as threads:

        def send(_: int) -> requests.Response:
            return requests.post(f"{url}/v1/snapshots", headers=keyed(), timeout=120)

        answers = list(threads.map(send, range(COPIES)))
        answers.append(send(0))
        assert {answer.status_code for answer in answers} <= {200, 409}
        assert {answer.content for answer in answers if answer.status_code == 200} == {answers[-1].content}
        assert requests.post(f"{url}/v1/snapshots", timeout=120).json()["number"] == 2
