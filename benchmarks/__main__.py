"""`make bench`: run every benchmark and write benchmarks/RESULTS.md, with date, machine and commands."""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.matcher import table as per_size
from benchmarks.replay import LOG
from cli.serving import ROOT

RESULTS = Path(__file__).parent / "RESULTS.md"
PARTS = {
    "decision": "One pure decision with the shipped rulebook, contact policy and arbitration included",
    "matcher": "Matching, all matches collected, p50 in microseconds for each evaluation",
    "replay": "`patron replay` of CDNOW on the in-memory store, on one core",
    "http": "POST /v1/events as shipped, against bare Flask routes with two Redis round trips, in one run",
    "memory": "Bytes of a customer (all keys but decision records) and of a decision record, by `MEMORY USAGE`",
}


def main() -> None:
    wanted = sys.argv[1:] or list(PARTS)
    sections = [section(name) for name in wanted]
    text = "\n".join([head(), *sections])
    print(text)
    if not sys.argv[1:]:
        RESULTS.write_text(text, encoding="utf-8")


def head() -> str:
    return f"""# Benchmark results

Written by `make bench`. Compared figures were measured in turns in one run, and are medians; CPU is user and system
time of all processes of a side, without Valkey unless named. The machine is shared: its load at the start stands below,
and the ratios say more than the figures. `make bench-compare REV=...` measures two revisions in turns, and
`make bench-instructions` counts instructions, which no load changes.

{measured()}
"""


def measured() -> str:
    """When, and on what."""
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    commit = output("git", "rev-parse", "--short", "HEAD")
    python = f"Python {platform.python_version()}"
    machine = f"{cpu()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"
    return f"{at}, commit {commit}{_changes()}, {machine}, {python}, load average {os.getloadavg()[0]:.1f}."


def _changes() -> str:
    return " with uncommitted changes" if output("git", "status", "--porcelain", "--untracked-files=no") else ""


def cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "an unknown processor"


def section(name: str) -> str:
    title = f"## {PARTS[name]}\n\n`python -m benchmarks.{name}`\n"
    if name == "replay" and not LOG.is_file():
        return title + "\nNot measured: ../shared/data is not there.\n"
    result = json.loads(output(sys.executable, "-m", f"benchmarks.{name}", "--json"))
    return f"{title}\n{matcher_table(result) if name == 'matcher' else table(result)}\n"


def output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def table(result: dict[str, Any]) -> str:
    rows = [f"| {name.replace('_', ' ')} | {shown(value)} |" for name, value in result.items()]
    return "\n".join(["| measure | value |", "|---|---|", *rows])


def matcher_table(result: dict[str, Any]) -> str:
    said = f"Patron runs on {result['ran_on']['matcher']}; all of them agree on every evaluated fact."
    left_out = [f"Left out: {name}: {why}" for name, why in result["left_out"].items()]
    return "\n\n".join([said, *left_out, per_size(result["results"])])


def shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {shown(inner)}" for name, inner in value.items())
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


if __name__ == "__main__":
    main()
