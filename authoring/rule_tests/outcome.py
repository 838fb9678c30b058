"""The outcome of a rule test."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from authoring.rule_tests.case import RuleTest, Step, Wording
from authoring.rule_tests.reading import Reading
from engine.decisioning.decide import build_facts, decide_on
from engine.decisioning.evaluation_context import EvaluationContext
from engine.domain.decision import Decision, Recommendation
from engine.domain.facts import Facts
from engine.domain.refusal import Refusal
from engine.rulebook.read.fields import Fields, text_of
from engine.rulebook.source import MapNode, Node
from engine.value.tiers import Snapshot

Difference = tuple[str, str]
"""The expected and the actual result."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with all its inputs. `used_up`: actions with nothing left.

    `complete`: the context contains all facts, some of them set by hand.
    """

    decision: Decision
    context: EvaluationContext
    snapshot: Snapshot
    used_up: Mapping[str, Refusal]
    complete: bool = False

    @property
    def given(self) -> list[Recommendation]:
        return [one for result in self.decision.results for one in result.recommendations]

    def in_language(self, language: str) -> list[Recommendation]:
        """What would have been recommended to a reader of this language."""
        trigger = replace(self.context.trigger, language=language)
        again = decide_on(self.snapshot, replace(self.context, trigger=trigger), self.used_up)
        return [one for result in again.results for one in result.recommendations]

    def facts(self) -> Facts:
        """Every declared fact at that moment."""
        on = self.context
        if self.complete:
            return on.facts
        return build_facts(on.compiled, self.snapshot, on.profile, on.trigger, on.now)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a test. `failures`: (expected, actual), in words; empty when it passed.

    `decided`: the decisions that the expectation concerns. For a scenario, those of the last `step` that ran,
    which is the failed one, if any, and `before` has all earlier decisions. `looked`: where only time
    passed and no timer fired, the hypothetical evaluation of the rules at its end.
    """

    test: RuleTest
    decided: tuple[Decided, ...]
    failures: tuple[Difference, ...]
    step: Step | None = None
    before: tuple[Decided, ...] = ()
    looked: tuple[Decided, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.failures

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions that the expectation concerns."""
        return tuple(one.decision for one in self.decided)

    @property
    def lived(self) -> tuple[Decided, ...]:
        """All decisions, in order of time."""
        return (*self.before, *self.decided)

    @property
    def matched(self) -> tuple[str, ...]:
        """The rules that matched at the failure, or at the end."""
        return tuple(sorted({rule for decision in self.decisions for rule in decision.matched}))

    @property
    def touched(self) -> frozenset[str]:
        """The rules that matched anywhere in the test."""
        return frozenset(rule for one in self.lived for rule in one.decision.matched)


# `text:` and `texts:` of an expectation: the first recommendation's text, as is or in several languages.


def read_wordings(reading: Reading, expect: Fields) -> tuple[Wording, ...]:
    """`text` tests the recommendation as it is, `texts` its text in each language."""
    node = expect.node("text")
    found = [] if node is None else _in_language(reading, node, None)
    for language, entry in expect.entries("texts"):
        reading.known("language", language, reading.book.shop.languages, entry.key.place)
        found += _in_language(reading, entry.node, language)
    return tuple(found)


def _in_language(reading: Reading, node: Node, language: str | None) -> list[Wording]:
    """A text contained in some field, or the text of each field."""
    if not isinstance(node, MapNode):
        return [Wording(text_of(reading.report, node), language)]
    known = {field.name for channel in reading.book.channels.values() for field in channel.fields}
    found = []
    for name, entry in node.entries.items():
        reading.known("field", name, known, entry.key.place)
        found += _of_field(reading, entry.node, name, language)
    return found


def _of_field(reading: Reading, node: Node, field: str, language: str | None) -> list[Wording]:
    if not isinstance(node, MapNode):
        return [Wording(text_of(reading.report, node), language, field)]
    fields = Fields(reading.report, node, "an expectation about a text", (), ("is", "has"))
    return [Wording(fields.text(key), language, field, key == "is") for key in ("is", "has") if fields.text(key)]
