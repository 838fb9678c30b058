"""Every decision of the example shop's history can be explained from its record, in both languages."""

from pathlib import Path

import orjson
import pytest

from cli.log_file import read_items
from engine.compiled import Compiled
from engine.decision import Decision
from engine.refusal import PARAMS
from engine.tiers import Snapshot
from explain import LANGUAGES, tell
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
def made(log: Path, rules: Compiled) -> list[Decision]:
    return list(Replay(rules).run(read_items(log, rules.rulebook.shop)))


@pytest.fixture(scope="module")
def decisions(made: list[Decision], rules: Compiled) -> list[Decision]:
    """As they are kept: what was written and read again."""
    live = Live(rules, Snapshot())
    return [records.decode(records.encode(decision, None, live)).decision for decision in made]


def test_a_record_becomes_the_decision_that_it_was_made_of(made: list[Decision], decisions: list[Decision]) -> None:
    assert decisions == made


def test_every_refusal_of_a_whole_history_is_told_with_its_numbers(decisions: list[Decision], rules: Compiled) -> None:
    told = [dropped for decision in decisions for dropped in explanation_of(decision, rules).dropped]
    assert len({dropped.reason for dropped in told}) >= 4
    assert [dropped for dropped in told if dropped.refusal.params is None] == []
    assert {type(dropped.refusal.params) for dropped in told} == {PARAMS[dropped.reason] for dropped in told}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_decision_is_told_in_a_bounded_number_of_lines(
    decisions: list[Decision], rules: Compiled, language: str
) -> None:
    for decision in decisions[::7]:
        lines = tell(explanation_of(decision, rules), language)
        assert lines
        assert len(lines) < MOST_LINES


def test_an_explanation_in_an_answer_has_a_sane_size(decisions: list[Decision], rules: Compiled) -> None:
    assert max(len(orjson.dumps(explained(decision, rules, Ask()))) for decision in decisions[::7]) < MOST_BYTES


def test_a_rule_that_held_is_shown_with_the_conditions_that_hold(decisions: list[Decision], rules: Compiled) -> None:
    for decision in decisions[::7]:
        told = explanation_of(decision, rules)
        assert {one.rule for one in told.rules if one.held} == set(decision.matched)
        assert all(one.when.holds is one.held for one in told.rules)
