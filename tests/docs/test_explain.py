"""docs/explain.md: every command is run as a process, on a file and at a real service, and tells what it says."""

import re
from pathlib import Path

import pytest

from cli.explain import explain_command
from cli.serving import running
from tests.support.papers import ROOT, Terminal, mistakes

PAGE = "docs/explain.md"
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")


def test_every_command_tells_what_the_page_shows(tmp_path: Path) -> None:
    with running() as url:
        assert mistakes(PAGE, Terminal(url, tmp_path), {}) == []


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)", TEXT))))
def test_a_link_leads_somewhere(link: str) -> None:
    assert (ROOT / "docs" / link).exists()


def test_every_option_that_the_page_names_is_there_and_those_of_a_moment_are_in_its_table() -> None:
    options = {option for parameter in explain_command.params for option in parameter.opts if option.startswith("--")}
    assert set(re.findall(r"(?<![\w-])--[a-z]+", TEXT)) - {"--out"} <= options
    for option in ("--at", "--trigger", "--rules"):
        assert f"| `{option} " in TEXT
