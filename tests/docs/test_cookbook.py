"""Every recipe of the cookbook is checked as it stands, and does what its tests say."""

from pathlib import Path

import pytest

from tests.support.guide import PAGES, Piece, failures, mistakes, rulebook, sections

RECIPES = list(sections(PAGES / "cookbook.md"))
FEWEST = 15


def test_there_are_fifteen_recipes_or_more() -> None:
    assert len(RECIPES) >= FEWEST


@pytest.mark.parametrize("blocks", [blocks for _, blocks in RECIPES], ids=[name for name, _ in RECIPES])
def test_a_recipe_has_no_mistake_and_its_tests_pass(blocks: list[Piece], tmp_path: Path) -> None:
    assert [block.line for block in blocks if not block.file] == []
    folder = rulebook(tmp_path / "rules", blocks)
    assert mistakes(folder) == []
    assert failures(folder) == ""


@pytest.mark.parametrize(("name", "blocks"), RECIPES, ids=[name for name, _ in RECIPES])
def test_a_recipe_says_when_it_does_nothing_too(name: str, blocks: list[Piece]) -> None:
    tests = "".join(block.text for block in blocks if block.file.startswith("tests/"))
    assert tests.count("- test:") + tests.count("- after:") >= 2, name
