"""What came of a rule test."""

from dataclasses import dataclass

from engine.decision import Decision
from engine.rule_tests.case import RuleTest, Step
from engine.rule_tests.differences import Difference


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a test. `failures`: (what was expected, what was got), in words; empty when it passed.

    `decisions`: what the expectation was about. Of a story it is that of the last `step` that was lived through, which
    is the one that failed where something did, and `before` has all the decisions until then.
    """

    test: RuleTest
    decisions: tuple[Decision, ...]
    failures: tuple[Difference, ...]
    step: Step | None = None
    before: tuple[Decision, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.failures

    @property
    def matched(self) -> tuple[str, ...]:
        """The rules that matched where it failed, or at the end."""
        return tuple(sorted({rule for decision in self.decisions for rule in decision.matched}))

    @property
    def touched(self) -> frozenset[str]:
        """The rules that matched anywhere in it."""
        return frozenset(rule for decision in (*self.before, *self.decisions) for rule in decision.matched)
