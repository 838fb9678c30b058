"""`python -m benchmarks.value`: backtests on the three real logs; the tables between the marks in VALUE.md anew."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.__main__ import cpu, output
from cli.serving import ROOT

PAGE: Final = Path(__file__).parent / "VALUE.md"
DATA: Final = "../shared/data"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Log:
    """A real log: how it is imported, and where it is split, the split of the targets first."""

    name: str
    importing: str
    splits: tuple[str, ...]


LOGS: Final = (
    Log("CDNOW", f"cdnow {DATA}/cdnow_even.csv.gz", ("1997-10-01", "1998-01-01")),
    Log("Online Retail II", f"online-retail {DATA}/online_retail_ii_18m.parquet", ("2010-12-01", "2010-09-01")),
    Log(
        "Ta-Feng",
        f"csv {DATA}/tafeng.parquet --map customer=CUSTOMER_ID --map time=TRANSACTION_DT --map amount=SALES_PRICE"
        " --map sku=PRODUCT_ID --map category=PRODUCT_SUBCLASS --map quantity=AMOUNT",
        ("2001-02-01", "2001-01-01"),
    ),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder) / "events.jsonl"
        sections = [line for log in LOGS for line in section(log, events)]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text("\n".join([before + BEGIN, head(), *sections]) + "\n" + END + after, encoding="utf-8")


def head() -> str:
    at, commit = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), output("git", "rev-parse", "--short", "HEAD")
    return (
        f"\n{at}, commit {commit}, {cpu()}, {os.cpu_count()} cores, Python {platform.python_version()};"
        " written by `python -m benchmarks.value`.\n"
    )


def section(log: Log, events: Path) -> Iterator[str]:
    patron("import", *log.importing.split(), "--out", str(events))
    fitted = json.loads(patron("analyze", "fit", str(events), "--json"))
    told = [json.loads(patron("analyze", "backtest", str(events), "--split", split, "--json")) for split in log.splits]
    yield f"## {log.name}\n\n```"
    yield f"patron import {log.importing} --out events.jsonl"
    yield from (f"patron analyze backtest events.jsonl --split {split}" for split in log.splits)
    yield "patron analyze fit events.jsonl\n```\n"
    yield shares(told)
    yield reranked(told)
    yield risk(told)
    yield clocks(told[0])
    yield (
        f"`patron analyze fit` on the whole log: r {fitted['r']:.3f}, alpha {fitted['alpha_weeks']:.3f} weeks, a"
        f" {fitted['a']:.3f}, b {fitted['b']:.3f}; log-likelihood {fitted['log_likelihood']:,.1f},"
        f" {fitted['customers']:,} customers, {fitted['repeaters']:,} with a second purchase day.\n"
    )


def patron(*arguments: str) -> str:
    command = [sys.executable, "-m", "cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def shares(told: Sequence[Told]) -> str:
    names = dict.fromkeys(name for one in told for name in one["concentration"])
    columns = [c for one in told for c in (f"split {one['split']}", "shipped less this")]
    head_of = " · ".join(f"{one['customers']:,} customers known at {one['split']}" for one in told)
    rows = [[name, *(cell for one in told for cell in share(one["concentration"].get(name)))] for name in names]
    return f"Share of later revenue in the top 20 % ({head_of}):\n\n{table(['ranked by', *columns], rows)}"


def share(one: Told | None) -> tuple[str, str]:
    if one is None:
        return "", ""
    return percent(one["share"]), interval(one["behind"]) if one["behind"] else ""


def reranked(told: Sequence[Told]) -> str:
    ways = told[0]["reranked"]["caught"]
    rows = [[way, *(percent(one["reranked"]["caught"][way]) for one in told)] for way in ways]
    rows.append(["brought by newcomers", *(percent(one["reranked"]["newcomers"]) for one in told)])
    rows.append(["daily top at most, of all customers", *(percent(one["reranked"]["most"], 2) for one in told)])
    heading = "All later revenue, from who was in the top 20 % when they bought:"
    return f"{heading}\n\n{table(['cut-off', *(one['split'] for one in told)], rows)}"


def risk(told: Sequence[Told]) -> str:
    rows: list[list[str]] = []
    for name in told[0]["risk"]["auc"]:
        found = [one["risk"]["auc"][name] for one in told]
        rows.append([f"AUC, {name}", *(f"{auc:.3f} ({low:.3f} to {high:.3f})" for auc, (low, high) in found)])
    for word in told[0]["risk"]["table"]:
        flags = [one["risk"]["table"].get(word) for one in told]
        cells = (
            f"{percent(f['precision'])} / {percent(f['recall'])} of {f['customers']:,}" if f else "" for f in flags
        )
        rows.append([f"risk table, {word}: precision / recall", *cells])
    rows.append(["stayed away", *(percent(one["risk"]["away"]) for one in told)])
    return f"Who stays away:\n\n{table(['', *(one['split'] for one in told)], rows)}"


def clocks(told: Told) -> str:
    if told["alarms"] is None:
        return f"Clocks of silence: not told, {told['refused']['clocks']}.\n"
    groups = (told["alarms"]["at_delay"], told["alarms"]["as_shipped"])
    rows = [
        [name, f"{one['delay']:.0f}", f"{one['calls']:,}", f"{one['precision']:.3f}"]
        for group in groups
        for name, one in group.items()
    ]
    made = table(["clock of silence", "mean delay, days", "calls", "precision"], rows)
    return f"{made}\nLapse clock less fixed hiatus at 60 days: {interval(told['clocks']['lapse_less_fixed'])} points.\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def percent(value: float, digits: int = 1) -> str:
    return f"{100 * value:.{digits}f} %"


def interval(ends: Sequence[float]) -> str:
    low, high = ends
    return f"{100 * low:+.1f} to {100 * high:+.1f}"


if __name__ == "__main__":
    main()
