"""A rulebook made ready for decisions: matcher, predicates and templates, compiled once, read-only afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.content import CompiledTreatment, compile_treatment
from engine.facts import BUILT_IN
from engine.profile.counters import Plans, plan
from engine.rulebook.conditions import comparisons, predicate
from engine.rulebook.model import FactType, Matcher, Rule, Rulebook, Value
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
    counters: Plans
    tables: tuple[CompiledTable, ...]
    treatments: Mapping[str, tuple[CompiledTreatment, ...]]
    rules: Mapping[str, tuple[Rule, ...]]
    named: Mapping[str, tuple[str, ...]]


def prepare(book: Rulebook, matcher: Matcher) -> Compiled:
    """Make a rulebook ready for decisions. Do this after fork: a matcher may hold native state."""
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
        counters=plan(book.counters),
        tables=tuple(compile_table(t, lambda cells: predicate(cells, book.segments)) for t in book.tables),
        treatments={a.id: tuple(compile_treatment(t, book) for t in a.treatments) for a in book.actions.values()},
        rules={key: tuple(rules) for key, rules in by_trigger.items()},
        named={key: _named_by(rules, book) for key, rules in by_trigger.items()},
    )


def _named_by(rules: list[Rule], book: Rulebook) -> tuple[str, ...]:
    """Every fact that these rules test, through their segments too."""
    return tuple(sorted({c.fact for rule in rules for c in comparisons(rule.when, book.segments)}))
