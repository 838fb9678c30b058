"""docs/testing.md: every test on the page passes or fails as it says, every command answers so, no key is left out."""

import re
from itertools import pairwise
from pathlib import Path

import click
import pytest

from authoring.rule_tests import read as reading
from authoring.rule_tests import read_tests
from authoring.rule_tests.case import PARTS
from authoring.rule_tests.expect import KEYS, SCORE_PARTS
from authoring.rule_tests.figure import BOUNDS
from authoring.rule_tests.running import run_test
from authoring.rule_tests.steps import MOST_STEPS
from authoring.rule_tests.variants import CASE, MOST_CASES
from cli.test import test_command as command
from engine.compiled.rulebook import Compiled
from engine.rulebook.findings import render
from tests.support.books import RULES, shipped
from tests.support.commands import patron, rules_copied
from tests.support.papers import ROOT, Block, Terminal, blocks, is_shown, mistakes

PAGE = "docs/testing.md"
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")
BLOCKS = blocks(PAGE)
NOT_RUN = {".venv/bin/patron test rules --watch": "it runs until Ctrl-C; tests/process/test_watched_tests.py"}
_PLACE = re.compile(r"(?<=\.yaml):\d+:\d+")
PERSONAS = (RULES / "tests/personas.yaml").read_bytes().partition(b"\ntests:")[0]


def failing() -> list[tuple[Block, Block]]:
    """Tests that are shown with what `patron test` says of them."""
    return [(one, then) for one, then in pairwise(BLOCKS) if (one.language, then.language) == ("yaml", "text")]


PASSING = [block for block in BLOCKS if block.language == "yaml" and block not in [one for one, _ in failing()]]


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return shipped()


@pytest.mark.parametrize("block", PASSING, ids=lambda block: f"line {block.line}")
def test_every_example_passes(block: Block, compiled: Compiled) -> None:
    tests, findings = read_tests({"tests/p.yaml": PERSONAS, "tests/a.yaml": block.text.encode()}, compiled.rulebook)
    assert not findings, render(findings)
    assert tests
    assert {test.name: run_test(test, compiled).failures for test in tests} == {test.name: () for test in tests}


@pytest.mark.parametrize("pair", failing(), ids=lambda pair: f"line {pair[0].line}")
def test_what_a_failure_says_is_as_shown(pair: tuple[Block, Block], tmp_path: Path) -> None:
    rules = rules_copied(tmp_path / "rules")
    for path in (rules / "tests").glob("*.yaml"):
        path.unlink()
    (rules / "tests/personas.yaml").write_bytes(PERSONAS + b"\n")
    (rules / "tests/mine.yaml").write_text(pair[0].text, encoding="utf-8")
    said = patron("test", rules).stdout
    assert is_shown(_PLACE.sub("", pair[1].text), _PLACE.sub("", said)), said


def test_every_command_answers_what_the_page_shows(tmp_path: Path) -> None:
    assert mistakes(PAGE, Terminal("http://127.0.0.1:1", tmp_path), NOT_RUN) == []


def test_every_key_of_a_test_is_explained() -> None:
    of_tests = {*reading.REQUIRED, *reading.OPTIONAL, *reading.SCENARIO, *reading.OF_SCENARIOS, CASE}
    of_steps = {"event", "decide", "placements", "outcome", "after", "times"}
    of_expect = {*KEYS, *SCORE_PARTS, *BOUNDS, *PARTS}
    of_personas = {"personas", "channel_addresses", "consents", "traits"}
    prose = re.sub(r"^```.*?^```$", "", TEXT, flags=re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", prose))))
    assert (of_tests | of_steps | of_expect | of_personas) - named == set()


def test_every_flag_is_explained() -> None:
    flags = [flag for one in command.params if isinstance(one, click.Option) for flag in one.opts]
    assert [flag for flag in flags if flag not in TEXT] == []


def test_the_numbers_on_the_page_are_those_of_the_code() -> None:
    assert f"{MOST_CASES} cases per test, {MOST_STEPS:,} steps per scenario" in " ".join(TEXT.split())
