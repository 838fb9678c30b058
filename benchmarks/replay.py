"""`patron replay` on CDNOW: decisions a second on one core, and twice the same bytes.

Run: python -m benchmarks.replay [--json] [EVENTS]. Without EVENTS the CDNOW log of ../shared/data is imported.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from cli.serving import ROOT

LOG = ROOT.parent / "shared" / "data" / "cdnow_even.csv.gz"
RUNS = 3


def measure(events: Path | None) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        if events is None:
            events = Path(folder) / "cdnow.jsonl"
            patron("import", "cdnow", str(LOG), "--out", str(events))
        started = startup(Path(folder))
        runs = [one(events, Path(folder) / f"{n}.jsonl") for n in range(RUNS)]
        digests = {digest for _, _, digest in runs}
        if len(digests) > 1:
            raise SystemExit("two replays gave different bytes")
        seconds = sorted(seconds for seconds, _, _ in runs)[RUNS // 2]
        decisions = runs[0][1]["decisions"]
        return {
            "matcher": runs[0][1]["matcher"],
            "decisions": decisions,
            "seconds": round(seconds, 2),
            "decisions_per_second": round(int(str(decisions)) / (seconds - started)),
            "same_bytes": True,
        }


def startup(folder: Path) -> float:
    """Seconds that a replay of nothing takes: Python, imports, the rulebook."""
    empty = folder / "empty.jsonl"
    empty.touch()
    return min(one(empty, folder / "none.jsonl")[0] for _ in range(2))


def one(events: Path, out: Path) -> tuple[float, dict[str, object], str]:
    began = perf_counter()
    said = patron("replay", str(events), "--decide", "outbound", "--out", str(out), "--json")
    return perf_counter() - began, json.loads(said), hashlib.sha256(out.read_bytes()).hexdigest()


def patron(*arguments: str) -> str:
    command = [sys.executable, "-m", "cli.main", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", nargs="?", type=Path)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.events is None and not LOG.is_file():
        raise SystemExit(f"{LOG} is not there; name a file of events")
    result = measure(asked.events)
    print(json.dumps(result) if asked.json else "  ".join(f"{name} {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
