"""Rulebooks published to four real workers while clients decide; refused, undone; workers killed, the store lost."""

import os
import random
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from benchmarks.publish import deciding, publish, resident, small_service
from benchmarks.versions import mixture, revision_of, version
from cli.serving import Served, served
from engine.rulebook.bundle import Bundle
from tests.support.processes import eventually, ready, standing, store_pid, workers_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

BUNDLES = {word: version(word) for word in ("red", "green", "blue")}
WORDS = {revision_of(bundle): word for word, bundle in BUNDLES.items()}
WORKERS = 4
CLIENTS = 8
PAUSE = 0.02
"""Seconds that a client waits between two requests, so that other tests have a share of the machine."""
PUBLICATIONS = 50
ALLOWED_MB = 25
"""What a worker may grow by over 50 swaps, caches that fill at first included; a rulebook takes far more to leak."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Served]:
    with small_service(tmp_path, BUNDLES["red"], 100) as service:
        assert eventually(lambda: len(workers_of(service)) == WORKERS)
        yield service


def published(service: Served) -> set[int | None]:
    """The numbers that are served: asked so often, on new connections, that every worker was met."""
    return {standing(service)["published"] for _ in range(10 * WORKERS)}


def served_by_all(service: Served, number: int) -> bool:
    return eventually(lambda: published(service) == {number}, 60)


def rollback(service: Served, **said: Any) -> dict[str, Any]:
    answer: dict[str, Any] = requests.post(f"{service.url}/v1/rulebook:rollback", json=said, timeout=120).json()
    return answer


def write(folder: Path, files: Bundle) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def test_fifty_publications_while_clients_decide_no_error_no_mixture_and_memory_stays(service: Served) -> None:
    with deciding(service.url, CLIENTS, WORDS, PAUSE) as seen:
        turns = random.Random(1).choices(sorted(BUNDLES), k=PUBLICATIONS)
        before = 0.0
        for turn, word in enumerate(turns):
            told = requests.post(
                f"{service.url}/v1/rulebook:publish",
                json={"files": {name: content.decode() for name, content in BUNDLES[word].items()}},
                timeout=120,
            )
            assert told.status_code == 200, told.text
            if turn == PUBLICATIONS // 5:
                before = resident(sorted(workers_of(service)))
        number = requests.get(f"{service.url}/v1/rulebook/revisions", timeout=10).json()["revisions"][0]["number"]
        assert served_by_all(service, number)
    assert seen.wrong == []
    assert seen.answers > PUBLICATIONS
    assert seen.rulebooks == set(WORDS)
    assert resident(sorted(workers_of(service))) - before < ALLOWED_MB


def test_a_broken_rulebook_is_refused_while_clients_go_on(service: Served) -> None:
    files = {name: content.decode() for name, content in BUNDLES["green"].items()}
    with deciding(service.url, CLIENTS, WORDS, PAUSE) as seen:
        for broken in ("rules: [half a sen", "rules: []", "a\tb: c"):
            body = {"files": files | {"operation.yaml": broken}}
            answer = requests.post(f"{service.url}/v1/rulebook:publish", json=body, timeout=120)
            assert answer.status_code == 422, answer.text
    assert seen.wrong == []
    assert {WORDS[revision] for revision in seen.rulebooks} == {"red"}
    assert published(service) == {None}


def test_going_back_reaches_all_workers(service: Served) -> None:
    assert publish(service.url, BUNDLES["green"])["number"] == 2
    assert served_by_all(service, 2)
    assert rollback(service, message="too early")["restores"] == 1
    assert served_by_all(service, 3)
    assert WORDS[standing(service)["rulebook"]] == "red"


def test_workers_that_are_killed_while_they_swap_come_back_with_what_was_published(service: Served) -> None:
    number = 0
    for word in ("green", "blue", "red", "green"):
        number = publish(service.url, BUNDLES[word])["number"]
        killed = random.sample(sorted(workers_of(service)), 2)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda gone=killed: len(workers_of(service) - set(gone)) == WORKERS, 60)
    assert served_by_all(service, number)
    assert WORDS[standing(service)["rulebook"]] == "green"
    revisions = requests.get(f"{service.url}/v1/rulebook/revisions", timeout=10).json()["revisions"]
    assert [one["number"] for one in revisions] == [5, 4, 3, 2, 1]


@pytest.fixture
def proving_itself(tmp_path: Path) -> Iterator[Served]:
    """A service whose workers start a process for each proof."""
    with small_service(tmp_path, BUNDLES["red"], 100, authoring="no") as service:
        assert eventually(lambda: len(workers_of(service)) == WORKERS)
        yield service


def test_a_worker_that_is_killed_while_it_tries_a_rulebook_leaves_nothing_half_done(proving_itself: Served) -> None:
    service, gone = proving_itself, threading.Event()

    def publish_blue() -> None:
        with suppress(requests.RequestException):
            publish(service.url, BUNDLES["blue"])
        gone.set()

    threading.Thread(target=publish_blue).start()
    assert eventually(lambda: any(trying(pid) for pid in workers_of(service)))
    for pid in workers_of(service):
        os.kill(pid, signal.SIGKILL)
    assert gone.wait(60)
    assert eventually(lambda: len(workers_of(service)) == WORKERS and ready(service), 60)
    assert published(service) == {None}
    assert publish(service.url, BUNDLES["blue"])["number"] == 2


def trying(pid: int) -> bool:
    """Whether this process has a child that tries a rulebook."""
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                if b"authoring.proof" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return True
    return False


def test_what_was_published_is_served_after_a_restart_whatever_the_folder_says(tmp_path: Path) -> None:
    with small_service(tmp_path, BUNDLES["red"], 100) as service:
        publish(service.url, BUNDLES["green"])
    with small_service(tmp_path, BUNDLES["blue"], 100) as service:
        assert WORDS[standing(service)["rulebook"]] == "green"
        assert published(service) == {2}
        said = service.log.read_text()
        assert "Serving the published rulebook number 2" in said
        assert f"The folder {tmp_path / 'rules'} differs and is not active: `patron publish " in said
    settings = {"PATRON_RULES": str(tmp_path / "rules"), "PATRON_RULES_FROM": "folder"}
    with served(tmp_path, settings) as service:
        assert WORDS[standing(service)["rulebook"]] == "blue"
        assert rollback(service)["type"] == "urn:patron:problem:not-publishing"


def test_a_store_that_ends_leaves_the_rules_and_publishing_says_that_it_is_gone(service: Served) -> None:
    publish(service.url, BUNDLES["green"])
    assert served_by_all(service, 2)
    os.kill(store_pid(service), signal.SIGKILL)
    assert eventually(lambda: not ready(service))
    files = {name: content.decode() for name, content in BUNDLES["blue"].items()}
    answer = requests.post(f"{service.url}/v1/rulebook:publish", json={"files": files}, timeout=60)
    assert answer.status_code == 503
    body = {"request_id": "r", "customer": {"id": "c"}, "placements": [{"id": "home"}]}
    told = requests.post(f"{service.url}/v1/decisions", json=body, timeout=60).json()
    assert (told["degraded"], WORDS[told["rulebook"]]) == (True, "green")


def test_a_sighup_leaves_what_is_published(service: Served) -> None:
    publish(service.url, BUNDLES["green"])
    assert served_by_all(service, 2)
    before = workers_of(service)
    service.master.send_signal(signal.SIGHUP)
    assert eventually(lambda: not before & workers_of(service) and len(workers_of(service)) == WORKERS, 60)
    assert served_by_all(service, 2)


def test_a_watched_folder_is_published_when_it_is_saved_and_right(tmp_path: Path) -> None:
    write_all(tmp_path / "rules", BUNDLES["red"])
    settings = {"PATRON_RULES": str(tmp_path / "rules"), "PATRON_WATCH": "yes", "PATRON_POLL_MS": "100"}
    with served(tmp_path, settings) as service:
        assert eventually(lambda: published(service) == {1}, 60)
        write(tmp_path / "rules", {"operation.yaml": b"rules: [half a sen"})
        assert eventually(lambda: "the rulebook has 1 error; nothing was published" in service.log.read_text(), 60)
        assert "operation.yaml:2:1: error yaml-syntax" in service.log.read_text()
        assert WORDS[standing(service)["rulebook"]] == "red"
        write(tmp_path / "rules", BUNDLES["green"])
        assert served_by_all(service, 2)
        assert WORDS[standing(service)["rulebook"]] == "green"


def write_all(folder: Path, files: Bundle) -> None:
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    write(folder, files)


def test_an_answer_that_mixes_two_rulebooks_would_be_noticed() -> None:
    red, green = sorted(WORDS, key=lambda revision: WORDS[revision])[::-1][:2]
    given = {"action": "say-red", "rule": "orders-red-0", "content": {"title": "version red"}}
    answer = {"rulebook": red, "results": [{"recommendations": [given]}]}
    assert mixture(answer, WORDS) is None
    assert mixture({**answer, "rulebook": green}, WORDS)
    for changed in ({"action": "say-green"}, {"rule": "orders-green-0"}, {"content": {"title": "version green"}}):
        assert mixture({**answer, "results": [{"recommendations": [given | changed]}]}, WORDS)
    assert mixture({**answer, "rulebook": "sha256:0"}, WORDS)
    assert mixture({**answer, "results": []}, WORDS)
