"""The guide of docs/rules: every chapter is a rulebook without a finding, and does what its tests say."""

import re
from pathlib import Path

import pytest

from tests.support.guide import PAGES, failures, mistakes, pieces, rulebook

CHAPTERS = sorted(PAGES.glob("[0-9]-*.md"))
EVERY_PAGE = sorted(PAGES.glob("*.md"))
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def test_the_guide_has_five_chapters() -> None:
    assert [page.name[0] for page in CHAPTERS] == list("12345")


@pytest.mark.parametrize("page", CHAPTERS, ids=[page.stem for page in CHAPTERS])
def test_a_chapter_has_no_mistake_and_its_tests_pass(page: Path, tmp_path: Path) -> None:
    blocks = pieces(page.read_text(encoding="utf-8"))
    assert [block.line for block in blocks if not block.file] == []
    folder = rulebook(tmp_path / "rules", blocks)
    assert mistakes(folder) == []
    assert failures(folder) == ""


@pytest.mark.parametrize("page", EVERY_PAGE, ids=[page.stem for page in EVERY_PAGE])
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_index_names_every_page() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in EVERY_PAGE if page.name != "README.md" and page.name not in index] == []
