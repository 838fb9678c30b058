"""From texts to a rulebook: revisions, and that any text gives findings and never an exception."""

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from authoring.checking import check, check_texts
from engine.rulebook.findings import render
from tests.support.small_book import BOOK, RULES, changed

ROOT = Path(__file__).parents[3]


def revision(texts: dict[str, str]) -> str:
    rulebook, findings = check_texts(texts)
    assert rulebook is not None, render(findings)
    return rulebook.revision


def test_a_revision_is_a_hash() -> None:
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", revision(BOOK))


def test_comments_quotes_and_layout_do_not_change_the_revision() -> None:
    text = RULES.replace("owner: crm", 'owner:   "crm"   # who writes here', 1).replace(
        "[requested]", "\n      - requested"
    )
    assert revision({**BOOK, "operation.yaml": "# rules\n\n" + text}) == revision(BOOK)


def test_a_changed_value_changes_the_revision() -> None:
    assert revision(changed("operation.yaml", "{at_least: 2}", "{at_least: 3}")) != revision(BOOK)


def test_the_order_of_files_does_not_change_the_revision() -> None:
    assert revision(dict(reversed(BOOK.items()))) == revision(BOOK)


def test_a_thousand_rules_are_loaded() -> None:
    rule = RULES.split("  - id: no-price-cuts")[0].removeprefix("rules:\n")
    files = ("connection", "products", "transactions", "operation", "service", "community")
    texts = dict(BOOK)
    for file in files:
        many = (rule.replace("id: quiet-check-in", f"id: {file}-{number}") for number in range(170))
        texts[f"{file}.yaml"] = "rules:\n" + "".join(many)
    rulebook, findings = check_texts(texts)
    assert rulebook is not None, render(findings[:3])
    assert len(rulebook.rules) == 1020


def test_the_shipped_rulebook_has_no_mistake() -> None:
    rulebook, findings = check(ROOT / "rules")
    assert rulebook is not None, render(findings)


YAML_SIGNS = [
    "",
    "[",
    "]",
    "{",
    "}",
    ":",
    "- ",
    "*",
    "&a ",
    "!!x ",
    "'",
    '"',
    "\n",
    "  ",
    "%",
    "#",
    "|\n",
    "\x00",
    "\t",
]
VALUES = [
    "null",
    "[]",
    "{}",
    "1",
    "-1",
    "yes",
    "no",
    ".nan",
    "1e400",
    "never",
    "金",
    "9" * 60,
    "a: b",
    "{a: 1}",
    "[x, y]",
    "all",
]
NOISE = st.sampled_from([*YAML_SIGNS, *VALUES])


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_whatever_is_written_is_answered_with_findings(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(BOOK)))
    text = BOOK[name]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 25)))
    texts = {**BOOK, name: text[:start] + data.draw(NOISE) + text[end:]}
    rulebook, findings = check_texts(texts)
    assert (rulebook is None) == any(finding.severity == "error" for finding in findings)
    render(findings)


WORDS = re.compile(r"[^\s:,{}\[\]]+")


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_place_of_a_value_is_answered_with_findings(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(BOOK)))
    found = data.draw(st.sampled_from(list(WORDS.finditer(BOOK[name]))))
    texts = {**BOOK, name: BOOK[name][: found.start()] + data.draw(NOISE) + BOOK[name][found.end() :]}
    rulebook, findings = check_texts(texts)
    assert (rulebook is None) == any(finding.severity == "error" for finding in findings)
    render(findings)


@settings(max_examples=50, deadline=None)
@given(text=st.one_of(st.text(), st.binary()))
def test_any_bytes_in_a_file_are_answered_with_findings(text: str | bytes) -> None:
    check_texts({**BOOK, "operation.yaml": text})
