"""Pauses and rollouts reach the workers of a running service without a publication."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from benchmarks.publish import small_service
from benchmarks.versions import version
from cli.serving import Served
from engine.decisioning.controls import Controls, Pause, Target
from runtime.rules import rulebook_of
from service import controls
from storage.redis import RedisStore, connect
from tests.support.processes import eventually, standing, workers_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

RED = version("red")
BOOK = rulebook_of(RED)
SAY = Target("action", "say-red")
WORKERS = 4
NOW = 1_800_000_000_000


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Served]:
    with small_service(tmp_path, RED, 100) as service:
        assert eventually(lambda: len(workers_of(service)) == WORKERS)
        yield service


@pytest.fixture
def store(service: Served) -> RedisStore:
    return connect(f"unix://{service.log.parent / 'valkey' / 'valkey.sock'}", timeout_s=2)


def asked(service: Served, request: str) -> dict[str, Any]:
    body = {"request_id": request, "customer": {"id": request}, "placements": [{"id": "home"}], "include": ["rejected"]}
    answer: dict[str, Any] = requests.post(f"{service.url}/v1/decisions", json=body, timeout=10).json()
    return answer


def in_force(service: Served, number: int) -> bool:
    """Asked so often, on new connections, that every worker was met."""
    return eventually(lambda: {standing(service)["controls"] for _ in range(10 * WORKERS)} == {number}, 60)


def given(answer: dict[str, Any]) -> list[str]:
    return [one["action"] for result in answer["results"] for one in result.get("recommendations", ())]


def test_a_running_service_obeys_a_pause_without_a_publication_and_goes_on_when_it_is_resumed(
    service: Served, store: RedisStore
) -> None:
    before = asked(service, "before")
    assert (given(before), before["controls"]) == (["say-red"], 0)
    controls.pause(store, Pause(SAY, why="wrong price"), BOOK, NOW)
    assert in_force(service, 1)
    during = [asked(service, f"during-{number}") for number in range(3 * WORKERS)]
    assert [given(answer) for answer in during] == [[]] * len(during)
    assert {(one["controls"], one["rejected"][0]["reason"], one["rulebook"]) for one in during} == {
        (1, "PAUSED", before["rulebook"])
    }
    controls.resume(store, SAY, NOW)
    assert in_force(service, 2)
    assert given(asked(service, "after")) == ["say-red"]
    decision = during[0]["decision_id"]
    told = requests.get(f"{service.url}/v1/decisions/{decision}/reproduction", timeout=10).json()
    assert (told["same"], told["controls"]) == (True, 1)


def test_a_worker_that_starts_while_something_is_paused_never_serves_without_the_pause(
    service: Served, store: RedisStore
) -> None:
    assert store.put_controls(b'{"paused": [{"what": "action", "name": "say-red"}]}', 0)
    assert in_force(service, 1)
    before = workers_of(service)
    service.master.send_signal(signal.SIGHUP)
    found = []
    while before & workers_of(service) or len(workers_of(service)) != WORKERS:
        found.append(asked(service, f"while-{len(found)}"))
    found += [asked(service, f"after-{number}") for number in range(3 * WORKERS)]
    assert {(answer["controls"], *given(answer)) for answer in found} == {(1,)}
    assert controls.latest(store) == Controls(1, (Pause(SAY),))
