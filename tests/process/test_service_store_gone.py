"""The store goes away under load: a checkout still gets an answer, nothing else is made up, and all heals by itself."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from cli.serving import ROOT, Served, command, environment, free_port, served
from tests.support.processes import eventually, ready, standing, stopped, store_pid, workers_of
from tests.support.requests import Json, event, order, outcome, request
from tests.support.servers import embedded_server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

SETTINGS = {"PATRON_MATCHER": "reference", "PATRON_STORE_TIMEOUT_MS": "100", "PATRON_POLL_MS": "50"}
LIMIT = 5.0
"""Seconds. Far more than the store's timeout: what hangs is found, what is merely slow on a busy machine is not."""

CUSTOMERS = 41
"""An odd number, so that orders are spread over all of them."""


def post(service: Served, path: str, body: object) -> requests.Response:
    return requests.post(service.url + path, json=body, timeout=LIMIT)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("gone"), SETTINGS) as service:
        assert eventually(lambda: len(workers_of(service)) == 2)
        yield service


@pytest.fixture
def frozen(service: Served) -> Iterator[Served]:
    """The service while its store does not answer; afterwards it is waited until all is well again."""
    with stopped(store_pid(service)):
        yield service
    assert eventually(lambda: ready(service))


def test_a_page_gets_its_own_texts_marked_as_degraded(frozen: Served) -> None:
    answer = post(frozen, "/v1/decisions", request(placements=[{"id": "home.banner"}, {"id": "checkout.delivery"}]))
    assert answer.status_code == 200
    told = answer.json()
    assert (told["degraded"], told["stored"]) == (True, False)
    assert told["warnings"] == ["the store does not respond: fallbacks only"]
    assert [(r["placement"], r["reason"]) for r in told["results"]] == [
        ("home.banner", "STATE_UNAVAILABLE"),
        ("checkout.delivery", "STATE_UNAVAILABLE"),
    ]
    assert all(result["fallback"]["content"]["title"] for result in told["results"])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/events", event()),
        ("/v1/events", {**order(), "decide": ["home.banner"]}),
        ("/v1/decisions", request(placements=[])),
        ("/v1/outcomes", outcome(recommendation_id="r-5fca7f7d89688a4d700fd1-fa8327")),
        ("/v1/snapshots", {}),
    ],
)
def test_what_must_be_stored_is_to_be_sent_again(frozen: Served, path: str, body: object) -> None:
    answer = post(frozen, path, body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json()["detail"].startswith("the store does not respond")


@pytest.mark.parametrize("path", ["/v1/customers/c-1", "/v1/reports/value", "/v1/deliveries"])
def test_what_must_be_read_is_to_be_asked_again(frozen: Served, path: str) -> None:
    assert requests.get(frozen.url + path, timeout=LIMIT).status_code == 503


def test_the_service_is_alive_and_not_ready(frozen: Served) -> None:
    assert requests.get(f"{frozen.url}/livez", timeout=LIMIT).status_code == 200
    assert requests.get(f"{frozen.url}/readyz", timeout=LIMIT).status_code == 503
    told = standing(frozen)
    assert told["ready"] is False
    assert told["store"].startswith("the store does not respond")


class Load:
    """Threads that send until they are told to stop; `counts`: how often which path was answered how."""

    def __init__(self, service: Served) -> None:
        self._service = service
        self._ends = threading.Event()
        self._numbers = count()
        self.counts: Counter[tuple[str, Any]] = Counter()
        self.stored: list[Json] = []
        self.refused: list[Json] = []

    def _send(self) -> None:
        while not self._ends.is_set():
            number = next(self._numbers)
            customer = {"id": f"l-{number % CUSTOMERS}"}
            if number % 2:
                self._count("/v1/decisions", request(request_id=f"q-{number}", customer=customer))
            else:
                bought = {**order(order_id=f"o-{number}"), "id": f"e-{number}", "customer": customer}
                went = self._count("/v1/events", bought) == 200
                (self.stored if went else self.refused).append(bought)

    def _count(self, path: str, body: object) -> int:
        answer = post(self._service, path, body)
        self.counts[path, "degraded" if answer.json().get("degraded") else answer.status_code] += 1
        return answer.status_code

    @contextmanager
    def going_on(self) -> Iterator["Load"]:
        threads = [threading.Thread(target=self._send) for _ in range(6)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._ends.set()
            for thread in threads:
                thread.join()

    def had(self, path: str, answer: Any, times: int) -> bool:
        """Whether this was answered at least so often, in the end."""
        return eventually(lambda: self.counts[path, answer] >= times)


def test_under_load_every_answer_is_right_degraded_or_to_be_sent_again(service: Served) -> None:
    before = workers_of(service)
    with Load(service).going_on() as load:
        assert load.had("/v1/decisions", 200, 20)
        with stopped(store_pid(service)):
            assert load.had("/v1/decisions", "degraded", 6)
            assert load.had("/v1/events", 503, 6)
        whole = load.counts["/v1/decisions", 200]
        assert load.had("/v1/decisions", 200, whole + 20)
    assert {answer for _, answer in load.counts} == {200, 503, "degraded"}
    assert load.counts["/v1/decisions", 503] == 0
    assert workers_of(service) == before
    assert eventually(lambda: ready(service))
    for bought in load.refused:
        assert eventually(lambda bought=bought: post(service, "/v1/events", bought).status_code == 200)
    bought_by = Counter(bought["customer"]["id"] for bought in (*load.stored, *load.refused))
    assert {customer: _orders_of(service, customer) for customer in bought_by} == bought_by


def _orders_of(service: Served, customer: str) -> Any:
    return requests.get(f"{service.url}/v1/customers/{customer}", timeout=LIMIT).json()["facts"]["customer.orders"]


def test_the_log_says_once_that_the_store_is_gone_and_once_that_it_is_back(tmp_path: Path) -> None:
    with served(tmp_path, {**SETTINGS, "WEB_CONCURRENCY": "1"}) as service:
        with stopped(store_pid(service)):
            assert eventually(lambda: "store-gone" in service.log.read_text())
            for _ in range(3):
                assert not ready(service)
        assert eventually(lambda: "store-back" in service.log.read_text())
        assert service.log.read_text().count("store-gone") == 1


def test_a_store_that_was_killed_leaves_a_service_that_answers_degraded(tmp_path: Path) -> None:
    with served(tmp_path, {**SETTINGS, "WEB_CONCURRENCY": "1"}) as service:
        workers = workers_of(service)
        os.kill(store_pid(service), signal.SIGKILL)
        assert eventually(lambda: not ready(service))
        assert post(service, "/v1/decisions", request()).json()["degraded"] is True
        assert post(service, "/v1/events", event()).status_code == 503
        assert workers_of(service) == workers


def test_a_service_that_starts_before_its_store_is_ready_as_soon_as_that_is_there(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    settings = {
        **SETTINGS,
        "PATRON_BIND": url.removeprefix("http://"),
        "REDIS_URL": f"unix://{tmp_path}/valkey/valkey.sock",
        "PATRON_DRAIN_SECONDS": "0",
        "WEB_CONCURRENCY": "1",
    }
    with (tmp_path / "service.log").open("wb") as log:
        master = subprocess.Popen(command(), env=environment(settings), cwd=ROOT, stdout=log, stderr=log)
    service = Served(url, master, tmp_path / "service.log")
    try:
        assert eventually(lambda: _alive(service))
        assert post(service, "/v1/decisions", request()).json()["degraded"] is True
        with embedded_server(tmp_path):
            assert eventually(lambda: ready(service))
            assert post(service, "/v1/decisions", request()).json()["degraded"] is False
            master.terminate()
            master.wait()
    finally:
        master.kill()
        master.wait()


def _alive(service: Served) -> bool:
    try:
        return requests.get(f"{service.url}/livez", timeout=LIMIT).status_code == 200
    except requests.ConnectionError:
        return False
