"""The page of the strategy is complete, and what it names is there."""

import click
import pytest

from authoring.rule_tests.without import serving
from cli.main import main
from engine.rulebook.read.words import STATEMENTS
from scripts import strategy
from scripts.strategy import RULES, Statement
from tests.support.description import describe

ALL = [one for section in strategy.sections() for one in section.statements]
BOOK = strategy.shipped().rulebook
FACTS = {name for name in BOOK.vocabulary if not name.startswith("history.")}
TABLES = {table.id for table in BOOK.tables}
CLAIMED = sorted(number for number in STATEMENTS if serving(BOOK, (number,)))
"""The statements that rules claim to serve: read off the rules, so that collecting tests does not run them."""


def test_every_statement_stands_there_once_and_in_order() -> None:
    numbers = [one.number for one in ALL]
    assert numbers == sorted(STATEMENTS, key=lambda number: int(number[1:]))


def test_no_statement_is_served_by_nothing() -> None:
    assert strategy.gaps() == []


@pytest.mark.parametrize("statement", ALL, ids=lambda statement: statement.number)
def test_each_is_one_sentence(statement: Statement) -> None:
    assert statement.says.endswith(".")
    assert statement.says.count(". ") == 0


@pytest.mark.parametrize("statement", ALL, ids=lambda statement: statement.number)
def test_what_serves_a_statement_is_there(statement: Statement) -> None:
    assert set(statement.facts) <= FACTS
    assert set(statement.tables) <= TABLES
    assert [name for name in statement.files if not (RULES / name).is_file()] == []
    assert [words for words in statement.commands if not is_command(words)] == []
    assert set(statement.http) <= set(describe()["paths"])


def is_command(words: str) -> bool:
    command: click.Command | None = main
    for word in words.split():
        command = command.get_command(click.Context(command), word) if isinstance(command, click.Group) else None
    return command is not None


@pytest.mark.parametrize("statement", CLAIMED)
def test_a_statement_with_rules_has_a_scenario_that_fails_without_them(statement: str) -> None:
    found = strategy.tested()[statement]
    assert found.scenarios, f"no scenario fails without {', '.join(found.rules)}"
