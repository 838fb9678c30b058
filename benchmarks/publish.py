"""Publishing while clients decide: how long until all workers have swapped, whether any answer mixes two rulebooks, and
whether memory stays flat.

Run: python -m benchmarks.publish [--publications 1000] [--shipped 20] [--json].

The first part publishes three small rulebooks in turn, 1,000 times, while 8 clients ask for decisions on four workers.
Every answer names its rulebook; its actions, rules and texts must be of that one. The second part publishes the shipped
rulebook, which takes longer to check, to test and to compile, and measures to the swap of the last worker.
"""

import argparse
import json
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from benchmarks.versions import mixture, revision_of, version
from cli.serving import ROOT, Served, served
from engine.rulebook.bundle import Bundle
from runtime.rule_folder import read_bundle

WORDS = ("red", "green", "blue")
CLIENTS = 8
PAUSE = 0.03
"""Seconds between two requests of a client: the workers, not the clients, are to be kept busy."""
WORKERS = 4
WARM = 30
"""Publications until the processes have the size that they keep."""
PATIENCE = 60.0
_SWAPPED = re.compile(r"rulebook-swapped.*?number=(?:\x1b\[\d+m)*(\d+)")


@dataclass
class Seen:
    """What the clients got. `wrong`: answers that were errors, or mixtures."""

    answers: int = 0
    wrong: list[str] = field(default_factory=list)
    rulebooks: set[str] = field(default_factory=set)


@dataclass
class Swaps:
    """How often each number was swapped to, read from the service's log as it grows."""

    log: Path
    read: int = 0
    counts: dict[int, int] = field(default_factory=dict)

    def of(self, number: int) -> int:
        with self.log.open(errors="replace") as file:
            file.seek(self.read)
            new = file.read()
        whole = new.rpartition("\n")[0]
        self.read += len(whole.encode())
        for found in _SWAPPED.findall(whole):
            self.counts[int(found)] = self.counts.get(int(found), 0) + 1
        return self.counts.get(number, 0)


def publish(url: str, bundle: Bundle, message: str = "benchmark") -> dict[str, Any]:
    """The answer; AssertionError when it was not published."""
    files = {name: content.decode() for name, content in bundle.items()}
    said: dict[str, Any] = {"files": files, "message": message, "anyway": True}
    answer = requests.post(f"{url}/v1/rulebook:publish", json=said, timeout=120)
    told: dict[str, Any] = answer.json()
    assert answer.status_code == 200 and told["status"] == "published", answer.text
    return told


@contextmanager
def deciding(url: str, clients: int, words: dict[str, str], pause: float = 0) -> Iterator[Seen]:
    """Clients ask, with a pause between (seconds), until the block ends: new customers, and some who come back."""
    seen, over, lock = Seen(), threading.Event(), threading.Lock()

    def ask(number: int) -> None:
        session, turn = requests.Session(), 0
        while not over.wait(pause):
            turn += 1
            customer = f"c-{number}-{turn % 50 if turn % 5 == 0 else turn}"
            body = {"request_id": f"{number}-{turn}", "customer": {"id": customer}, "placements": [{"id": "home"}]}
            wrong, revision = _asked(session, url, body, words)
            with lock:
                seen.answers += 1
                seen.rulebooks.add(revision)
                if wrong:
                    seen.wrong.append(wrong)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _asked(session: requests.Session, url: str, body: dict[str, Any], words: dict[str, str]) -> tuple[str | None, str]:
    try:
        answer = session.post(f"{url}/v1/decisions", json=body, timeout=30)
    except requests.RequestException as error:
        return f"{type(error).__name__}", ""
    if answer.status_code != 200 or answer.json()["degraded"]:
        return f"{answer.status_code} {answer.text[:300]}", ""
    return mixture(answer.json(), words), answer.json()["rulebook"]


