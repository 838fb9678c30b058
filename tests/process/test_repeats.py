"""The same sent many times at once to two workers over one Valkey: it counts once, and every sender gets one answer."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from cli.serving import Served, served
from tests.support.processes import eventually, workers_of
from tests.support.requests import event, order, outcome, request

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

COPIES = 25


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two workers; each test uses customers and keys of its own."""
    with served(tmp_path_factory.mktemp("service"), {"PATRON_MATCHER": "reference"}) as service:
        assert eventually(lambda: len(workers_of(service)) == 2)
        yield service


def at_once(service: Served, path: str, body: object, **more: Any) -> list[requests.Response]:
    """The answers to `COPIES` of one call. Each has a connection of its own, so both workers get some."""

    def send(_: int) -> requests.Response:
        return requests.post(service.url + path, json=body, timeout=20, **more)

    with ThreadPoolExecutor(COPIES) as threads:
        return list(threads.map(send, range(COPIES)))


def get(service: Served, path: str) -> Any:
    answer = requests.get(service.url + path, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


def without_duplicate(answer: requests.Response) -> bytes:
    """The answer but for the word that it is a repeated one."""
    return answer.content.replace(b'"duplicate":true,', b"").replace(b',"duplicate":true', b"")


def test_one_event_with_a_decision_has_one_answer_and_one_delivery(service: Served) -> None:
    complaint = event(id="e-c", type="complaint_opened", customer={"id": "one"}, properties={"complaint_id": "k-1"})
    answers = at_once(service, "/v1/events", complaint)
    assert {answer.status_code for answer in answers} == {200}
    (answer,) = {without_duplicate(answer) for answer in answers}
    given = [one["recommendation_id"] for result in answers[0].json()["results"] for one in result["recommendations"]]
    assert given, answer

    def sent() -> list[str]:
        items = get(service, "/v1/deliveries?limit=1000")["items"]
        return [item["recommendation_id"] for item in items if item["customer"] == {"id": "one"}]

    assert eventually(lambda: sent() == given)
    assert get(service, "/v1/customers/one")["facts"]["customer.open_complaints"] == 1


def test_one_request_has_one_answer_and_waits_once(service: Served) -> None:
    asked = request(request_id="q-same", customer={"id": "two"}, placements=[{"id": "home.banner"}, {"id": "app.home"}])
    answers = at_once(service, "/v1/decisions", asked)
    assert {answer.status_code for answer in answers} == {200}
    assert len({without_duplicate(answer) for answer in answers}) == 1
    given = [
        one["recommendation_id"] for result in answers[0].json()["results"] for one in result.get("recommendations", ())
    ]
    waiting = [one["recommendation_id"] for one in get(service, "/v1/customers/two")["pending"]]
    assert given and sorted(waiting) == sorted(given)


def test_different_requests_of_one_customer_at_once_are_all_answered_right(service: Served) -> None:
    """Each says the same, because it waits already; none is refused for the others, at most asked to come again."""

    def ask(number: int) -> requests.Response:
        asked = request(request_id=f"q-{number}", customer={"id": "three"})
        while (answer := requests.post(f"{service.url}/v1/decisions", json=asked, timeout=120)).status_code == 503:
            assert int(answer.headers["Retry-After"]) >= 1
        return answer

    with ThreadPoolExecutor(COPIES) as threads:
        answers = list(threads.map(ask, range(COPIES)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["decision_id"] for answer in answers}) == COPIES
    assert len({answer.json()["results"][0]["recommendations"][0]["recommendation_id"] for answer in answers}) == 1
    assert len(get(service, "/v1/customers/three")["pending"]) == 1


def test_one_outcome_counts_one_contact(service: Served) -> None:
    asked = request(request_id="q-seen", customer={"id": "four"})
    (result,) = requests.post(f"{service.url}/v1/decisions", json=asked, timeout=120).json()["results"]
    (given,) = result["recommendations"]
    said = outcome(recommendation_id=given["recommendation_id"], outcome="impression")
    answers = at_once(service, "/v1/outcomes", said)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert get(service, "/v1/customers/four")["contacts"][given["action"]]["times"] == 1


def test_one_idempotency_key_is_carried_out_by_one_worker(service: Served) -> None:
    """Each snapshot has a number of its own, so one number means one snapshot."""
    keyed = {"headers": {"Idempotency-Key": "count-now"}}
    answers = at_once(service, "/v1/snapshots", {}, **keyed)
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert {answer.headers.get("Retry-After") for answer in answers if answer.status_code == 409} <= {"1"}
    (number,) = {answer.json()["number"] for answer in answers if answer.status_code == 200}
    again = requests.post(f"{service.url}/v1/snapshots", json={}, timeout=20, **keyed)
    assert (again.json()["number"], again.headers["Idempotent-Replayed"]) == (number, "true")


def test_a_batch_under_a_key_is_answered_alike_however_often_it_is_sent(service: Served) -> None:
    batch = [
        {**order(order_id=f"o-{n}"), "id": f"e-{n}", "customer": {"id": "five"}, "decide": "none"} for n in range(5)
    ]
    keyed = {"headers": {"Idempotency-Key": "batch-5"}}
    answers = [answer for answer in at_once(service, "/v1/events:batch", batch, **keyed) if answer.status_code == 200]
    assert len({answer.content for answer in answers}) == 1
    assert get(service, "/v1/customers/five")["facts"]["customer.orders"] == 5
