"""POST /v1/events against bare Flask routes with two Redis round trips: same gunicorn, same store, same run.

Two yardsticks: `bare` is the route as Flask's pages write it, `lean` one without Flask's JSON (benchmarks/bare.py).

Run: python -m benchmarks.http [--json] [--crowd]. 10,000 customers with a history; every event id is fresh; an answer
that is not 200 or repeats a decision fails the run, and so does a run with a recommendation in fewer than half of the
answers. Then the same with 50 parallel clients, in turns with the bare route: medians of p50 and p99, and of their
ratios. `--crowd`: only that.
"""

import argparse
import json
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import orjson

from benchmarks.load import Run, request, run
from cli.client import Client
from cli.serving import ROOT, environment, free_port, running
from runtime import embedded

CUSTOMERS = 10_000
ROUNDS = 19
PER_ROUND = 500
CONNECTIONS = 8
CROWD = 50
"""Parallel clients, many more than the service has threads: what waits, waits for others."""
CROWD_ROUNDS = 9
PER_CROWD_ROUND = 1_500
SENT = 500 + ROUNDS * PER_ROUND
NOW = datetime.now(UTC).replace(microsecond=0)


def event(id: str, type: str, customer: int, days_ago: float, decide: str, **properties: object) -> dict[str, object]:
    return {
        "id": id,
        "type": type,
        "time": (NOW - timedelta(days=days_ago)).isoformat(),
        "customer": {"id": f"c-{customer}"},
        "channel": "web",
        "properties": properties,
        "decide": decide,
    }


def order(id: str, customer: int, days_ago: float, decide: str) -> dict[str, object]:
    line = {"line_id": "1", "sku": "K-100", "category": "kitchen", "quantity": 1, "amount": f"{20 + customer % 80}.00"}
    return event(id, "order_completed", customer, days_ago, decide, order_id=id, total=line["amount"], lines=[line])


def history() -> Iterator[dict[str, object]]:
    """Six orders, two visits, an address, a name and a consent for every customer."""
    for c in range(CUSTOMERS):
        yield event(f"i-{c}", "identified", c, 300, "none", traits={"first_name": f"Ada{c}", "language": "en"})
        yield event(f"l-{c}", "link_added", c, 300, "none", channel="email")
        yield event(f"k-{c}", "consent_changed", c, 300, "none", channel="email", purposes=["marketing"], granted=True)
        for n in range(6):
            yield order(f"o-{c}-{n}", c, 200 - 30 * n - c % 20, "none")
        yield event(f"v-{c}", "visited", c, 3, "none", surface="web")
        yield event(f"s-{c}", "searched", c, 2, "none", query="stone bird bath", results=0)


