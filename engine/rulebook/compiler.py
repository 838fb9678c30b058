"""Compiles the rules of one trigger into small rulesets for durable_rules, within what is safe there.

What is written becomes alternatives of conjunctions (`conditions`), facts become small whole numbers (`columns`), and a
conjunction becomes tests `property op number`. Equal tests come first and stand side by side, so that the engine shares
them: that halves its work.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from engine.rulebook.columns import Codes, Columns, Test
from engine.rulebook.condition import Condition
from engine.rulebook.conditions import Conjunction, Literal, Predicate, alternatives, without_places
from engine.rulebook.model import Facts, Rule, Rulebook
from engine.rulebook.reference import rules_by_trigger

MAX_CONJUNCTIONS: Final = 60
"""Of one ruleset. Where more than 64 match at once the engine loses the evaluation."""
MAX_PROPERTIES: Final = 200
"""Of one message. The engine refuses more than 252."""
MAX_LITERALS: Final = 64
"""Of one conjunction; a rule with a longer one is evaluated in Python."""

SID: Final = "1"
"""The one state of every ruleset."""
RETRACT: Final = f'{{"id":"x","sid":"{SID}"}}'
"""Retracts the one fact that is ever asserted."""
_OPENED: Final = RETRACT[:-1]
WARM_UP: Final = f'{_OPENED},"w":1}}'
WARM_UP_RULE: Final = "w"
"""A fact and a rule besides its own that every ruleset has: the fact matches only this rule."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One ruleset. `fragments`: of each column it uses, the part of the message by code. `rules`: their ids; the engine
    knows them by their numbers."""

    ruleset: str
    fragments: tuple[tuple[int, tuple[str, ...]], ...]
    rules: tuple[str, ...]

    def message(self, codes: Sequence[int]) -> str:
        """The fact to assert for these codes, one per column of the program."""
        return _OPENED + "".join([parts[codes[column]] for column, parts in self.fragments]) + "}"


@dataclass(frozen=True, slots=True)
class Program:
    """A trigger's rules, compiled. `always`: ids of those that hold for any facts. Columns: facts, then predicates."""

    always: frozenset[str]
    facts: tuple[str, ...]
    codings: tuple[Codes, ...]
    predicates: tuple[Predicate, ...]
    shards: tuple[Shard, ...]

    def codes(self, facts: Facts) -> list[int]:
        """The code of every column for these facts."""
        found = [codes[value] for codes, value in zip(self.codings, map(facts.get, self.facts), strict=True)]
        found += [holds(facts) for holds in self.predicates]
        return found


def compile_rulebook(rulebook: Rulebook) -> dict[str, Program]:
    """A program per trigger key that live or test rules have."""
    return {key: _compile(rulebook, rules) for key, rules in rules_by_trigger(rulebook).items()}


def _compile(rulebook: Rulebook, rules: Sequence[Rule]) -> Program:
    written = {rule.id: _bounded(rule.when) for rule in rules}
    always = frozenset(rule for rule, conjunctions in written.items() if frozenset() in conjunctions)
    pairs = [(rule, found) for rule, conjunctions in written.items() if rule not in always for found in conjunctions]
    columns = Columns((literal for _, found in pairs for literal in found), rulebook.vocabulary, rulebook.segments)
    tests = [(rule, frozenset(test for literal in found for test in columns.tests(literal))) for rule, found in pairs]
    shards = tuple(_shard(part, columns) for part in _parts(_shared_first(tests)))
    names, codings = tuple(fact for fact, _ in columns.facts), tuple(codes for _, codes in columns.facts)
    return Program(always, names, codings, columns.predicates, shards)


def _bounded(when: Condition) -> list[Conjunction]:
    conjunctions = alternatives(when)
    if any(len(conjunction) > MAX_LITERALS for conjunction in conjunctions):
        return [frozenset({Literal(without_places(when), True)})]
    return conjunctions


_Conjunction = tuple[str, tuple[Test, ...]]
"""A rule's id and the tests that must all hold."""


def _shared_first(conjunctions: Sequence[tuple[str, frozenset[Test]]]) -> list[_Conjunction]:
    """Within each the most frequent test first, and all in the order of their tests."""
    uses = Counter(test for _, tests in conjunctions for test in tests)
    ordered = [(rule, tuple(sorted(tests, key=lambda test: (-uses[test], test)))) for rule, tests in conjunctions]
    return sorted(ordered, key=lambda pair: [(-uses[test], test) for test in pair[1]])


def _parts(conjunctions: Sequence[_Conjunction]) -> Iterator[list[_Conjunction]]:
    """In order, cut where a ruleset or its message would grow too large."""
    part: list[_Conjunction] = []
    properties: set[str] = set()
    for rule, tests in conjunctions:
        more = properties | {test.property for test in tests}
        if part and (len(part) == MAX_CONJUNCTIONS or len(more) > MAX_PROPERTIES):
            yield part
            part, more = [], {test.property for test in tests}
        part.append((rule, tests))
        properties = more
    if part:
        yield part


def _shard(part: Sequence[_Conjunction], columns: Columns) -> Shard:
    rules = {
        str(number): {"all": [{"m": {"$and": [test.to_json() for test in tests]}}]}
        for number, (_, tests) in enumerate(part)
    }
    used: dict[int, set[str]] = {}
    for _, tests in part:
        for test in tests:
            used.setdefault(test.column, set()).add(test.property)
    return Shard(
        ruleset=json.dumps({**rules, WARM_UP_RULE: {"all": [{"m": {"w": 1}}]}}),
        fragments=tuple((column, columns.fragments(column, sorted(used[column]))) for column in sorted(used)),
        rules=tuple(rule for rule, _ in part),
    )
