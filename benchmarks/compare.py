"""Two revisions, measured in turns on this machine: the pure decision, replay, and POST /v1/events over HTTP.

Run: make bench-compare REV=93fc10b, or python -m benchmarks.compare REV [--head REV] [--only PART] [--json].

Both revisions are checked out into temporary folders and installed there, so the working tree is not touched and
uncommitted changes are not measured. The measuring code is that of the working tree. Both sides get the same log and
the same HTTP events, and each decides by its own shipped rules. Every figure is the median of five rounds, and the
ratio is the median of the ratios within the rounds. CPU is user and system time of all processes of a side.

What the benchmarks call inside of a tree is in benchmarks/inside/adapters, with a module for each older shape.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import orjson

from benchmarks.checkout import commit_of, has_uncommitted_changes, install, short
from benchmarks.http import Round, Runner, alternate, recommended
from benchmarks.probing import probe, shop_log
from benchmarks.replay import LOG
from benchmarks.services import Tree, environment, fill, patron
from benchmarks.shop_events import Shop
from engine.domain import former_words

ROUNDS = 5
CUSTOMERS = 10_000
REQUESTS = 1_500
CONNECTIONS = 8

Figures = Mapping[str, float]
FORMER_TYPES: Mapping[str, str] = {now: former for former, now in former_words.EVENT_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Pair:
    """The trees to compare; each does a round in turn, and who goes first changes."""

    old: Tree
    new: Tree

    def rounds(self, measure: Callable[[Tree], Figures], count: int) -> "Series":
        series = Series()
        for number in range(count):
            order = (self.old, self.new) if number % 2 == 0 else (self.new, self.old)
            found = {tree.root: measure(tree) for tree in order}
            series.add(found[self.old.root], found[self.new.root])
        return series


@dataclass
class Series:
    """What the rounds gave, under the names of the figures."""

    old: dict[str, list[float]] = field(default_factory=dict)
    new: dict[str, list[float]] = field(default_factory=dict)

    def add(self, old: Figures, new: Figures) -> None:
        for into, figures in ((self.old, old), (self.new, new)):
            for name, value in figures.items():
                into.setdefault(name, []).append(value)

    def rows(self) -> Iterator["Row"]:
        for name, before in self.old.items():
            now = self.new[name]
            ratios = [n / b for b, n in zip(before, now, strict=True)]
            spread = (min(ratios), max(ratios))
            yield Row(name, statistics.median(before), statistics.median(now), statistics.median(ratios), spread)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; `spread` is that of the ratios."""

    name: str
    old: float
    new: float
    ratio: float
    spread: tuple[float, float]


# ---- the parts ----


def decision(pair: Pair, folder: Path, rounds: int) -> Series:
    log = shop_log(pair.old, folder / "shop.jsonl")

    def measure(tree: Tree) -> Figures:
        found = probe(tree, "decision", log)
        return {"pure decision, p50 us": found["p50_us"], "pure decision, CPU us": found["cpu_us"]}

    return pair.rounds(measure, rounds)


def replay(pair: Pair, folder: Path, rounds: int) -> Series:
    """`patron replay`, less what a replay of an empty log takes. The log is written by the older tree."""
    log = folder / "log.jsonl"
    if LOG.is_file():
        command(pair.old, "import", "cdnow", str(LOG), "--out", str(log))
    else:
        print(f"{LOG} is not there: the example shop's year is replayed instead", file=sys.stderr)
        shop_log(pair.old, log)
    empty = folder / "empty.jsonl"
    empty.touch()
    call = {tree.root: probe(tree, "describe")["replay"] for tree in (pair.old, pair.new)}
    with log.open("rb") as lines:
        events = sum(1 for _ in lines)

    def measure(tree: Tree) -> Figures:
        to = ("--out", str(folder / "decisions.jsonl"))
        start_cpu, start_seconds = command(tree, *call[tree.root], *to, str(empty))
        cpu, seconds = command(tree, *call[tree.root], *to, str(log))
        return {
            "replay, CPU us per event": 1e6 * (cpu - start_cpu) / events,
            "replay, events per second": events / (seconds - start_seconds),
        }

    return pair.rounds(measure, rounds)


