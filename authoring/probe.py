"""Tries a rulebook before it is used: `python -m authoring.probe [check] [durable]`.

It reads a packed bundle. To be run in a child process with a time limit: what durable_rules cannot take ends or hangs
that process and nothing else. Ends with 0 when all is well; with `WRONG` and the findings when the rulebook has errors
(`check`: those of overlapping table rows, too); with 1 and a line for each difference when the compiled rules
(`durable`) give another answer than the written ones.
"""

import sys
from collections.abc import Iterator, Mapping
from threading import Lock

from authoring.checking import check_texts
from engine.domain.facts import Facts, FactType, Value
from engine.rulebook.bundle import unpack
from engine.rulebook.condition import Op
from engine.rulebook.findings import render
from engine.rulebook.loader import load_stored
from engine.rulebook.matcher import DurableMatcher
from engine.rulebook.model import Rule, Rulebook
from engine.rulebook.predicates import comparisons
from engine.rulebook.reference import ReferenceMatcher, rules_by_trigger
from runtime.matchers import WRONG


def probe(rulebook: Rulebook) -> list[str]:
    """Where the compiled rules differ from the written ones; empty when nowhere.

    Each trigger is tried with nothing known, with the defaults, and with the values that each of its rules names.
    """
    reference = ReferenceMatcher(rulebook)
    durable = DurableMatcher(rulebook, Lock)
    differences: list[str] = []
    try:
        for trigger, rules in rules_by_trigger(rulebook).items():
            for said, facts in _samples(rulebook, rules):
                wrong = durable.match(trigger, facts) ^ reference.match(trigger, facts)
                if wrong:
                    differences.append(f"{trigger}, {said}: {', '.join(sorted(wrong))}")
    finally:
        durable.close()
    return differences


def _samples(rulebook: Rulebook, rules: tuple[Rule, ...]) -> Iterator[tuple[str, Facts]]:
    defaults: Mapping[str, Value] = {name: fact.default for name, fact in rulebook.vocabulary.items()}
    yield "nothing known", dict.fromkeys(defaults)
    yield "defaults", defaults
    for rule in rules:
        yield f"values of {rule.id}", {**defaults, **_named_values(rulebook, rule)}


def _named_values(rulebook: Rulebook, rule: Rule) -> dict[str, Value]:
    """For each fact that the rule tests a value that it names, where it names one."""
    values: dict[str, Value] = {}
    for found in comparisons(rule.when, rulebook.segments):
        if found.op is Op.KNOWN:
            continue
        value = found.value[0] if isinstance(found.value, tuple) else found.value
        is_set = rulebook.vocabulary[found.fact].type is FactType.SET
        values.setdefault(found.fact, frozenset({value}) if is_set else value)
    return values


def main(asked: list[str]) -> int:
    """What is asked of the bundle that stands on the standard input: `check`, `durable`."""
    files = unpack(sys.stdin.buffer.read())
    book, findings = check_texts(files) if "check" in asked else load_stored(files)
    if book is None:
        sys.stderr.write(render(findings) + "\n")
        return WRONG
    differences = probe(book) if "durable" in asked else []
    sys.stderr.writelines(f"{line}\n" for line in differences)
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
