"""From a folder to a rulebook: revisions, folders, and that nothing but findings comes of any text."""

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rulebook.findings import RulebookError, render
from engine.rulebook.load import check, load, load_texts
from tests.support.small_book import BOOK, RULES, changed

ROOT = Path(__file__).parents[3]


def write(folder: Path, texts: dict[str, str]) -> Path:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def revision(texts: dict[str, str]) -> str:
    rulebook, findings = load_texts(texts)
    assert rulebook is not None, render(findings)
    return rulebook.revision


def test_a_folder_and_its_texts_give_the_same_rulebook(tmp_path: Path) -> None:
    assert load(write(tmp_path, BOOK)) == load_texts(BOOK)[0]


def test_a_revision_is_a_hash() -> None:
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", revision(BOOK))


def test_comments_quotes_and_layout_do_not_change_the_revision() -> None:
    text = RULES.replace("owner: crm", 'owner:   "crm"   # who writes here', 1).replace("[asked]", "\n      - asked")
    assert revision({**BOOK, "operation.yaml": "# rules\n\n" + text}) == revision(BOOK)


def test_a_changed_value_changes_the_revision() -> None:
    assert revision(changed("operation.yaml", "{at_least: 2}", "{at_least: 3}")) != revision(BOOK)


def test_the_order_of_files_does_not_change_the_revision() -> None:
    assert revision(dict(reversed(BOOK.items()))) == revision(BOOK)


def test_load_raises_with_all_findings(tmp_path: Path) -> None:
    write(tmp_path, changed("operation.yaml", "{at_least: 2}", "{gte: 2}"))
    with pytest.raises(RulebookError, match="unknown-operator") as caught:
        load(tmp_path)
    assert [finding.code for finding in caught.value.findings] == ["unknown-operator"]


def test_tests_hidden_files_and_other_kinds_of_files_are_left_alone(tmp_path: Path) -> None:
    extra = {"tests/a.yaml": "x: [", ".hidden.yaml": "x: [", "README.md": "[", ".git/a.yaml": "x: ["}
    rulebook, findings = check(write(tmp_path, {**BOOK, **extra}))
    assert (rulebook is not None, findings) == (True, [])


def test_a_folder_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    rulebook, findings = check(tmp_path / "nowhere")
    assert rulebook is None
    assert [(f.code, f.message) for f in findings] == [("missing-folder", "No such file or directory")]


def test_a_file_in_place_of_the_folder_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert [f.code for f in check(tmp_path / "file")[1]] == ["missing-folder"]


def test_a_yml_file_gets_a_hint(tmp_path: Path) -> None:
    findings = check(write(tmp_path, {**BOOK, "service.yml": "rules: []"}))[1]
    assert [(f.code, f.hint) for f in findings] == [("unknown-file", "did you mean service.yaml?")]


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, BOOK)
    (tmp_path / "service.yaml").symlink_to(tmp_path / "gone")
    found = [(str(f.place), f.code) for f in check(tmp_path)[1]]
    assert found == [("service.yaml:1:1", "unreadable-file")]


def test_links_to_files_are_followed(tmp_path: Path) -> None:
    write(tmp_path / "data", BOOK)
    (tmp_path / "rules").mkdir()
    for name in BOOK:
        link = tmp_path / "rules" / name
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(tmp_path / "data" / name)
    assert load(tmp_path / "rules").revision == revision(BOOK)


def test_a_thousand_rules_are_loaded() -> None:
    rule = RULES.split("  - id: no-price-cuts")[0].removeprefix("rules:\n")
    files = ("connection", "products", "transactions", "operation", "service", "community")
    texts = dict(BOOK)
    for file in files:
        many = (rule.replace("id: quiet-check-in", f"id: {file}-{number}") for number in range(170))
        texts[f"{file}.yaml"] = "rules:\n" + "".join(many)
    rulebook, findings = load_texts(texts)
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
    rulebook, findings = load_texts(texts)
    assert (rulebook is None) == any(finding.severity == "error" for finding in findings)
    render(findings)


WORDS = re.compile(r"[^\s:,{}\[\]]+")


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_place_of_a_value_is_answered_with_findings(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(BOOK)))
    found = data.draw(st.sampled_from(list(WORDS.finditer(BOOK[name]))))
    texts = {**BOOK, name: BOOK[name][: found.start()] + data.draw(NOISE) + BOOK[name][found.end() :]}
    rulebook, findings = load_texts(texts)
    assert (rulebook is None) == any(finding.severity == "error" for finding in findings)
    render(findings)


@settings(max_examples=50, deadline=None)
@given(text=st.one_of(st.text(), st.binary()))
def test_any_bytes_in_a_file_are_answered_with_findings(text: str | bytes) -> None:
    load_texts({**BOOK, "operation.yaml": text})