def command(tree: Tree, *arguments: str) -> tuple[float, float]:
    """CPU seconds and seconds that a `patron` command takes, which must succeed."""
    began = perf_counter()
    call = [str(tree.python), "-m", "cli.main", *arguments]
    process = subprocess.Popen(call, cwd=tree.root, env=environment(tree, {}), stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"`patron {' '.join(arguments)}` failed in {tree.root}")
    return used.ru_utime + used.ru_stime, perf_counter() - began


def http(pair: Pair, folder: Path, rounds: int) -> Series:
    """Both services as shipped, each on its own Valkey, with the same events in turns."""
    shop = Shop(CUSTOMERS, datetime.now(UTC).replace(microsecond=0))
    runners = {}
    with ExitStack() as stack:
        for name, tree in (("old", pair.old), ("new", pair.new)):
            data = folder / f"store-{name}"
            data.mkdir()
            side = stack.enter_context(patron(name, tree, data))
            fill(side, [orjson.dumps(_in_words_of(tree, event)) for event in shop.history()])
            runners[name] = Runner(side, "/v1/events", shop)
        done = alternate(runners, rounds, REQUESTS, CONNECTIONS)
    series = Series()
    for name, found in done.items():
        recommended(runners[name], found)
    for old, new in zip(done["old"], done["new"], strict=True):
        series.add(*(_figures(one) for one in (old, new)))
    return series


def _in_words_of(tree: Tree, event: Mapping[str, object]) -> Mapping[str, object]:
    """The event as this tree takes it: trees without a mapping of former words only know those."""
    if (tree.root / "engine" / "domain" / "former_words.py").exists() or event["type"] not in FORMER_TYPES:
        return event
    return {**event, "type": FORMER_TYPES[str(event["type"])]}


def _figures(one: Round) -> Figures:
    return {
        "POST /v1/events, CPU us": one.cpu_us(lambda cost: cost.total),
        "POST /v1/events, Valkey CPU us": one.cpu_us(lambda cost: cost.store),
        "POST /v1/events, per second": one.rate,
        "POST /v1/events, p50 ms": one.cut_ms(50),
    }


PARTS: Mapping[str, Callable[[Pair, Path, int], Series]] = {"decision": decision, "replay": replay, "http": http}


def table(rows: list[Row], old: str, new: str) -> str:
    lines = [f"| measure, median | {old} | {new} | ratio (least, most) |", "|---|---|---|---|"]
    for row in rows:
        low, high = row.spread
        lines.append(f"| {row.name} | {row.old:,.1f} | {row.new:,.1f} | {row.ratio:.3f} ({low:.3f}, {high:.3f}) |")
    return "\n".join(lines)


def compare(commits: tuple[str, str], parts: list[str], rounds: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="patron-compare-") as made:
        folder = Path(made)
        print("Installing both revisions; this takes about a minute for each.", file=sys.stderr)
        pair = Pair(*(install(commit, folder / side) for commit, side in zip(commits, ("old", "new"), strict=True)))
        rows: list[Row] = []
        for part in parts:
            print(f"Measuring: {part}", file=sys.stderr)
            (folder / part).mkdir()
            rows += PARTS[part](pair, folder / part, rounds).rows()
        return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rev", metavar="REV", help="the revision to compare with: a commit, branch or tag")
    parser.add_argument("--head", metavar="REV", default="HEAD", help="the revision that is compared (default: HEAD)")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part only; may be repeated")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds of each part (default: {ROUNDS})")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    commits = commit_of(asked.rev), commit_of(asked.head)
    if asked.head == "HEAD" and has_uncommitted_changes():
        print("Uncommitted changes are not measured.", file=sys.stderr)
    rows = compare(commits, asked.only or list(PARTS), asked.rounds)
    if asked.json:
        print(json.dumps([asdict(row) for row in rows]))
    else:
        print(table(rows, *map(short, commits)))


if __name__ == "__main__":
    main()