def asking() -> Iterator[dict[str, object]]:
    """Fresh events to decide on, one per customer: five stars, a search in vain, a complaint, an order, a parcel that
    did not arrive."""
    n = 0
    while True:
        c, kind = (n * 7919) % CUSTOMERS, (n + n // CUSTOMERS) % 5  # whoever comes again has something else to say
        key = f"e-{n}"
        if kind == 0:
            yield event(key, "rated", c, 0, "outbound", score=5, about="K-100")
        elif kind == 1:
            yield event(key, "searched", c, 0, "outbound", query="stone bird bath", results=0)
        elif kind == 2:
            yield event(key, "complaint_opened", c, 0, "outbound", complaint_id=key, about="delivery")
        elif kind == 3:
            yield order(key, c, 0, "outbound")
        else:
            yield event(key, "delivery_failed", c, 0, "outbound", order_id=f"o-{c}-0")
        n += 1


def share_with_recommendation(runs: list[Run]) -> float:
    """Of all answers; the run fails for any that is not 200, or that repeats a decision."""
    seen: set[str] = set()
    given = 0
    for status, body in (answer for one in runs for answer in one.answers):
        answer = orjson.loads(body)
        if status != 200 or answer["decision_id"] in seen:
            raise SystemExit(f"not a fresh answer: {status} {body[:300]!r}")
        seen.add(answer["decision_id"])
        given += any(result.get("recommendations") for result in answer["results"])
    return given / len(seen)


def only_200(runs: list[Run]) -> None:
    for status, body in (answer for one in runs for answer in one.answers):
        if status != 200:
            raise SystemExit(f"the bare route answered {status} {body[:200]!r}")


def fill(client: Client) -> None:
    lines = [orjson.dumps(e) for e in history()]
    for start in range(0, len(lines), 2_000):
        status, answer = client.post(
            "/v1/events:batch", b"\n".join(lines[start : start + 2_000]), "application/x-ndjson"
        )
        if status != 200 or answer["refused"]:
            raise SystemExit(f"loading failed: {status} {str(answer)[:300]}")
    client.post("/v1/snapshots", b"{}")
    sleep(1.5)  # every worker polls twice a second for the snapshot


def bare_requests(host: str, path: str) -> Iterator[bytes]:
    """The same bodies as the service gets."""
    for e in asking():
        yield request(host, path, orjson.dumps(e))


def measure(only_crowd: bool) -> dict[str, object]:
    with TemporaryDirectory() as folder:
        store = embedded.start(Path(folder))
        try:
            with running({"REDIS_URL": store.url}) as url, bare_server(store.url) as bare_url:
                client = Client(url)
                fill(client)
                matcher = client.get("/readyz?verbose")[1]["matcher"]
                few = {} if only_crowd else rounds(url, bare_url)
                return {"matcher": matcher, **few, **crowd(url, bare_url, done=0 if only_crowd else SENT)}
        finally:
            store.stop()


def rounds(url: str, bare_url: str) -> dict[str, object]:
    host, bare_host = url[7:], bare_url[7:]
    ours = (request(host, "/v1/events", orjson.dumps(e)) for e in asking())
    yardsticks = {name: bare_requests(bare_host, f"/{name}") for name in ("bare", "lean")}
    warm, mine = [run(url, islice(ours, 500), CONNECTIONS)], []
    theirs: dict[str, list[Run]] = {name: [] for name in yardsticks}
    for requests in yardsticks.values():
        run(bare_url, islice(requests, 500), CONNECTIONS)
    for _ in range(ROUNDS):
        for name, requests in yardsticks.items():
            theirs[name].append(run(bare_url, islice(requests, PER_ROUND), CONNECTIONS))
        mine.append(run(url, islice(ours, PER_ROUND), CONNECTIONS))
    for runs in theirs.values():
        only_200(runs)
    share = share_with_recommendation([*warm, *mine])
    if share < 0.5:
        raise SystemExit(f"only {share:.0%} of the answers had a recommendation")
    return {
        "with_recommendation": round(share, 3),
        "ours": figures(mine),
        **{name: figures(runs) for name, runs in theirs.items()},
        "throughput_ratio": ratio(mine, theirs["bare"]),
        "throughput_ratio_to_lean": ratio(mine, theirs["lean"]),
    }


def crowd(url: str, bare_url: str, done: int) -> dict[str, object]:
    """With many clients at once, in turns. `done`: how many events were sent before."""
    host, bare_host = url[7:], bare_url[7:]
    ours = (request(host, "/v1/events", orjson.dumps(e)) for e in islice(asking(), done, None))
    bare = bare_requests(bare_host, "/bare")
    run(url, islice(ours, PER_CROWD_ROUND), CROWD)
    run(bare_url, islice(bare, PER_CROWD_ROUND), CROWD)
    mine, theirs = [], []
    for _ in range(CROWD_ROUNDS):
        theirs.append(run(bare_url, islice(bare, PER_CROWD_ROUND), CROWD))
        mine.append(run(url, islice(ours, PER_CROWD_ROUND), CROWD))
    only_200(theirs)
    ratios = [cut(m, 99) / cut(b, 99) for m, b in zip(mine, theirs, strict=True)]
    return {
        f"{CROWD} clients, with_recommendation": round(share_with_recommendation(mine), 3),
        f"{CROWD} clients, ours": medians(mine),
        f"{CROWD} clients, bare": medians(theirs),
        f"{CROWD} clients, p99_ratio": round(statistics.median(ratios), 2),
    }


def medians(runs: list[Run]) -> dict[str, float]:
    """Over the rounds; times in milliseconds."""
    rate = statistics.median(len(r.times) / r.seconds for r in runs)
    cuts = {f"p{at}_ms": round(statistics.median(1000 * cut(r, at) for r in runs), 2) for at in (50, 99)}
    return {"per_second": round(rate), **cuts}


def cut(run: Run, percent: int) -> float:
    """The time in seconds that so many percent of the answers stayed below."""
    return statistics.quantiles(run.times, n=100)[percent - 1]


def ratio(mine: list[Run], theirs: list[Run]) -> float:
    """Median over the rounds of our throughput by theirs."""
    return round(statistics.median(b.seconds / m.seconds for m, b in zip(mine, theirs, strict=True)), 3)


def figures(runs: list[Run]) -> dict[str, float]:
    times = [t * 1000 for r in runs for t in r.times]
    cuts = statistics.quantiles(times, n=100)
    rate = statistics.median(len(r.times) / r.seconds for r in runs)
    return {"per_second": round(rate), "p50_ms": round(cuts[49], 2), "p99_ms": round(cuts[98], 2)}


class bare_server:  # noqa: N801 - used like a function
    """The bare route under the same gunicorn settings, on a port of its own."""

    def __init__(self, redis_url: str) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        options = ["--bind", self.url[7:], "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
        command = [sys.executable, "-m", "gunicorn", *options, "--no-control-socket", "benchmarks.bare:app"]
        self.process = subprocess.Popen(
            command, env=environment({"REDIS_URL": redis_url}), cwd=ROOT, stderr=subprocess.DEVNULL
        )

    def __enter__(self) -> str:
        deadline = monotonic() + 20
        while monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/", timeout=1)
            except urllib.error.HTTPError:
                return self.url
            except OSError:
                sleep(0.05)
        raise SystemExit("the bare server did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--crowd", action="store_true", help="only the part with many clients")
    asked = parser.parse_args()
    result = measure(asked.crowd)
    print(json.dumps(result) if asked.json else "\n".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
