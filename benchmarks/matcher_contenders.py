"""The rules and facts of benchmarks/matcher.py, and every matcher in this process that takes them."""

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from engine.domain.facts import Fact, FactType, Missing, Value
from engine.rulebook.condition import AllOf, Compare, Op
from engine.rulebook.model import Rulebook
from engine.rulebook.reference import ReferenceMatcher
from runtime.matchers import build_matcher
from tests.support.matching import rule, rulebook

HOST_SHARD = 40

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
    matcher = build_matcher(our_rulebook(rules), remembered=0)
    return lambda facts: matcher.match("requested", facts)


def reference(rules: Rules) -> Evaluate:
    matcher = ReferenceMatcher(our_rulebook(rules))
    return lambda facts: matcher.match("requested", facts)


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
