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

from engine.rulebook.matcher import build_matcher
from engine.rulebook.model import AllOf, Compare, Fact, FactType, Missing, Op, Rulebook, Value
from engine.rulebook.reference import ReferenceMatcher
from tests.support.matching import rule, rulebook

SIZES = (10, 100, 1_000)
ROUNDS = 7
SECONDS_PER_ROUND = 0.25
MAX_PER_ROUND = 200
MIN_PER_ROUND = 3
FACT_COUNT = 500
HOST_SHARD = 40
JSON_RULES_ENGINE = "json-rules-engine@7.3.1"

WORDS = {f"text{n}": tuple(f"word{n}{letter}" for letter in "abcdef") for n in range(5)}
WHOLE = {
    **{f"count{n}": 40 for n in range(4)},
    **{f"days{n}": 365 for n in range(2)},
    "money0": 100_000,
    "money1": 9_000,
}
DECIMALS = ("number0",)
BOOLEANS = ("boolean0", "boolean1")
SYMBOLS = {Op.IS: "==", Op.AT_LEAST: ">=", Op.AT_MOST: "<=", Op.LESS_THAN: "<", Op.MORE_THAN: ">"}
BOUNDS = (Op.AT_LEAST, Op.AT_MOST, Op.LESS_THAN, Op.MORE_THAN)

Test = tuple[str, Op, Any]
Rules = Sequence[Sequence[Test]]
Facts = dict[str, Value]
Evaluate = Callable[[Facts], frozenset[str]]


@dataclass
class Contender:
    """`evaluate(number of the fact)` gives nanoseconds and the numbers of the rules that match."""

    name: str
    evaluate: Callable[[int], tuple[int, frozenset[str]]]
    nanoseconds: list[int] = field(default_factory=list)


def random_rules(rnd: random.Random, count: int) -> list[list[Test]]:
    names = [*WORDS, *WHOLE, *DECIMALS, *BOOLEANS]
    return [[random_test(rnd, name) for name in rnd.sample(names, rnd.randint(3, 5))] for _ in range(count)]


def random_test(rnd: random.Random, name: str) -> Test:
    if name in WORDS or name in BOOLEANS:
        return name, Op.IS, random_value(rnd, name)
    return name, rnd.choice(BOUNDS), random_value(rnd, name)


def random_value(rnd: random.Random, name: str) -> Any:
    if name in WORDS:
        return rnd.choice(WORDS[name])
    if name in BOOLEANS:
        return rnd.random() < 0.5
    return round(rnd.random(), 2) if name in DECIMALS else rnd.randint(0, WHOLE[name])


def random_facts(rnd: random.Random) -> Facts:
    return {name: random_value(rnd, name) for name in (*WORDS, *WHOLE, *DECIMALS, *BOOLEANS)}


# ---- the contenders: each takes the rules and gives a function of the facts ----


def our_rulebook(rules: Rules) -> Rulebook:
    types = {
        **dict.fromkeys(WORDS, FactType.TEXT),
        **{name: FactType("count" if name[:5] == "count" else name[:-1]) for name in WHOLE},
        **dict.fromkeys(DECIMALS, FactType.NUMBER),
        **dict.fromkeys(BOOLEANS, FactType.BOOLEAN),
    }
    vocabulary = {name: Fact(name, kind, Missing.UNKNOWN, name) for name, kind in types.items()}
    written = [rule(str(n), AllOf(tuple(Compare(*test) for test in tests))) for n, tests in enumerate(rules)]
    return rulebook(written, vocabulary=vocabulary)


def patron(rules: Rules) -> Evaluate:
    matcher = build_matcher(our_rulebook(rules))
    return lambda facts: matcher.match("asked", facts)


def reference(rules: Rules) -> Evaluate:
    matcher = ReferenceMatcher(our_rulebook(rules))
    return lambda facts: matcher.match("asked", facts)


def zen_engine(rules: Rules) -> Evaluate:
    import zen

    names = [*WORDS, *WHOLE, *DECIMALS, *BOOLEANS]
    cells = []
    for number, tests in enumerate(rules):
        row = dict.fromkeys(names, "")
        row |= {name: json.dumps(value) if op is Op.IS else f"{SYMBOLS[op]} {value}" for name, op, value in tests}
        cells.append({"_id": str(number), **row, "rule": json.dumps(str(number))})
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": name, "name": name, "field": name} for name in names],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": cells,
    }
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in"},
        {"id": "table", "type": "decisionTableNode", "name": "table", "content": table},
        {"id": "out", "type": "outputNode", "name": "out"},
    ]
    edges = [
        {"id": "1", "sourceId": "in", "targetId": "table", "type": "edge"},
        {"id": "2", "sourceId": "table", "targetId": "out", "type": "edge"},
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    return lambda facts: frozenset(found["rule"] for found in decision.evaluate(facts)["result"] or ())


def json_logic(rules: Rules) -> Evaluate:
    from json_logic import jsonLogic

    compiled = [
        (str(number), {"and": [{SYMBOLS[op]: [{"var": name}, value]} for name, op, value in tests]})
        for number, tests in enumerate(rules)
    ]
    return lambda facts: frozenset(number for number, logic in compiled if jsonLogic(logic, facts))


def rule_engine(rules: Rules) -> Evaluate:
    from rule_engine import Rule

    compiled = [
        (str(number), Rule(" and ".join(f"{name} {SYMBOLS[op]} {json.dumps(value)}" for name, op, value in tests)))
        for number, tests in enumerate(rules)
    ]
    return lambda facts: frozenset(number for number, one in compiled if one.matches(facts))


def durable_host(rules: Rules) -> Evaluate:
    from durable.engine import Host, MessageNotHandledException

    names = {Op.AT_LEAST: "$gte", Op.AT_MOST: "$lte", Op.LESS_THAN: "$lt", Op.MORE_THAN: "$gt"}
    matched: set[str] = set()

    class QuietHost(Host):  # type: ignore[misc]
        def _run(self) -> None:
            """Without its timer threads, which would take results away."""

    def definition(number: int) -> dict[str, object]:
        tests = [{name: value} if op is Op.IS else {names[op]: {name: value}} for name, op, value in rules[number]]
        return {"all": [{"m": {"$and": tests}}], "run": lambda _: matched.add(str(number))}

    shards = [range(first, min(first + HOST_SHARD, len(rules))) for first in range(0, len(rules), HOST_SHARD)]
    host = QuietHost({f"shard{shard[0]}": {f"r{number}": definition(number) for number in shard} for shard in shards})

    def evaluate(facts: Facts) -> frozenset[str]:
        matched.clear()
        for shard in shards:
            fact = {"id": "x", "sid": "1", **facts}
            try:
                host.assert_fact(f"shard{shard[0]}", fact)
            except MessageNotHandledException:
                continue
            host.retract_fact(f"shard{shard[0]}", fact)
        return frozenset(matched)

    return evaluate


IN_PROCESS: dict[str, Callable[[Rules], Evaluate]] = {
    "patron": patron,
    "patron, reference matcher": reference,
    "durable_rules, Host": durable_host,
    "zen-engine": zen_engine,
    "json-logic": json_logic,
    "rule-engine": rule_engine,
}


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