def workers_of(service: Served) -> list[int]:
    children = Path(f"/proc/{service.master.pid}/task/{service.master.pid}/children").read_text().split()
    return [int(pid) for pid in children if b"gunicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def resident(pids: list[int]) -> float:
    """MB of memory that the largest of these processes holds."""
    return max(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids) * 4096 / 1e6


def until(holds: Callable[[], bool]) -> float:
    """Seconds until it holds. AssertionError when it never does."""
    began = time.perf_counter()
    while not holds():
        assert time.perf_counter() - began < PATIENCE, "the workers did not swap"
        time.sleep(0.002)
    return time.perf_counter() - began


def stress(publications: int, poll_ms: int = 20) -> dict[str, Any]:
    """Many publications of small rulebooks, each waited for, while clients decide."""
    bundles = {word: version(word) for word in WORDS}
    words = {revision_of(bundle): word for word, bundle in bundles.items()}
    with tempfile.TemporaryDirectory() as name, small_service(Path(name), bundles[WORDS[0]], poll_ms) as service:
        swaps, sizes, took = Swaps(service.log), [], []
        with deciding(service.url, CLIENTS, words, PAUSE) as seen:
            for turn in range(1, publications + 1):
                began = time.perf_counter()
                number = publish(service.url, bundles[WORDS[turn % len(WORDS)]])["number"]
                until(lambda number=number: swaps.of(number) >= WORKERS)  # type: ignore[misc]
                took.append(time.perf_counter() - began)
                if turn == min(WARM, publications) or turn % max(1, publications // 20) == 0:
                    sizes.append((turn, resident(workers_of(service))))
    return {
        "publications": publications,
        "answers": seen.answers,
        "wrong": len(seen.wrong),
        "first_wrong": seen.wrong[:3],
        "rulebooks_met": len(seen.rulebooks),
        "publish_to_last_swap_ms": _quantiles(took),
        "resident_mb": sizes,
    }


@contextmanager
def small_service(folder: Path, bundle: Bundle, poll_ms: int, authoring: str = "yes") -> Iterator[Served]:
    """Four workers that serve this rulebook from a folder. `authoring`: as PATRON_AUTHORING."""
    for name, content in bundle.items():
        path = folder / "rules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    settings = {"PATRON_RULES": str(folder / "rules"), "WEB_CONCURRENCY": str(WORKERS), "PATRON_POLL_MS": str(poll_ms)}
    settings["PATRON_AUTHORING"] = authoring
    settings["PATRON_STORE_TIMEOUT_MS"] = "10000"  # a crowded machine is not what is tried here
    with served(folder, settings) as service:
        yield service


def shipped(publications: int) -> dict[str, Any]:
    """The shipped rulebook with its tests, at the usual pace of polling: to the answer, and to the last swap."""
    bundle = read_bundle(ROOT / "rules")
    answered, swapped = [], []
    with tempfile.TemporaryDirectory() as name, served(Path(name), {"WEB_CONCURRENCY": str(WORKERS)}) as service:
        swaps = Swaps(service.log)
        for turn in range(publications):
            other = {**bundle, "shop.yaml": bundle["shop.yaml"].replace(b"\nname: ", f"\nname: {turn} ".encode())}
            began = time.perf_counter()
            number = publish(service.url, other)["number"]
            answered.append(time.perf_counter() - began)
            until(lambda number=number: swaps.of(number) >= WORKERS)  # type: ignore[misc]
            swapped.append(time.perf_counter() - began - answered[-1])
        size = resident(workers_of(service))
    return {
        "publications": publications,
        "checked_tested_and_stored_ms": _quantiles(answered),
        "stored_to_last_swap_ms": _quantiles(swapped),
        "resident_mb": round(size, 1),
    }


def _quantiles(seconds: list[float]) -> dict[str, int]:
    ordered = sorted(seconds)
    return {
        "p50": round(statistics.median(ordered) * 1000),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))] * 1000),
        "max": round(ordered[-1] * 1000),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--publications", type=int, default=1000)
    parser.add_argument("--shipped", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = {"shipped": shipped(arguments.shipped), "stress": stress(arguments.publications)}
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    for part, figures in found.items():
        print(part)
        for figure, value in figures.items():
            print(f"  {figure}: {value}")


if __name__ == "__main__":
    main()
