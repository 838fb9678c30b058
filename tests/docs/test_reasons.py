"""docs/reasons.md explains the closed lists: each reason once, with the stage that it comes from, in their order."""

import re

from engine.domain.reasons import STAGE_OF, Reason
from tests.support.papers import ROOT

PAGE = (ROOT / "docs" / "reasons.md").read_text()
OF_CANDIDATES = re.findall(r"^\| `([A-Z_]+)` \| `([a-z_]+)` \| .+\. \| .+\. \|$", PAGE, re.MULTILINE)
OTHERS = re.findall(r"^\| `([A-Z_]+)` \| [^`].+\. \| .+\. \|$", PAGE, re.MULTILINE)
GIVEN = {
    word
    for folder in ("engine", "service", "authoring")
    for file in (ROOT / folder).rglob("*.py")
    if file.name != "reasons.py"
    for word in re.findall(r"\bReason\.([A-Z][A-Z_]+)", file.read_text())
}


def test_every_reason_of_a_candidate_stands_in_the_order_of_the_stages_with_its_stage() -> None:
    assert [(reason.value, stage.value) for reason, stage in STAGE_OF.items()] == OF_CANDIDATES


def test_every_reason_is_explained_once_with_what_to_do() -> None:
    assert sorted([*(reason for reason, _ in OF_CANDIDATES), *OTHERS]) == sorted(Reason)


def test_every_reason_is_given_somewhere() -> None:
    assert {*Reason} - {Reason.NOT_ELIGIBLE} <= GIVEN
