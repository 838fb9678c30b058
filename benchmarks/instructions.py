"""CPU instructions per decision, per replayed event and per HTTP event, compared with the committed figures.

Run: python -m benchmarks.instructions [--restate REASON] [--json]. Instructions are counted by valgrind's callgrind.
Unlike time they are nearly the same in every run, also on a busy machine. More than 10 % above the committed figure
fails; a change that has a good reason to cost more commits new figures with that reason. CPU time is printed beside
them and never fails.

The HTTP event is a POST /v1/events to the application in the process itself, on a real Valkey whose own instructions
are not counted. The figures, in benchmarks/instructions.json, hold for one build of Python each.

Exit codes: 0 within the limit, or valgrind is not installed (not in CI), 1 too slow, or it could not be compared.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.probing import PROBE, probe, shop_log
from benchmarks.services import PRESENT
from benchmarks.shop_events import Shop
from runtime import embedded

FIGURES = Path(__file__).parent / "instructions.json"
LIMIT = 0.10
RESTATE = 'python -m benchmarks.instructions --restate "the reason"'
VALGRIND = ("valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no")
SHOP = Shop(customers=200, now=datetime(2026, 11, 4, 11, tzinfo=UTC))
"""At a time without quiet hours."""
HTTP_EVENTS = 400
NAMES = {"decision": "decision", "replay": "replayed event", "http": "HTTP event"}


@dataclass(frozen=True, slots=True)
class Stated:
    """The committed figures of one build of Python."""

    python: str
    date: str
    reason: str
    instructions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one operation costs."""

    instructions: int
    cpu_us: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The lines to print, and whether the check has failed."""

    lines: tuple[str, ...]
    failed: bool


def compare(stated: Stated, measured: Mapping[str, Measured]) -> Verdict:
    """Against the committed figures. A figure that is missing on either side fails."""
    lines = [f"Instructions, against the figures of {stated.date} ({stated.reason}); CPU time never fails:"]
    hints, failed = [], False
    for name in dict.fromkeys([*stated.instructions, *measured]):
        before, now = stated.instructions.get(name), measured.get(name)
        if before is None or now is None:
            failed = True
            hints.append(f"FAILED: {name}: {'no figure is committed' if before is None else 'was not measured'}.")
            continue
        change = 100 * (now.instructions / before - 1)
        counted = f"{now.instructions:>11,}, committed {before:,} ({change:+.1f} %)"
        lines.append(f"  {name:<15}{counted}, CPU {now.cpu_us:,.0f} us")
        if now.instructions > (1 + LIMIT) * before:
            failed = True
            hints.append(
                f"FAILED: {name}: {change:.1f} % more instructions than committed; {100 * LIMIT:.0f} % is allowed."
            )
        elif now.instructions < (1 - LIMIT) * before:
            hints.append(f"{name}: {-change:.1f} % fewer instructions. Commit the new figure to keep the gain.")
    if hints:
        hints.append(f"To commit new figures: {RESTATE}")
    return Verdict((*lines, *hints), failed)


def python_build() -> str:
    """What the number of instructions depends on besides our code."""
    optimized = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    version = ".".join(platform.python_version_tuple()[:2])
    build = "optimized" if optimized else "unoptimized"
    return f"{platform.python_implementation()} {version}, {build} build, {platform.machine()}"


def read(file: Path, build: str) -> Stated | None:
    found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return Stated(**found[build]) if build in found else None


def restate(file: Path, build: str, reason: str, measured: Mapping[str, Measured], on: date) -> None:
    """Commit these figures for this build of Python; those of other builds stay."""
    found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    figures = {name: one.instructions for name, one in measured.items()}
    found[build] = asdict(Stated(platform.python_version(), on.isoformat(), reason, figures))
    file.write_text(json.dumps(dict(sorted(found.items())), indent=2) + "\n", encoding="utf-8")


def measure() -> dict[str, Measured]:
    """Each probe by itself for its CPU time, and then all under valgrind, as many at a time as there are cores."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        inputs = _inputs(folder)
        switch = _switch(folder)
        cpu = {name: _time(name, files, folder) for name, files in inputs.items()}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            counts = {name: pool.submit(_count, name, files, switch, folder) for name, files in inputs.items()}
            return {NAMES[name]: Measured(counts[name].result(), cpu[name]) for name in inputs}


