"""What docs/tables.md says of cells and tables is so: its examples are loaded, decided, exported and imported."""

import re
from functools import cache
from pathlib import Path

import pytest

from authoring.checking import check_texts
from engine.domain.facts import NEVER, Fact, FactType, Value
from engine.facts.tables import compile_table
from engine.rulebook.findings import render
from engine.rulebook.model import Rulebook
from engine.rulebook.predicates import predicate
from engine.rulebook.read.tables import parse_cell
from engine.rulebook.read.words import PICKS
from engine.rulebook.reference import holds
from engine.rulebook.values import parse_value
from tests.support.books import RULES
from tests.support.commands import folder_of, patron

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "tables.md").read_text(encoding="utf-8")
FENCED = re.findall(r"^```([^\n]*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
BLOCKS = {head.split(" ", 1)[1]: text for head, text in FENCED if head}
PLAIN = [text for head, text in FENCED if not head]
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in PAGE.splitlines() if line.startswith("| `")]
CELLS = [row for row in ROWS if len(row) == 4]
DECISIONS = [row for row in ROWS if len(row) == 3 and row[1].startswith("`") and ": " in row[1]]


def texts() -> dict[str, str]:
    """The shipped rules with the facts and the tables of the page."""
    shipped = {
        path.relative_to(RULES).as_posix(): path.read_text(encoding="utf-8")
        for path in RULES.rglob("*.yaml")
        if path.parent.name != "tests"
    }
    declared = BLOCKS["vocabulary.yaml"].removeprefix("facts:\n")
    shipped["vocabulary.yaml"] = shipped["vocabulary.yaml"].replace("facts:\n", f"facts:\n{declared}", 1)
    return {**shipped, **{name: text for name, text in BLOCKS.items() if name.startswith("tables/")}}


@cache
def book() -> Rulebook:
    rulebook, findings = check_texts(texts())
    assert rulebook is not None, render(findings)
    return rulebook


def named(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def value(text: str, fact: Fact) -> Value:
    """As the page writes it: {email, app} is a set."""
    if fact.type is FactType.SET:
        return frozenset(filter(None, text.strip("{}").split(", ")))
    if text in ("unknown", "never"):
        return None if text == "unknown" else NEVER
    return parse_value(text, fact, book().shop.currency)


@pytest.mark.parametrize("row", CELLS, ids=lambda row: row[0])
def test_a_cell_holds_for_what_the_page_says(row: list[str]) -> None:
    cell, name = named(row[0])[0], named(row[1])[0]
    fact = book().vocabulary[name]
    condition = parse_cell(cell, fact, book().shop.currency)
    for column, expected in ((2, True), (3, False)):
        for text in named(row[column]):
            actual = condition is None or holds(condition, {name: value(text, fact)}, {})
            assert actual is expected, text


@pytest.mark.parametrize("row", DECISIONS, ids=lambda row: f"{row[0]} {row[1]}")
def test_a_table_of_the_page_gives_what_it_says(row: list[str]) -> None:
    table = next(table for table in book().tables if table.id == named(row[0])[0])
    vocabulary = book().vocabulary
    facts = {name: value(text, vocabulary[name]) for name, text in (fact.split(": ", 1) for fact in named(row[1]))}
    decided = compile_table(table, lambda condition: predicate(condition, {})).decide(facts)
    assert decided == value(named(row[2])[0], vocabulary[table.decides])


def test_the_error_that_the_page_shows_is_the_one_that_comes() -> None:
    _, findings = check_texts({**texts(), "tables/care.yaml": BLOCKS["wrong/tables/care.yaml"]})
    assert render(findings) + "\n" in PLAIN


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "rules", texts())


def test_the_spreadsheet_of_the_page_is_the_one_that_is_exported(rules: Path) -> None:
    done = patron("table", "export", "care", "--rules", rules, "--out", rules.parent / "care.csv")
    assert done.exit_code == 0
    assert (rules.parent / "care.csv").read_text(encoding="utf-8-sig") == BLOCKS["care"]


def test_the_cells_that_the_page_shows_to_be_wrong_are_refused_so(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(rules.parent)
    Path("care.csv").write_text(BLOCKS["wrong care"], encoding="utf-8")
    done = patron("table", "import", "care.csv")
    assert (done.exit_code, done.stdout in PLAIN) == (1, True), done.stdout


def test_every_pick_is_explained() -> None:
    explained = {word for row in ROWS if len(row) == 2 for word in named(row[0])}
    assert set(PICKS) <= explained
