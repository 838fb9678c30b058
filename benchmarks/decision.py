"""One pure decision with the shipped rulebook: p50 and p99 in microseconds, over customers of the example shop.

Run: python -m benchmarks.decision [--json]. The decisions are on the shop's own last events and on requests for every
placement; profiles are what the shop's history made of them. Nothing is read or written while the clock runs.
"""

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks.probing import probe, shop_log
from benchmarks.services import PRESENT


def measure() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        found = probe(PRESENT, "decision", shop_log(PRESENT, Path(folder) / "shop.jsonl"))
    wanted = ("matcher", "rules", "with_recommendation", "p50_us", "p99_us")
    return {"decisions": found["operations"], **{name: found[name] for name in wanted}, "CPU_us": found["cpu_us"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    result = measure()
    print(json.dumps(result) if asked.json else "  ".join(f"{name} {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
