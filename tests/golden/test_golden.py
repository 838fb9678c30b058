"""Nothing that is decided changes unnoticed; see the package's docstring for what to do where a change is meant."""

import pytest

from tests.golden import sources
from tests.golden.files import FILES, FOLDER, difference

MEANT = "if this is meant: python -m tests.golden --write, and review the difference with the change"


@pytest.mark.parametrize("name", ["shop.txt", "rule_tests.txt"])
def test_decisions_are_those_of_the_golden_file(name: str) -> None:
    found = difference(name, FILES[name]())
    assert not found, f"{found}\n{MEANT}"


def test_refusals_are_told_in_the_sentences_of_the_golden_file() -> None:
    found = difference("sentences.txt", FILES["sentences.txt"]())
    assert not found, f"{found}\n{MEANT}"


@pytest.mark.skipif(not sources.CDNOW.exists(), reason=f"the real logs are not here: {sources.CDNOW}")
def test_decisions_on_cdnow_have_the_digests_of_the_golden_file() -> None:
    found = difference("cdnow.txt", FILES["cdnow.txt"]())
    assert not found, (
        f"{found}\nTo see which decisions: python -m tests.golden --cdnow FILE on both revisions, then diff"
    )


def test_a_difference_names_the_decision_that_is_another() -> None:
    was = (FOLDER / "rule_tests.txt").read_text(encoding="utf-8")
    name = "== For all other tiers, the missing channel address ranks first"
    at = was.index(" score ", was.index(name))
    shown = difference("rule_tests.txt", was[:at] + " score 9" + was[at + len(" score ") :])
    assert f" {name}" in shown
    assert "\n+  home.banner: 1 link-email" in shown
