"""docs/reasons.md explains the closed list of reasons: each once, and those that nothing gives yet apart."""

import re

from engine.reasons import Reason
from tests.support.papers import ROOT

PAGE = (ROOT / "docs" / "reasons.md").read_text()
NOW, LATER = (
    re.findall(r"^\| `([A-Z_]+)` \| .+\. \| .+\. \|$", half, re.MULTILINE) for half in PAGE.split("not given")
)
SOURCES = [*ROOT.glob("engine/**/*.py"), *ROOT.glob("service/**/*.py")]
GIVEN = {word for file in SOURCES for word in re.findall(r"\bReason\.([A-Z][A-Z_]+)", file.read_text())}


def test_every_reason_is_explained_once_with_what_to_do() -> None:
    assert sorted([*NOW, *LATER]) == sorted(Reason)


def test_reasons_that_nothing_gives_are_told_apart() -> None:
    assert set(NOW) == GIVEN
