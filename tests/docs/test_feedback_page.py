"""docs/feedback.md: its calls are run in their order and answer what the page shows; its tables are complete."""

import re
import shutil
from pathlib import Path

import pytest

from cli.serving import running
from service.feedback.apply import NOT_APPLIED
from service.feedback.read import read_tables, shipped_tables
from service.feedback.table import IGNORED
from tests.support.papers import ROOT, Terminal, blocks, mistakes

PAGE = "docs/feedback.md"
TEXT = (ROOT / PAGE).read_text()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_every_call_answers_what_the_page_shows(tmp_path: Path) -> None:
    with running() as url:
        assert mistakes(PAGE, Terminal(url, tmp_path), {}) == []


@pytest.mark.parametrize("service", shipped_tables())
def test_every_service_has_its_path_and_an_example(service: str) -> None:
    assert f"`/v1/feedback/{service}`" in TEXT
    assert f"curl -s http://127.0.0.1:8080/v1/feedback/{service} " in TEXT


@pytest.mark.parametrize("reason", [*IGNORED, *NOT_APPLIED])
def test_every_reason_is_in_the_table(reason: str) -> None:
    assert re.search(rf"^\| `{reason}` \|", TEXT, flags=re.MULTILINE)


def test_the_table_that_it_shows_is_right() -> None:
    (shown,) = (block.text for block in blocks(PAGE) if block.language == "yaml")
    assert read_tables({"owl-post.yaml": shown.encode()})["owl-post"].rows
