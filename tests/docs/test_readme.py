"""Every command of README.md is run and answers what the page shows; what else the page says is so."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from cli.serving import running
from tests.support.papers import ROOT, Terminal, blocks, mistakes, recipe

PAGE = "README.md"
TEXT = (ROOT / PAGE).read_text()
NOT_RUN = {
    "make serve": "the service that the commands talk to is started here, on a free port",
    "make test": "it would run itself",
}
PREREQUISITES = "apt-get install python3-venv python3-dev gcc make"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_every_command_answers_what_the_page_shows(tmp_path: Path) -> None:
    with running() as url:
        assert mistakes(PAGE, Terminal(url, tmp_path), NOT_RUN) == []


def test_make_test_runs_every_test() -> None:
    assert [line.partition(" -m ")[2].split()[0] for line in recipe("make test")] == ["pytest"]


def test_make_serve_starts_the_service() -> None:
    assert recipe("make serve") == [".venv/bin/patron serve"]


def test_every_command_in_a_line_is_one_of_those_that_are_run() -> None:
    """Beside the blocks, a sentence may name a make target, or the packages to install."""
    named = re.findall(r"`((?:make|patron|curl|\.venv/bin/\S+|apt-get|[A-Z]+=\S+) [^`]+)`", TEXT)
    typed = {block.text.strip() for block in blocks(PAGE)}
    assert [command for command in named if command not in {*typed, PREREQUISITES, "make docs"}] == []


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "Makefile"])
def test_the_prerequisites_are_the_same_everywhere(page: str) -> None:
    assert PREREQUISITES.removeprefix("apt-get install ") in (ROOT / page).read_text()


def test_the_rule_that_is_shown_is_served() -> None:
    shown = [rule for block in blocks(PAGE) if block.language == "yaml" for rule in yaml.safe_load(block.text)]
    served = [rule for file in ROOT.glob("rules/*.yaml") for rule in yaml.safe_load(file.read_text()).get("rules", ())]
    assert shown
    assert [rule["id"] for rule in shown if rule not in served] == []