def _inputs(folder: Path) -> dict[str, list[Path]]:
    """The same bytes in every run."""
    log = shop_log(PRESENT, folder / "shop.jsonl")
    history = _written(folder / "history.jsonl", SHOP.history())
    events = _written(folder / "events.jsonl", islice(SHOP.asking(), HTTP_EVENTS))
    return {"replay": [log], "http": [history, events], "decision": [log]}  # the longest first


def _written(file: Path, events: Iterator[Mapping[str, object]]) -> Path:
    file.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return file


def _switch(folder: Path) -> Path:
    """The library by which the probe tells callgrind when to count."""
    library = folder / "callgrind.so"
    source = PROBE.with_name("callgrind.c")
    compiler = ["gcc", "-O1", "-shared", "-fPIC", "-o", str(library), str(source)]
    done = subprocess.run(compiler, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"gcc cannot compile {source}; is valgrind/callgrind.h installed?\n{done.stderr.strip()}")
    return library


def _time(name: str, files: list[Path], folder: Path) -> float:
    with _surroundings(folder / f"{name}-timed") as extra:
        return float(probe(PRESENT, name, *files, extra=extra)["cpu_us"])


def _count(name: str, files: list[Path], switch: Path, folder: Path) -> int:
    out = folder / f"{name}.callgrind"
    under = [*VALGRIND, f"--callgrind-out-file={out}"]
    with _surroundings(folder / f"{name}-counted") as extra:
        found = probe(PRESENT, name, *files, "--switch", switch, under=under, extra=extra)
    first_dump = out.with_name(f"{out.name}.1").read_text(encoding="utf-8", errors="replace")
    return round(int(first_dump.rpartition("\nsummary: ")[2].split()[0]) / int(found["operations"]))


@contextmanager
def _surroundings(folder: Path) -> Iterator[dict[str, str]]:
    """A store, and counters in shared files as under gunicorn. Nothing is polled, and slowness is no failure."""
    metrics = folder / "metrics"
    metrics.mkdir(parents=True)
    store = embedded.start(folder)
    settings = {"REDIS_URL": store.url, "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    try:
        yield {**settings, "PATRON_POLL_MS": "60000", "PATRON_STORE_TIMEOUT_MS": "60000"}
    finally:
        store.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--restate", metavar="REASON", type=_reason, help="write the figures anew, for this reason")
    parser.add_argument("--json", action="store_true", help="print what was measured as JSON, compare nothing")
    asked = parser.parse_args()
    in_ci = bool(os.environ.get("CI"))
    if shutil.which("valgrind") is None:
        print("Instructions are not counted: valgrind is not installed (Debian: apt-get install valgrind).")
        return 1 if in_ci else 0
    measured = measure()
    if asked.json:
        print(json.dumps({name: asdict(one) for name, one in measured.items()}))
        return 0
    build = python_build()
    if asked.restate:
        restate(FIGURES, build, asked.restate, measured, datetime.now(UTC).date())
    return judge(read(FIGURES, build), measured, build, in_ci)


def judge(stated: Stated | None, measured: Mapping[str, Measured], build: str, in_ci: bool) -> int:
    """Print the comparison; the exit code. Where nothing is committed for this build of Python, only CI fails."""
    if stated is None:
        print(f"No figures are committed for {build}. Measured: {_shown(measured)}\nTo commit them: {RESTATE}")
        return 1 if in_ci else 0
    verdict = compare(stated, measured)
    print("\n".join(verdict.lines))
    return 1 if verdict.failed else 0


def _shown(measured: Mapping[str, Measured]) -> str:
    return ", ".join(f"{name} {one.instructions:,}" for name, one in measured.items())


def _reason(text: str) -> Any:
    if not text.strip():
        raise argparse.ArgumentTypeError("give the reason why the figures change")
    return text.strip()


if __name__ == "__main__":
    sys.exit(main())
