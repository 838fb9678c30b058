"""Every decision of the example shop's history can be explained from its record, in both languages."""

from pathlib import Path

import orjson
import pytest

from cli.log_file import read_items
from engine.compiled.rulebook import Compiled
from engine.domain.decision import Decision
from engine.value.tiers import Snapshot
from explain import LANGUAGES, tell
from explain.refusals import sentence
from explain.speaker import Speaker
from runtime.bootstrap import compiled
from runtime.replay import Replay
from service import records
from service.explanation import Ask, explained, explanation_of
from service.live import Live
from tests.support.books import RULES

MOST_BYTES, MOST_LINES = 40_000, 120
"""An explanation in an answer, without everything, is smaller than this."""


@pytest.fixture(scope="module")
def rules() -> Compiled:
    return compiled(RULES, "reference")


@pytest.fixture(scope="module")
def decided(log: Path, rules: Compiled) -> list[Decision]:
    return list(Replay(rules).run(read_items(log, rules.rulebook.shop)))


@pytest.fixture(scope="module")
def kept(decided: list[Decision], rules: Compiled) -> list[Decision]:
    """As they are kept: what was written and read again."""
    live = Live(rules, Snapshot())
    return [records.decode(records.encode(one, None, live)).decision for one in decided]


def test_a_record_becomes_the_decision_that_it_was_made_of(decided: list[Decision], kept: list[Decision]) -> None:
    assert kept == decided


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_of_a_whole_history_has_a_sentence_of_its_own(
    kept: list[Decision], rules: Compiled, language: str
) -> None:
    explanations = [explanation_of(one, rules) for one in kept]
    told = {
        (dropped.reason, sentence(dropped.refusal, Speaker(language, one.setting)))
        for one in explanations
        for dropped in one.dropped
    }
    assert len({reason for reason, _ in told}) >= 4
    assert all(said for _, said in told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_decision_is_told_in_a_bounded_number_of_lines(
    kept: list[Decision], rules: Compiled, language: str
) -> None:
    for decision in kept[::7]:
        lines = tell(explanation_of(decision, rules), language)
        assert lines
        assert len(lines) < MOST_LINES


def test_an_explanation_in_an_answer_has_a_sane_size(kept: list[Decision], rules: Compiled) -> None:
    assert max(len(orjson.dumps(explained(decision, rules, Ask()))) for decision in kept[::7]) < MOST_BYTES


def test_a_rule_that_held_is_shown_with_the_conditions_that_hold(kept: list[Decision], rules: Compiled) -> None:
    for decision in kept[::7]:
        told = explanation_of(decision, rules)
        assert {one.rule for one in told.rules if one.held} == set(decision.matched)
        assert all(one.when.holds is one.held for one in told.rules)
