"""POST /v1/events of Patron as shipped, against bare Flask routes with two Redis round trips, in one run.

Run: python -m benchmarks.http [--json] [--crowd] [--rounds N]. Each side has its own gunicorn with the same processes
and threads, and its own Valkey. Rounds alternate; every figure is a median over the rounds, every ratio the median of
the ratios of rounds next to each other. CPU is user and system time of all processes of a side, `patron worker` beside
ours included; Valkey's is apart. Two yardsticks: `bare` is the route as Flask's pages write it, `lean` one without
Flask's JSON (benchmarks/bare).

10,000 customers with a history; every event id is fresh; an answer that is not 200 or repeats a decision fails the run,
and so does a run with a recommendation in fewer than half of the answers. Then the same with 50 parallel clients.
`--crowd`: only that.
"""

import argparse
import json
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from benchmarks.load import Run, request, run
from benchmarks.processes import Cost
from benchmarks.services import PRESENT, Side, bare, fill, patron
from benchmarks.shop_events import Shop
from cli.client import Client

CUSTOMERS = 10_000
ROUNDS = 19
PER_ROUND = 500
CONNECTIONS = 8
CROWD = 50
"""Parallel clients, many more than the service has threads, so that requests queue."""
CROWD_ROUNDS = 9
PER_CROWD_ROUND = 1_500


@dataclass(frozen=True, slots=True)
class Round:
    """What one side did in one turn, and what it cost."""

    run: Run
    cost: Cost

    @property
    def rate(self) -> float:
        return len(self.run.times) / self.run.seconds

    def cpu_us(self, part: Callable[[Cost], float]) -> float:
        """Microseconds of CPU per request."""
        return 1e6 * part(self.cost) / len(self.run.times)

    def cut_ms(self, percent: int) -> float:
        """The time that so many percent of the answers stayed below."""
        return 1000 * statistics.quantiles(self.run.times, n=100)[percent - 1]


class Runner:
    """One side and the route that is called there, with fresh events as long as it is asked for them."""

    def __init__(self, side: Side, path: str, shop: Shop) -> None:
        self.side = side
        host = side.url.removeprefix("http://")
        self._requests: Iterator[bytes] = (request(host, path, orjson.dumps(event)) for event in shop.asking())
        self._seen: set[str] = set()

    def round(self, requests: int, connections: int) -> Round:
        before = self.side.cost()
        done = run(self.side.url, islice(self._requests, requests), connections)
        return Round(done, self.side.cost().since(before))

    def share_with_recommendation(self, rounds: Sequence[Round]) -> float:
        """The run fails for any answer of Patron that is not 200, or that repeats a decision."""
        given = 0
        for answer in answers(rounds):
            if answer["decision_id"] in self._seen:
                raise SystemExit(f"not a fresh answer: {str(answer)[:300]}")
            self._seen.add(answer["decision_id"])
            given += any(result.get("recommendations") for result in answer["results"])
        return given / sum(len(one.run.answers) for one in rounds)


def answers(rounds: Sequence[Round]) -> Iterator[dict[str, Any]]:
    for status, body in (answer for one in rounds for answer in one.run.answers):
        if status != 200:
            raise SystemExit(f"a route answered {status} {body[:300]!r}")
        yield orjson.loads(body)


def alternate(runners: Mapping[str, Runner], rounds: int, requests: int, connections: int) -> dict[str, list[Round]]:
    """Rounds in turns, every second time in the other order; one of each before is not counted."""
    for runner in runners.values():
        list(answers([runner.round(requests, connections)]))
    done: dict[str, list[Round]] = {name: [] for name in runners}
    for number in range(rounds):
        for name in list(runners)[:: 1 if number % 2 == 0 else -1]:
            done[name].append(runners[name].round(requests, connections))
    return done


def measure(only_crowd: bool, rounds: int) -> dict[str, object]:
    shop = Shop(CUSTOMERS, datetime.now(UTC).replace(microsecond=0))
    with ExitStack() as stack:
        ours, theirs = (Path(stack.enter_context(TemporaryDirectory())) for _ in range(2))
        side = stack.enter_context(patron("ours", PRESENT, ours))
        yardstick = stack.enter_context(bare(theirs))
        fill(side, [orjson.dumps(event) for event in shop.history()])
        found: dict[str, object] = {"matcher": Client(side.url).get("/readyz?verbose")[1]["matcher"]}
        runners = {
            "ours": Runner(side, "/v1/events", shop),
            "bare": Runner(yardstick, "/bare", shop),
            "lean": Runner(yardstick, "/lean", shop),
        }
        if not only_crowd:
            found |= few(runners, alternate(runners, rounds, PER_ROUND, CONNECTIONS))
        two = {name: runners[name] for name in ("ours", "bare")}
        return found | crowd(two, alternate(two, CROWD_ROUNDS, PER_CROWD_ROUND, CROWD))


def few(runners: Mapping[str, Runner], done: Mapping[str, list[Round]]) -> dict[str, object]:
    checked(done)
    ours = done["ours"]
    ratios = {
        f"{what} ratio to {name}": ratio(ours, done[name], value)
        for name in ("bare", "lean")
        for what, value in (("CPU", lambda one: one.cpu_us(total)), ("rate", lambda one: one.rate))
    }
    share = recommended(runners["ours"], ours)
    return {"with_recommendation": share, **{name: figures(rounds) for name, rounds in done.items()}, **ratios}


def crowd(runners: Mapping[str, Runner], done: Mapping[str, list[Round]]) -> dict[str, object]:
    checked(done)
    found = {
        "with_recommendation": recommended(runners["ours"], done["ours"]),
        **{name: figures(rounds) for name, rounds in done.items()},
        "CPU ratio": ratio(done["ours"], done["bare"], lambda one: one.cpu_us(total)),
        "p99 ratio": ratio(done["ours"], done["bare"], lambda one: one.cut_ms(99)),
    }
    return {f"{CROWD} clients, {name}": value for name, value in found.items()}


def checked(done: Mapping[str, list[Round]]) -> None:
    for name, rounds in done.items():
        if name != "ours":
            list(answers(rounds))


def recommended(runner: Runner, rounds: Sequence[Round]) -> float:
    share = runner.share_with_recommendation(rounds)
    if share < 0.5:
        raise SystemExit(f"only {share:.0%} of the answers had a recommendation")
    return round(share, 3)


def total(cost: Cost) -> float:
    return cost.total


def figures(rounds: Sequence[Round]) -> dict[str, float]:
    """Medians over the rounds. `beside`: what of the CPU time is not gunicorn's."""
    parts: dict[str, Callable[[Cost], float]] = {
        "CPU_us": total,
        "of_which_beside_us": lambda cost: cost.beside,
        "Valkey_CPU_us": lambda cost: cost.store,
    }
    cpu = {name: round(statistics.median(one.cpu_us(part) for one in rounds)) for name, part in parts.items()}
    cuts = {f"p{at}_ms": round(statistics.median(one.cut_ms(at) for one in rounds), 2) for at in (50, 99)}
    return {**cpu, "per_second": round(statistics.median(one.rate for one in rounds)), **cuts}


def ratio(ours: Sequence[Round], theirs: Sequence[Round], value: Callable[[Round], float]) -> float:
    """Median over the rounds of our value by theirs."""
    return round(statistics.median(value(one) / value(other) for one, other in zip(ours, theirs, strict=True)), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--crowd", action="store_true", help="only the part with many clients")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds of few clients (default: {ROUNDS})")
    asked = parser.parse_args()
    result = measure(asked.crowd, asked.rounds)
    print(json.dumps(result) if asked.json else "\n".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
