"""Real workers on a real store: they share the customers, take over from who is killed, and decide once."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis

from cli.serving import ROOT, Served, environment, served
from engine.compiled.rulebook import Compiled
from engine.domain.events import Event
from engine.domain.ids import PARTITIONS
from engine.domain.times import DAY
from engine.value.tiers import Snapshot
from runtime.bootstrap import now_ms
from service.live import Live
from storage.redis import RedisStore, connect
from tests.support.books import action, event, made, order, rule, shipped
from tests.support.bound_service import BoundService as Service
from tests.support.processes import eventually
from tests.support.requests import event as sent
from tests.support.servers import embedded_server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

SETTINGS = {"PATRON_MATCHER": "reference", "PATRON_POLL_MS": "20"}
CUSTOMERS = 400
AT_A_TIME = 150
"""So many are decided on between two kills, at least."""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with embedded_server(tmp_path) as server:
        yield server.url


@contextmanager
def worker(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A `patron worker`, which is ended with the block if it still runs."""
    command = [sys.executable, "-m", "cli.main", "worker"]
    settings = environment({**SETTINGS, "REDIS_URL": url})
    process = subprocess.Popen(command, env=settings, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def shares(url: str) -> Counter[str]:
    """How many partitions each worker has."""
    with Redis.from_url(url, protocol=2) as store:
        return Counter(owner.decode() for owner in store.hgetall("{patron}:leases").values())


def share_evenly(url: str, count: int) -> bool:
    found = shares(url)
    return len(found) == count and max(found.values()) <= -(-PARTITIONS // count)


def pid_of(owner: str) -> int:
    return int(owner.split("/")[1])


class Past:
    """A service whose clock stands in the past: what it stores is due by now."""

    def __init__(self, url: str, rules: Compiled | None = None) -> None:
        self.store: RedisStore = connect(url, timeout_s=5)
        self.now = now_ms() - 60 * DAY
        live = Live(rules or shipped(), Snapshot())
        self.service = Service(self.store, lambda: live, lambda: self.now)

    def silent_customer(self, name: str) -> None:
        """Bought once a week, and then no more."""
        key = f"c/{name}"
        events: list[Event] = [
            event(f"l{name}", "channel_address_added", self.now, {"channel": "email"}, customer=key),
            event(
                f"c{name}",
                "consent_changed",
                self.now,
                {"channel": "email", "purposes": ["marketing"], "granted": True},
                customer=key,
            ),
            *(order(f"{name}-{n}", self.now - 7 * n * DAY, 6_000).of(key) for n in range(6)),
        ]
        self.service.handle_events(events)

    def due(self) -> int:
        return len(self.store.due(now_ms(), 10_000))

    def decisions(self, name: str) -> int:
        return len(self.store.records_of(f"c/{name}"))


def due_at_most(past: Past, count: int) -> bool:
    return past.due() <= count


def names() -> list[str]:
    return [f"s{number}" for number in range(CUSTOMERS)]


def test_two_workers_share_and_the_survivor_takes_over_what_a_killed_one_had(url: str) -> None:
    past = Past(url)
    for name in names():
        past.silent_customer(name)
    past.service.make_snapshot()
    assert past.due() == CUSTOMERS
    with worker(url) as one, worker(url) as other:
        assert eventually(lambda: share_evenly(url, 2))
        one.kill()
        assert eventually(lambda: set(map(pid_of, shares(url))) == {other.pid})
        assert eventually(lambda: past.due() == 0)
    made = Counter(past.decisions(name) for name in names())
    assert made == {1: CUSTOMERS}
    told = Counter(item["customer"]["id"] for item in past.service.deliveries(None, 10_000)[0])
    assert set(told.values()) == {1}  # some are held out and told nothing


def test_workers_that_are_killed_and_started_again_decide_once_for_each_due_time(url: str) -> None:
    past = Past(url)
    for name in names():
        past.silent_customer(name)
    past.service.make_snapshot()
    for left in range(CUSTOMERS - AT_A_TIME, -AT_A_TIME, -AT_A_TIME):
        with worker(url) as one, worker(url) as other:
            assert eventually(partial(due_at_most, past, max(0, left)), 30)
            os.kill(one.pid, signal.SIGKILL)
            other.send_signal(signal.SIGKILL)
    assert Counter(past.decisions(name) for name in names()) == {1: CUSTOMERS}


def test_a_worker_that_is_told_to_stop_leaves_its_partitions_to_others(url: str) -> None:
    with worker(url) as one:
        assert eventually(lambda: len(shares(url)) == 1)
        one.send_signal(signal.SIGTERM)
        assert one.wait(20) == 0
        assert shares(url) == {}


def test_a_worker_with_other_rules_works_the_due_times_out_anew(url: str) -> None:
    past = Past(url, made([action("mail")], [rule("r", "mail", trigger=["visited"])]))
    past.silent_customer("mei")
    assert past.due() == 0
    with worker(url):
        assert eventually(lambda: set(past.store.due_digests().values()) == {shipped().due.digest})
    (customer, due), *_ = past.store.due(now_ms() + DAY, 10)
    assert customer == "c/mei"
    assert due > now_ms()


def test_a_worker_without_a_store_says_what_it_needs() -> None:
    command = [sys.executable, "-m", "cli.main", "worker"]
    for url, code, said in (("", 2, b"REDIS_URL is not set"), ("redis://127.0.0.1:1", 1, b"does not respond")):
        done = subprocess.run(
            command, env=environment({**SETTINGS, "REDIS_URL": url}), cwd=ROOT, capture_output=True, check=False
        )
        assert (done.returncode, said in done.stderr) == (code, True)


# ---- beside the service ----


def complaint_of(ago: timedelta, name: str) -> list[dict[str, Any]]:
    """Somebody whose complaint was closed so long ago."""
    closed = (datetime.now(UTC) - ago).isoformat()
    who = {"customer": {"id": name}, "time": closed, "decide": "none"}
    consent = {"channel": "email", "purposes": ["marketing", "service"], "granted": True}
    return [
        sent(id=f"l-{name}", type="channel_address_added", properties={"channel": "email"}, **who),
        sent(id=f"c-{name}", type="consent_changed", properties=consent, **who),
        sent(id=f"o-{name}", type="complaint_opened", properties={"complaint_id": "k", "about": "delivery"}, **who),
        sent(id=f"x-{name}", type="complaint_closed", properties={"complaint_id": "k"}, **who),
    ]


def delivered(service: Served) -> list[str]:
    found = requests.get(f"{service.url}/v1/deliveries", timeout=10).json()["items"]
    return [item["customer"]["id"] for item in found]


def workers_beside(service: Served) -> set[int]:
    children = Path(f"/proc/{service.master.pid}/task").glob("*/children")
    found = {int(pid) for child in children for pid in child.read_text().split()}
    return {pid for pid in found if b"cli.main\0worker" in Path(f"/proc/{pid}/cmdline").read_bytes()}


def test_the_service_runs_a_worker_beside_it_that_is_replaced_when_it_is_killed(tmp_path: Path) -> None:
    with served(tmp_path, {**SETTINGS, "PATRON_WORKER": "yes", "WEB_CONCURRENCY": "1"}) as service:
        for body in complaint_of(timedelta(days=7), "wei"):
            assert requests.post(f"{service.url}/v1/events", json=body, timeout=10).status_code == 200
        assert eventually(lambda: delivered(service) == ["wei"])
        metrics = requests.get(f"{service.url}/metrics", timeout=10).text
        assert 'patron_timers_total{outcome="decided"} 1.0' in metrics
        (first,) = workers_beside(service)
        os.kill(first, signal.SIGKILL)
        assert eventually(lambda: bool(workers_beside(service) - {first}))
        for body in complaint_of(timedelta(days=7), "mei"):
            assert requests.post(f"{service.url}/v1/events", json=body, timeout=10).status_code == 200
        assert eventually(lambda: delivered(service) == ["wei", "mei"])
        (second,) = workers_beside(service)
    assert not Path(f"/proc/{second}").exists()
