"""The version before and this one serve one store under load: forwards, back, forwards again, and then upgraded."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from redis import Redis

from cli.serving import ROOT, served
from engine.domain.profile import Profile, encode
from engine.domain.profile.codec import FORMAT
from service.ports import Commit
from storage import keys
from storage.redis import connect
from tests.support.commands import patron
from tests.support.former_version import Server, checked_out, serving
from tests.support.processes import eventually, standing, store_of
from tests.support.requests import order, request
from tests.support.servers import embedded_server

CUSTOMERS = [f"c-{number}" for number in range(12)]
SENDERS = 3
PER_STAGE = 60
"""Answers to wait for before the next step, at least."""


class Load:
    """Senders that keep on sending orders and asking for decisions, to all services that `servers` lists by now.

    Whoever gets no answer, because a service has ended or is slow, sends the same again.
    """

    def __init__(self) -> None:
        self.servers: list[Server] = []
        self.answers: Counter[int] = Counter()
        self.stored: Counter[str] = Counter()
        self._numbers = count()
        self._lock = threading.Lock()

    def send(self, over: threading.Event) -> None:
        while not over.is_set():
            number = next(self._numbers)
            customer = CUSTOMERS[number % len(CUSTOMERS)]
            who = {"id": customer}
            bought = {**order(order_id=f"o-{number}"), "id": f"e-{number}", "customer": who, "decide": "outbound"}
            self._post("/v1/events", bought, number)
            with self._lock:
                self.stored[customer] += 1
            self._post("/v1/decisions", {**request(request_id=f"q-{number}"), "customer": who}, number)

    def _post(self, path: str, body: dict[str, Any], number: int) -> None:
        while True:
            servers = self.servers
            try:
                answer = requests.post(servers[number % len(servers)].url + path, json=body, timeout=120)
            except (requests.ConnectionError, requests.Timeout):
                number += 1
                continue
            with self._lock:
                self.answers[answer.status_code] += 1
            return

    def more(self) -> None:
        """Wait for some more answers from the services of now."""
        wanted = self.answers.total() + PER_STAGE
        assert eventually(lambda: self.answers.total() >= wanted, 60)


@contextmanager
def sending(load: Load) -> Iterator[None]:
    over = threading.Event()
    senders = [threading.Thread(target=load.send, args=(over,)) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    try:
        yield
    finally:
        over.set()
        for sender in senders:
            sender.join()


def formats(url: str) -> set[int]:
    """The formats of all stored profiles."""
    with Redis.from_url(url, protocol=2, client_name="patron/3") as client:
        stored = [client.get(name) for name in client.scan_iter(keys.PROFILES)]
    return {value[9 + value[8]] for value in stored}


def named_by(server: Server) -> set[int]:
    """The formats that the worker processes of a service have been told to write; asked often enough to meet both."""
    asked = f"{server.url}/readyz?verbose"
    return {requests.get(asked, timeout=10).json()["format"] for _ in range(20)}


def upgraded(*options: str) -> tuple[int, str]:
    done = patron("upgrade", *options)
    return done.exit_code, done.output


def test_old_and_new_serve_one_store_forwards_and_back_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = checked_out(tmp_path / "before")
    load = Load()
    with embedded_server(tmp_path) as store, ExitStack() as stack:
        monkeypatch.setenv("REDIS_URL", store.url)
        old = stack.enter_context(serving(before, store.url))
        assert "format" not in requests.get(f"{old.url}/readyz?verbose", timeout=10).json()
        load.servers = [old]
        with sending(load):
            load.more()
            new = stack.enter_context(serving(ROOT, store.url))
            load.servers = [old, new]
            load.more()
            code, said = upgraded()
            assert (code, "is not known to read format 3" in said) == (1, True)
            load.servers = [new]
            old.stop()
            load.more()
            assert formats(store.url) == {2}
            old = stack.enter_context(serving(before, store.url))  # back
            load.servers = [old]
            new.stop()
            load.more()
            new = stack.enter_context(serving(ROOT, store.url))
            load.servers = [new]
            old.stop()
            load.more()
            assert upgraded("--check")[0] == 1
            code, said = upgraded()
            assert (code, f"{len(CUSTOMERS)} customers indexed" in said) == (0, True), said
            assert eventually(lambda: named_by(new) == {3})
            for _ in range(2):  # every customer has their turn
                load.more()
        assert set(load.answers) == {200}
        assert formats(store.url) == {3}
        found = {who: requests.get(f"{new.url}/v1/customers/{who}", timeout=10) for who in CUSTOMERS}
        assert {answer.status_code for answer in found.values()} == {200}
        orders = {who: orjson.loads(answer.content)["facts"]["customer.orders"] for who, answer in found.items()}
        assert orders == dict(load.stored)
        assert upgraded()[0] == 0


def test_the_embedded_store_of_a_version_before_is_upgraded_when_the_service_starts(tmp_path: Path) -> None:
    with embedded_server(tmp_path) as server:
        store = connect(server.url, timeout_s=5)
        store.erased_at("c/mei")  # leaves what every used store has
        assert store.commit(Commit("c/mei", 0, encode(Profile("c/mei"), 2)))
        with Redis.from_url(server.url) as client:
            client.delete(*map(keys.customers_key, keys.TAGS))
    with served(tmp_path, {"PATRON_MATCHER": "reference"}) as service:
        assert standing(service)["format"] == FORMAT
        with store_of(service) as client:
            assert client.zrange(keys.customers_key(keys.tag("c/mei")), 0, -1) == [b"c/mei"]
