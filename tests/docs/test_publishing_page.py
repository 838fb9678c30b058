"""docs/publishing.md: its commands are run in their order and answer what the page shows; what it names is there."""

import re
from pathlib import Path

from cli.serving import running
from runtime.settings import Settings, variable
from tests.support.papers import ROOT, Terminal, mistakes

PAGE = "docs/publishing.md"
TEXT = (ROOT / PAGE).read_text()


def test_every_command_answers_what_the_page_shows(tmp_path: Path) -> None:
    with running() as url:
        assert mistakes(PAGE, Terminal(url, tmp_path), {}) == []


def test_the_limits_that_it_tells_are_those_that_are_held() -> None:
    from engine.rulebook.bundle import MAX_BUNDLE
    from engine.rulebook.source import MAX_BYTES
    from runtime.proving import MEMORY, SECONDS
    from runtime.worker import SETTLE_SECONDS
    from service.ports import REVISIONS_KEPT

    assert f"{MAX_BUNDLE // 1_000_000} MB together and {MAX_BYTES // 1_000_000} MB each" in TEXT
    assert (SECONDS, MEMORY, SETTLE_SECONDS) == (60, 1 << 30, 5)
    assert "within 60 seconds and 1 GiB" in " ".join(TEXT.split())
    assert f"`PATRON_REVISIONS_KEPT` are kept ({REVISIONS_KEPT})" in TEXT


def test_every_setting_that_it_names_exists() -> None:
    from dataclasses import fields

    assert set(re.findall(r"\bPATRON_[A-Z_]+\b", TEXT)) <= {variable(f) for f in fields(Settings)}
