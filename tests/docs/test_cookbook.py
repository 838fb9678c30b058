"""Every recipe of the cookbook is checked as it stands, and does what its tests say."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import main
from tests.support.guide import PAGES, Piece, rulebook, sections

RECIPES = list(sections(PAGES / "cookbook.md"))
FEWEST = 15


def test_there_are_fifteen_recipes_or_more() -> None:
    assert len(RECIPES) >= FEWEST


@pytest.mark.parametrize(("name", "blocks"), RECIPES, ids=[name for name, _ in RECIPES])
def test_a_recipe_has_no_finding_and_its_tests_pass(name: str, blocks: list[Piece], tmp_path: Path) -> None:
    assert [block.line for block in blocks if not block.file] == []
    folder = rulebook(tmp_path / "rules", blocks)
    tested = CliRunner().invoke(main, ["test", str(folder)], catch_exceptions=False)
    assert tested.exit_code == 0, f"{name}: {tested.output}"
    checked = CliRunner().invoke(main, ["check", str(folder), "--json"], catch_exceptions=False)
    assert checked.exit_code == 0, f"{name}: {checked.output}"


@pytest.mark.parametrize(("name", "blocks"), RECIPES, ids=[name for name, _ in RECIPES])
def test_a_recipe_says_when_it_does_nothing_too(name: str, blocks: list[Piece]) -> None:
    tests = "".join(block.text for block in blocks if block.file.startswith("tests/"))
    assert tests.count("- test:") + tests.count("- after:") >= 2, name
