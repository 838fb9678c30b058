"""Every decision of the example shop's history can be explained from its record, in both languages."""

from pathlib import Path

import orjson
import pytest
from explain.details import PLAIN
from service.recorded import decision_of

from cli.log_file import read_items
from engine.compiled import Compiled
from explain import LANGUAGES, tell
from runtime.bootstrap import compiled
from runtime.replay import Replay
from service.explanation import Ask, explained, explanation_of
from service.records import Record, of_decision
from tests.support.books import RULES

MOST_BYTES, MOST_LINES = 40_000, 120
"""An explanation in an answer, without everything, is smaller than this."""


@pytest.fixture(scope="module")
def rules() -> Compiled:
    return compiled(RULES, "reference")


@pytest.fixture(scope="module")
def records(log: Path, rules: Compiled) -> list[Record]:
    """As they are kept: what was written and read again."""
    decided = Replay(rules).run(read_items(log, rules.rulebook.shop))
    return [orjson.loads(orjson.dumps(record)) for record in decided]


def test_a_record_becomes_the_decision_that_it_was_made_of(records: list[Record], rules: Compiled) -> None:
    for record in records:
        again = orjson.loads(orjson.dumps(of_decision(decision_of(record, rules))))
        assert again.items() <= record.items()


def test_every_refusal_of_a_whole_history_is_told_with_its_numbers(records: list[Record], rules: Compiled) -> None:
    told = [dropped for record in records for dropped in explanation_of(record, rules).dropped]
    assert len({dropped.reason for dropped in told}) >= 4
    assert [dropped.detail for dropped in told if dropped.said.message == PLAIN] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_decision_is_told_in_a_bounded_number_of_lines(
    records: list[Record], rules: Compiled, language: str
) -> None:
    for record in records[::7]:
        lines = tell(explanation_of(record, rules), language)
        assert lines
        assert len(lines) < MOST_LINES


def test_an_explanation_in_an_answer_has_a_sane_size(records: list[Record], rules: Compiled) -> None:
    assert max(len(orjson.dumps(explained(record, rules, Ask()))) for record in records[::7]) < MOST_BYTES


def test_a_rule_that_held_is_shown_with_the_conditions_that_hold(records: list[Record], rules: Compiled) -> None:
    for record in records[::7]:
        told = explanation_of(record, rules)
        assert {one.rule for one in told.rules if one.held} == set(record["matched"])
        assert all(one.when.holds is one.held for one in told.rules)
