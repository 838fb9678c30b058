"""The generated pages are those that would be written now, so what they list is complete."""

import re

import pytest

from authoring.checking import load
from authoring.remedies import REMEDIES
from cli.main import COMMANDS
from engine.rulebook.findings import CODES
from scripts.docs import PAGES, ROOT


@pytest.mark.parametrize("page", PAGES)
def test_the_page_is_up_to_date(page: str) -> None:
    assert (ROOT / "docs" / page).read_text() == PAGES[page](), "run `make docs`"


def rows(page: str) -> list[str]:
    return re.findall(r"^\| \[?`([^`]+)`", (ROOT / "docs" / page).read_text(), flags=re.MULTILINE)


def test_every_error_code_has_its_heading_and_says_what_to_write_instead() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "docs" / "errors.md").read_text(), flags=re.MULTILINE)
    assert headings == list(CODES)
    assert REMEDIES.keys() == CODES.keys()


def test_every_command_has_its_row_and_its_help() -> None:
    text = (ROOT / "docs" / "cli.md").read_text()
    assert rows("cli.md") == [f"patron {name}" for name in COMMANDS]
    assert [name for name in COMMANDS if f"\nUsage: patron {name} " not in text] == []


def test_every_declared_fact_has_its_row() -> None:
    declared = {name for name in load(ROOT / "rules").vocabulary if not name.startswith("history.")}
    assert {name for name in rows("facts.md") if not name.startswith("history.")} == declared
