"""How long it takes to find every rule that holds for a customer: our matcher and others, side by side in one run.

    python benchmarks/matcher.py [--json] [--node-modules DIRECTORY]

The same random rules (3 to 5 conditions over 16 facts that are all known) and facts for each. Rounds are interleaved,
so that a slow moment of the machine meets all of them. Every evaluated fact must match the same rules everywhere, or
the run fails. A matcher that is not installed here is left out and named. json-rules-engine is installed with npm into
a temporary folder unless its node_modules folder is given.
"""

import argparse
import json
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.matcher_contenders import (
    IN_PROCESS,
    Evaluate,
    Facts,
    Rules,
    our_rulebook,
    random_facts,
    random_rules,
    reference,
)
from runtime.matchers import build_matcher

SIZES = (10, 100, 1_000)
ROUNDS = 7
SECONDS_PER_ROUND = 0.25
MAX_PER_ROUND = 200
MIN_PER_ROUND = 3
FACT_COUNT = 500
JSON_RULES_ENGINE = "json-rules-engine@7.3.1"


@dataclass
class Contender:
    """`evaluate(number of the fact)` gives nanoseconds and the numbers of the rules that match."""

    name: str
    evaluate: Callable[[int], tuple[int, frozenset[str]]]
    nanoseconds: list[int] = field(default_factory=list)


def timed(name: str, evaluate: Evaluate, facts: Sequence[Facts]) -> Contender:
    def measure(number: int) -> tuple[int, frozenset[str]]:
        fact = facts[number]
        start = time.perf_counter_ns()
        found = evaluate(fact)
        return time.perf_counter_ns() - start, found

    return Contender(name, measure)


# ---- json-rules-engine, in a process of Node that takes its own time ----


@contextmanager
def node_contender(modules: Path, rules: Rules, facts: Sequence[Facts]) -> Iterator[Contender]:
    script = Path(__file__).with_name("node_rules_engine.mjs")
    command = ["node", str(script), str(modules)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps({"rules": rules, "facts": facts}) + "\n")

        def evaluate(number: int) -> tuple[int, frozenset[str]]:
            assert process.stdin and process.stdout
            process.stdin.write(f"{number}\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            return answer["nanoseconds"], frozenset(answer["rules"])

        yield Contender("json-rules-engine (Node)", evaluate)
        process.stdin.close()


def node_modules(given: str | None, folder: Path) -> Path | str:
    """Where json-rules-engine is, or why it is not."""
    if given:
        return Path(given).resolve()
    if not shutil.which("node") or not shutil.which("npm"):
        return "node or npm is not installed"
    command = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder), JSON_RULES_ENGINE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return folder / "node_modules" if done.returncode == 0 else f"npm could not install {JSON_RULES_ENGINE}"


# ---- the run ----


def measure(contenders: Sequence[Contender], expected: Sequence[frozenset[str]]) -> None:
    """Interleaved rounds; fails at the first answer that differs from the reference."""
    share = {one.name: per_round(one.evaluate(0)[0], one.evaluate(1)[0]) for one in contenders}
    for round_number in range(ROUNDS):
        for one in contenders:
            for step in range(share[one.name]):
                number = (round_number * MAX_PER_ROUND + step) % len(expected)
                nanoseconds, found = one.evaluate(number)
                if found != expected[number]:
                    raise SystemExit(f"{one.name} disagrees on fact {number}: {sorted(found ^ expected[number])}")
                one.nanoseconds.append(nanoseconds)


def per_round(*nanoseconds: int) -> int:
    return max(MIN_PER_ROUND, min(MAX_PER_ROUND, int(SECONDS_PER_ROUND * 1e9 / min(nanoseconds))))


def run(size: int, modules: Path | str, left_out: dict[str, str]) -> dict[str, Any]:
    rnd = random.Random(size)
    rules = random_rules(rnd, size)
    facts = [random_facts(rnd) for _ in range(FACT_COUNT)]
    truth = reference(rules)
    expected = [truth(fact) for fact in facts]
    contenders = []
    with ExitStack() as stack:
        for name, build in IN_PROCESS.items():
            try:
                contenders.append(timed(name, build(rules), facts))
            except ImportError as error:
                left_out[name] = str(error)
        if isinstance(modules, Path):
            contenders.append(stack.enter_context(node_contender(modules, rules, facts)))
        else:
            left_out["json-rules-engine (Node)"] = modules
        measure(contenders, expected)
    return {
        "rules": size,
        "mean_matches": statistics.mean(map(len, expected)),
        "p50_us": {one.name: statistics.median(one.nanoseconds) / 1_000 for one in contenders},
        "evaluations": {one.name: len(one.nanoseconds) for one in contenders},
    }


def table(results: Sequence[dict[str, Any]]) -> str:
    names = list(results[0]["p50_us"])
    lines = ["| p50 per evaluation, us | " + " | ".join(f"{found['rules']} rules" for found in results) + " |"]
    lines.append("|---" * (len(results) + 1) + "|")
    for name in names:
        lines.append(f"| {name} | " + " | ".join(f"{found['p50_us'][name]:,.1f}" for found in results) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the matcher beside others.")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--node-modules", help="folder in which npm installed json-rules-engine")
    options = parser.parse_args()
    left_out: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        modules = node_modules(options.node_modules, Path(folder))
        results = [run(size, modules, left_out) for size in SIZES]
    ran_on = {
        "matcher": build_matcher(our_rulebook(())).name,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    if options.json:
        print(json.dumps({"ran_on": ran_on, "results": results, "left_out": left_out}, indent=2))
        return
    print(
        f"patron runs on {ran_on['matcher']}; Python {ran_on['python']}, {ran_on['machine']}; all agree on all matches"
    )
    print(table(results))
    for name, reason in left_out.items():
        print(f"left out: {name}: {reason}")


if __name__ == "__main__":
    main()
