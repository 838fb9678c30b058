"""Measures one tree from inside, in a process of its own whose path leads to that tree.

    python benchmarks/inside/probe.py describe
    python benchmarks/inside/probe.py shop-log
    python benchmarks/inside/probe.py decision LOG
    python benchmarks/inside/probe.py replay LOG
    python benchmarks/inside/probe.py http HISTORY EVENTS

The inputs are JSON lines. It prints one line of JSON: the number of operations, the CPU time of each in microseconds,
and about the tree: its folder, its matcher, and the command of its replay; `describe` prints only that. `--switch
LIBRARY`: also call the library's `start` and `stop` around what is measured (callgrind.c). Imports nothing of the
`benchmarks` package, because the tree on the path has one of its own.
"""

import argparse
import ctypes
import gc
import io
import json
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from time import perf_counter_ns, process_time_ns
from typing import Any

from adapters import fitting

DECISION_ROUNDS = 5
REPLAY_WARM, REPLAYED = 1_500, 600
HTTP_WARM = 100
BATCH = 500


class Span:
    """What lies between `start` and `stop` is measured; before, everything that was built up is put out of gc's way."""

    def __init__(self, switch: Path | None) -> None:
        self._switch = ctypes.CDLL(str(switch.resolve())) if switch else None
        self._began = 0
        self.cpu_ns = 0

    @property
    def counts(self) -> bool:
        """Whether instructions are counted: then every operation is done once only."""
        return self._switch is not None

    def start(self) -> None:
        gc.collect()
        gc.freeze()
        self._began = process_time_ns()
        if self._switch:
            self._switch.start()

    def stop(self) -> None:
        if self._switch:
            self._switch.stop()
        self.cpu_ns = process_time_ns() - self._began

    def per_operation(self, operations: int) -> dict[str, object]:
        return {"operations": operations, "cpu_us": round(self.cpu_ns / operations / 1000, 2)}


def decision(adapter: Any, inputs: list[Path], span: Span) -> dict[str, object]:
    calls = adapter.decisions(lines(inputs[0]))
    given = sum(adapter.recommends(call()) for call in calls)  # also builds all that is built once
    rounds = 1 if span.counts else DECISION_ROUNDS
    span.start()
    for _ in range(rounds):
        for call in calls:
            call()
    span.stop()
    found = {"with_recommendation": round(given / len(calls), 3), **span.per_operation(rounds * len(calls))}
    return found if span.counts else {**found, **quantiles(calls)}


def quantiles(calls: list[Any]) -> dict[str, object]:
    times = []
    for _ in range(DECISION_ROUNDS):
        for call in calls:
            began = perf_counter_ns()
            call()
            times.append((perf_counter_ns() - began) / 1000)
    cuts = statistics.quantiles(times, n=100)
    return {"p50_us": round(cuts[49], 1), "p99_us": round(cuts[98], 1)}


def replay(adapter: Any, inputs: list[Path], span: Span) -> dict[str, object]:
    """Events in the middle of a log, with the decisions that timers make between them."""

    def watched() -> Iterator[bytes]:
        log = lines(inputs[0])
        yield from islice(log, REPLAY_WARM)
        span.start()
        yield from islice(log, REPLAYED)
        span.stop()

    decided = sum(1 for _ in adapter.replay(watched()))
    if not span.cpu_ns:
        raise SystemExit(f"{inputs[0]} has fewer than {REPLAY_WARM + REPLAYED} events")
    return {"decisions": decided, **span.per_operation(REPLAYED)}


def http(adapter: Any, inputs: list[Path], span: Span) -> dict[str, object]:
    """POST /v1/events to the application in this process, on the store of REDIS_URL."""
    history, events = (list(lines(file)) for file in inputs)
    time.time_ns = Clock(json.loads(events[0])["time"])
    load(adapter.http_app(), history)
    app = adapter.http_app()  # begins with the snapshot of what was loaded
    given = sum(recommended(post(app, "/v1/events", event)) for event in events[:HTTP_WARM])
    answers = []
    span.start()
    for event in events[HTTP_WARM:]:
        answers.append(post(app, "/v1/events", event))
    span.stop()
    given += sum(map(recommended, answers))
    return {"with_recommendation": round(given / len(events), 3), **span.per_operation(len(answers))}


class Clock:
    """The same time in every run, whatever the day and the hour: a millisecond later at each look."""

    def __init__(self, start: str) -> None:
        self._now = int(datetime.fromisoformat(start).timestamp()) * 1_000_000_000

    def __call__(self) -> int:
        self._now += 1_000_000
        return self._now


def load(app: Any, history: list[bytes]) -> None:
    for at in range(0, len(history), BATCH):
        answer = post(app, "/v1/events:batch", b"\n".join(history[at : at + BATCH]), "application/x-ndjson")
        if answer["refused"]:
            raise SystemExit(f"loading failed: {str(answer)[:300]}")
    post(app, "/v1/snapshots", b"{}")


def post(app: Any, path: str, body: bytes, content_type: str = "application/json") -> Any:
    """The parsed answer; anything but 200 ends the run."""
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8080",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    statuses: list[str] = []
    chunks = app(environ, lambda status, _headers, _error=None: statuses.append(status))
    answer = b"".join(chunks)
    if hasattr(chunks, "close"):
        chunks.close()
    if not statuses[0].startswith(("200", "201")):
        raise SystemExit(f"{path} answered {statuses[0]}: {answer[:300]!r}")
    return json.loads(answer)


def recommended(answer: Any) -> bool:
    return any(result.get("recommendations") for result in answer["results"])


def lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        yield from (line for line in map(bytes.strip, opened) if line)


def shop_log(log: Iterable[bytes]) -> None:
    for line in log:
        sys.stdout.buffer.write(line + b"\n")


PROBES = {"decision": decision, "replay": replay, "http": http}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("probe", choices=["describe", "shop-log", *PROBES])
    parser.add_argument("inputs", nargs="*", type=Path)
    parser.add_argument("--switch", type=Path)
    asked = parser.parse_args()
    adapter = fitting()
    if asked.probe == "shop-log":
        shop_log(adapter.shop_log())
        return
    found = PROBES[asked.probe](adapter, asked.inputs, Span(asked.switch)) if asked.probe in PROBES else {}
    print(json.dumps({**adapter.described(), **found, "replay": adapter.REPLAY, "tree": str(adapter.TREE)}))


if __name__ == "__main__":
    main()
