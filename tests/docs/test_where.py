"""docs/contributing/where.md: every answer is one file, and the name stands in it."""

import re

import pytest

from tests.support.papers import ROOT

ROWS = re.findall(
    r"^\| (Where [^|]*\?) \| `([^`]+)` \| `([^`]+)` \|$",
    PAGE := (ROOT / "docs/contributing/where.md").read_text(),
    re.M,
)


def test_the_page_answers_at_least_ten_questions_and_every_row_is_one() -> None:
    assert len(ROWS) >= 10
    assert len(ROWS) == PAGE.count("\n| ") - 1  # all rows of the table but its heading


@pytest.mark.parametrize(("question", "file", "name"), ROWS, ids=[question for question, *_ in ROWS])
def test_the_answer_is_a_file_with_that_name_in_it(question: str, file: str, name: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    if file.endswith(".py"):
        assert re.search(rf"^(def|class) {name}\b|^{name}\b.*=", text, re.M), question
    else:
        assert name in text, question
