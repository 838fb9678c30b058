"""Tries a rulebook on durable_rules before anybody depends on it: `python -m runtime.probe`.

It reads a packed bundle. To be run in a child process with a time limit: what durable_rules cannot take ends or hangs
that process and nothing else. Ends with 0 when the compiled rules gave what the written ones say, else with 1 and a
line for each difference.
"""

import sys
from collections.abc import Iterator, Mapping
from threading import Lock

from authoring.checking import check_texts
from engine.rulebook.bundle import unpack
from engine.rulebook.condition import Op
from engine.rulebook.findings import RulebookError
from engine.rulebook.matcher import DurableMatcher
from engine.rulebook.model import Facts, FactType, Rule, Rulebook, Value
from engine.rulebook.predicates import comparisons
from engine.rulebook.reference import ReferenceMatcher, rules_by_trigger


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


def main() -> int:
    """Probe the bundle that stands on the standard input."""
    book, findings = check_texts(unpack(sys.stdin.buffer.read()))
    if book is None:
        raise RulebookError(findings)
    differences = probe(book)
    sys.stderr.writelines(f"{line}\n" for line in differences)
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
