"""A rulebook made ready for decisions: matcher, predicates and templates, compiled once, read-only afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.content import CompiledTreatment, compile_treatment
from engine.facts import BUILT_IN
from engine.rulebook.model import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Facts,
    FactType,
    InSegment,
    Matcher,
    NoneOf,
    Rule,
    Rulebook,
    Value,
)
from engine.tables import CompiledTable, compile_table


@dataclass(frozen=True, slots=True)
class Compiled:
    """What `decide` works with. `named` are the facts that the rules of a trigger key test (for the record)."""

    rulebook: Rulebook
    matcher: Matcher
    defaults: Mapping[str, Value]
    undeclared: frozenset[str]
    types: Mapping[str, FactType]
    groups: Mapping[str, tuple[str, ...]]
    tables: tuple[CompiledTable, ...]
    treatments: Mapping[str, tuple[CompiledTreatment, ...]]
    rules: Mapping[str, tuple[Rule, ...]]
    named: Mapping[str, tuple[str, ...]]


def compile_rulebook(
    book: Rulebook, matcher: Matcher, predicate: Callable[[Condition], Callable[[Facts], bool]]
) -> Compiled:
    """Make a rulebook ready. Do this after fork: a matcher may hold native state."""
    groups: dict[str, list[str]] = {}
    for action in book.actions.values():
        groups.setdefault(action.group, []).append(action.id)
    by_trigger: dict[str, list[Rule]] = {}
    for rule in book.rules.values():
        if rule.status in ("live", "test"):
            for trigger in rule.trigger:
                by_trigger.setdefault(trigger.key, []).append(rule)
    return Compiled(
        rulebook=book,
        matcher=matcher,
        defaults={name: fact.default for name, fact in book.vocabulary.items()},
        undeclared=BUILT_IN - book.vocabulary.keys(),
        types={name: fact.type for name, fact in book.vocabulary.items()},
        groups={group: tuple(actions) for group, actions in groups.items() if group not in book.actions},
        tables=tuple(compile_table(table, predicate) for table in book.tables),
        treatments={a.id: tuple(compile_treatment(t, book) for t in a.treatments) for a in book.actions.values()},
        rules={key: tuple(rules) for key, rules in by_trigger.items()},
        named={key: _named_by(rules, book) for key, rules in by_trigger.items()},
    )


def _named_by(rules: list[Rule], book: Rulebook) -> tuple[str, ...]:
    names: set[str] = set()
    for rule in rules:
        names |= named_facts(rule.when, book.segments)
    return tuple(sorted(names))


def named_facts(condition: Condition, segments: Mapping[str, Condition]) -> set[str]:
    """Every fact that a condition tests, through its segments too."""
    match condition:
        case Compare(fact=fact):
            return {fact}
        case InSegment(segment=segment):
            return named_facts(segments[segment], segments)
        case AllOf(items=items) | AnyOf(items=items) | NoneOf(items=items):
            return {name for item in items for name in named_facts(item, segments)}
