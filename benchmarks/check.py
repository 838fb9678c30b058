"""`patron check` of 1,000 rules: seconds in all, reading and logic included.

Run: python -m benchmarks.check [--json] [--rules N] [--keep FOLDER]. The rules are made up over the shipped facts,
segments and actions: a few conditions each, one in ten forbids, one in twenty boosts.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from authoring.checking import check, load
from cli.serving import ROOT
from engine.domain.facts import Fact, FactType
from engine.rulebook.model import Rulebook

RUNS = 3
SYSTEMS = ("connection", "products", "transactions", "operation", "service", "community")
EVENTS = ("order_completed", "visited", "product_viewed", "rated", "delivery_completed", "complaint_closed")
NUMBERS = {FactType.COUNT: "{}", FactType.DAYS: "{}", FactType.MONEY: "{}0 EUR"}
OPERATORS = ("at_least", "at_most", "more_than", "less_than")


def written(book: Rulebook, number: int, seed: int = 7) -> dict[str, str]:
    """The six files of rules, with `number` rules in all."""
    drawn = random.Random(seed)
    facts = [fact for name, fact in book.vocabulary.items() if name.startswith("customer.")]
    files: dict[str, list[str]] = {system: [] for system in SYSTEMS}
    for at in range(number):
        files[SYSTEMS[at % len(SYSTEMS)]].append(rule(at, book, facts, drawn))
    return {f"{system}.yaml": "rules:\n" + "".join(rules) for system, rules in files.items()}


def rule(at: int, book: Rulebook, facts: list[Fact], drawn: random.Random) -> str:
    if at % 10 == 9:
        then, trigger = f"forbid: {{group: {drawn.choice(list(book.actions.values())).group}}}", "[any]"
    elif at % 20 == 8:
        then, trigger = f"boost: {{action: {drawn.choice(list(book.actions))}, by: 1.5}}", "[any]"
    else:
        triggers = ["requested", drawn.choice(EVENTS)][drawn.randrange(2) :]
        then, trigger = f"recommend: {{action: {drawn.choice(list(book.actions))}}}", f"[{', '.join(triggers)}]"
    conditions = "".join(f"      {line}\n" for line in when(book, facts, drawn))
    return (
        f"  - id: rule-{at}\n    title: Rule {at}\n    serves: [S41]\n    status: live\n    owner: crm\n"
        f"    trigger: {trigger}\n    when:\n{conditions}    {then}\n"
    )


def when(book: Rulebook, facts: list[Fact], drawn: random.Random) -> Iterator[str]:
    chosen = drawn.sample(facts, drawn.randint(4, 8))
    yield from (condition(fact, drawn) for fact in chosen[:-3])
    yield "any:"
    yield from (f"  - {condition(fact, drawn)}" for fact in chosen[-3:-1])
    if drawn.random() < 0.4:
        yield "none:"
        yield f"  - segment: {drawn.choice(list(book.segments))}"


def condition(fact: Fact, drawn: random.Random) -> str:
    if fact.type in NUMBERS:
        number = NUMBERS[fact.type].format(drawn.randint(1, 60))
        return f"{fact.name}: {{{drawn.choice(OPERATORS)}: {number}}}"
    if fact.type is FactType.NUMBER:
        share = f"{drawn.randint(1, 99)} %" if fact.unit == "%" else f"0.{drawn.randint(1, 99):02}"
        return f"{fact.name}: {{{drawn.choice(OPERATORS)}: {share}}}"
    if fact.type is FactType.BOOLEAN:
        return f"{fact.name}: {drawn.choice(('yes', 'no'))}"
    words = drawn.sample(fact.values or ("kitchen", "email", "web", "store"), 2)
    if fact.type is FactType.SET:
        return f"{fact.name}: {{has_any: [{', '.join(words)}]}}"
    return f"{fact.name}: [{', '.join(words)}]"


def folder_of(target: Path, number: int) -> Path:
    """The shipped rulebook with other rules, without its tests."""
    shutil.copytree(ROOT / "rules", target, ignore=shutil.ignore_patterns("tests"))
    for name, text in written(load(ROOT / "rules"), number).items():
        (target / name).write_text(text)
    return target


def measure(number: int, keep: Path | None) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = folder_of(keep or Path(temporary) / "rules", number)
        begun = perf_counter()
        book, _ = check(folder)
        read = perf_counter() - begun
        if book is None:
            raise SystemExit("the rules that were made up have errors")
        begun = perf_counter()
        findings = check(folder, logic=True, now=0)[1]
        inside = perf_counter() - begun
        command = [sys.executable, "-m", "cli.main", "check", str(folder), "--json"]
        runs = sorted(timed(command) for _ in range(RUNS))
        return {
            "rules": number,
            "findings": len(findings),
            "reading_seconds": round(read, 2),
            "reading_and_logic_seconds": round(inside, 2),
            "command_seconds": round(runs[RUNS // 2], 2),
        }


def timed(command: list[str]) -> float:
    begun = perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rules", type=int, default=1000, help="how many (default 1000)")
    parser.add_argument("--keep", type=Path, help="write the rulebook here, and leave it")
    arguments = parser.parse_args()
    found = measure(arguments.rules, arguments.keep)
    if arguments.json:
        print(json.dumps(found))
    else:
        print("\n".join(f"{name}: {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
