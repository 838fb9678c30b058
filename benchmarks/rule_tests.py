"""`patron test` of 1,000 tests as a process: the shipped ones, told again under other names until there are so many.

Run: python -m benchmarks.rule_tests [--json] [--tests N]. What is measured is the command with all that it does: start,
rules read and compiled, tests read and run, and the same with what --coverage and --junit add.
"""

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parent.parent
RULES = ROOT / "rules"
RUNS = 3
_NAME = re.compile(r"^(  - test: *)(.+)$", re.MULTILINE)


def multiplied(folder: Path, wanted: int) -> int:
    """The shipped rules in `folder`, with at least so many tests; how many there are."""
    shutil.copytree(RULES, folder)
    files = {path.name: path.read_text(encoding="utf-8") for path in (RULES / "tests").glob("*.yaml")}
    shipped = sum(len(_NAME.findall(text)) for text in files.values())
    times = -(-wanted // shipped)
    for again in range(2, times + 1):
        for name, text in files.items():
            tests = "tests:" + text.partition("\ntests:")[2] if "\ntests:" in text else text
            named = _NAME.sub(partial(_named_again, again), tests)
            (folder / "tests" / f"{again}-{name}").write_text(named, encoding="utf-8")
    return shipped * times


def _named_again(again: int, found: re.Match[str]) -> str:
    return f"{found[1]}{_renamed(found[2], again)}"


def _renamed(name: str, again: int) -> str:
    """Another name, in quotes where it was."""
    return f"{name[:-1]} ({again}){name[-1]}" if name[-1] in "\"'" and name[0] == name[-1] else f"{name} ({again})"


def seconds(*arguments: str) -> float:
    """Of one call of the command, which must succeed."""
    start = perf_counter()
    subprocess.run([sys.executable, "-m", "cli.main", "test", *arguments], cwd=ROOT, check=True, capture_output=True)
    return perf_counter() - start


def measure(wanted: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "rules"
        tests = multiplied(folder, wanted)
        plain = [seconds(str(folder)) for _ in range(RUNS)]
        full = [seconds(str(folder), "--coverage", "--junit", f"{made}/out.xml") for _ in range(RUNS)]
    return {
        "tests": tests,
        "seconds": round(statistics.median(plain), 2),
        "seconds_with_coverage_and_junit": round(statistics.median(full), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tests", type=int, default=1000)
    asked = parser.parse_args()
    result = measure(asked.tests)
    if asked.json:
        print(json.dumps(result))
    else:
        print("  ".join(f"{name} {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
