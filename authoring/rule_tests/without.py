"""Necessity: the tests that fail without the rules of a strategy statement."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from authoring.rule_tests.case import RuleTest
from authoring.rule_tests.outcome import Outcome
from engine.compiled.rulebook import Compiled, prepare
from engine.domain.facts import Facts
from engine.rulebook.model import Forbid, Matcher, Rulebook

Run = Callable[[RuleTest, Compiled], Outcome]
"""Runs one test on these rules."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A statement with the rules that serve it, and the tests that fail without them."""

    statement: str
    rules: tuple[str, ...]
    failed: tuple[Outcome, ...]

    @property
    def scenarios(self) -> tuple[Outcome, ...]:
        """The failed tests that are scenarios."""
        return tuple(outcome for outcome in self.failed if outcome.test.steps)


def serving(book: Rulebook, statements: Sequence[str]) -> tuple[str, ...]:
    """The effective rules that serve one of these statements: drafts and retired rules are never evaluated."""
    return tuple(
        rule.id
        for rule in book.rules.values()
        if rule.status in ("live", "shadow") and not set(statements).isdisjoint(rule.serves)
    )


def without(compiled: Compiled, rules: Sequence[str]) -> Compiled:
    """The same rulebook without these rules."""
    left = {name: rule for name, rule in compiled.rulebook.rules.items() if name not in rules}
    return prepare(replace(compiled.rulebook, rules=left), _Fewer(compiled.matcher, frozenset(rules)))


def missed(outcomes: Sequence[Outcome], compiled: Compiled, run: Run) -> Iterator[Missed]:
    """Each statement that claims rules. `outcomes`: of all tests with all rules; failed tests are ignored."""
    book = compiled.rulebook
    statements = {name for rule in book.rules.values() for name in rule.serves}
    for statement in sorted(statements, key=lambda name: int(name[1:])):
        rules = serving(book, (statement,))
        if rules:
            yield Missed(statement, rules, tuple(_failing(outcomes, compiled, rules, run)))


def _failing(outcomes: Sequence[Outcome], compiled: Compiled, rules: Sequence[str], run: Run) -> Iterator[Outcome]:
    fewer = without(compiled, rules)
    for outcome in outcomes:
        if outcome.passed and _may_differ(outcome, rules, compiled.rulebook):
            again = run(outcome.test, fewer)
            if not again.passed:
                yield again


def _may_differ(outcome: Outcome, rules: Sequence[str], book: Rulebook) -> bool:
    """A rule that never matched changes nothing; but a forbid may change which timers of a scenario fire."""
    forbids = any(isinstance(book.rules[rule].then, Forbid) for rule in rules)
    return (forbids and bool(outcome.test.steps)) or not outcome.touched.isdisjoint(rules)


class _Fewer:
    """A matcher that does not know some of its rules."""

    def __init__(self, matcher: Matcher, left_out: frozenset[str]) -> None:
        self.name = matcher.name
        self._matcher = matcher
        self._left_out = left_out

    def match(self, trigger: str, facts: Facts) -> frozenset[str]:
        return self._matcher.match(trigger, facts) - self._left_out
