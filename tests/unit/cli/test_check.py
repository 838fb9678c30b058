"""`patron check`: all mistakes at once, each with its place, its line and a hint."""

import json
from pathlib import Path

import pytest

from engine.rulebook.load import load
from tests.support.books import RULES
from tests.support.commands import folder_of, patron
from tests.support.small_book import BOOK, MARK, Mistake, expected_place

FIVE = (
    Mistake("unknown-fact", "operation.yaml", "customer.orders:", "«customer.ordrs:", "did you mean customer.orders?"),
    Mistake("unknown-operator", "segments.yaml", "at_least", "«gte", "did you mean at_least?"),
    Mistake("unknown-zone", "shop.yaml", "Europe/Berlin", "«Europe/Berlyn"),
    Mistake("bad-cell", "tables/churn_risk.yaml", '"< 0.05"', '«"<< 0.05"'),
    Mistake("unknown-event", "vocabulary.yaml", "count: visited", "count: «visitted", "did you mean visited?"),
)
TEST = """\
tests:
  - test: Somebody who asks gets the check-in
    at: 2026-03-02T10:00:00+01:00
    expect: {first: check-in}
"""


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The small book with five mistakes in five files."""
    texts = dict(BOOK)
    for mistake in FIVE:
        texts[mistake.file] = texts[mistake.file].replace(mistake.old, mistake.new.replace(MARK, ""), 1)
    return folder_of(tmp_path / "rules", texts)


def test_the_shipped_rules_have_no_errors_and_are_counted() -> None:
    shown = patron("check", RULES)
    book = load(RULES)
    assert shown.exit_code == 0
    assert f"{RULES}: 0 errors, " in shown.stdout
    assert f"; {len(book.rules)} rules, {len(book.actions)} actions" in shown.stdout


def test_without_a_folder_it_checks_rules() -> None:
    assert "\nrules: 0 errors" in "\n" + patron("check").stdout


def test_all_mistakes_are_shown_at_once_with_place_line_caret_and_hint(broken: Path) -> None:
    shown = patron("check", broken)
    assert shown.exit_code == 1
    blocks = shown.stdout.split("\n\n")
    for mistake in FIVE:
        (block,) = (b for b in blocks if b.startswith(f"{expected_place(mistake)}: error {mistake.code}: "))
        _, line, caret, *hints = block.splitlines()
        begun = mistake.new.partition(MARK)[2]
        assert line[caret.index("^") :].startswith(begun)
        assert mistake.hint is None or hints[0] == f"  {mistake.hint}"
    assert blocks[-1] == f"{broken}: 5 errors, 0 warnings; its tests are checked once the rules are right\n"


def test_machines_get_the_same_as_json(broken: Path) -> None:
    shown = patron("check", broken, "--json")
    told = json.loads(shown.stdout)
    assert (shown.exit_code, told["errors"], told["warnings"]) == (1, 5, 0)
    found = {(f"{f['file']}:{f['line']}:{f['column']}", f["code"], f["severity"]) for f in told["findings"]}
    assert found == {(expected_place(mistake), mistake.code, "error") for mistake in FIVE}
    assert {f["hint"] for f in told["findings"]} >= {mistake.hint for mistake in FIVE}


def test_a_mistake_in_a_test_is_found_too(tmp_path: Path) -> None:
    rules = folder_of(tmp_path, {**BOOK, "tests/a.yaml": TEST.replace("check-in}", "chek-in}")})
    shown = patron("check", rules)
    assert shown.exit_code == 1
    assert "tests/a.yaml:4:21: error unknown-action: there is no action chek-in\n" in shown.stdout
    assert "  did you mean check-in?\n" in shown.stdout


def test_a_file_in_the_folder_of_tests_that_nothing_is_read_from_is_an_error(tmp_path: Path) -> None:
    rules = folder_of(tmp_path, {**BOOK, "tests/a.yml": TEST, "tests/more/b.yaml": TEST, "tests/.hidden.yaml": "x"})
    shown = patron("check", rules)
    assert (shown.exit_code, shown.stdout.count("error unknown-file: nothing is read from tests/")) == (1, 2)


@pytest.mark.parametrize("name", ["operation.yaml", "tests/a.yaml"])
def test_a_binary_file_is_named(tmp_path: Path, name: str) -> None:
    rules = folder_of(tmp_path, {**BOOK, "tests/a.yaml": TEST})
    (rules / name).write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    shown = patron("check", rules)
    assert (shown.exit_code, shown.stdout.count(f"{name}:1:1: error not-utf-8: ")) == (1, 1)


@pytest.mark.parametrize("name", ["operation.yaml", "tests/a.yaml"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    rules = folder_of(tmp_path, {**BOOK, "tests/b.yaml": TEST})
    (rules / name).unlink(missing_ok=True)
    (rules / name).symlink_to("nowhere")
    shown = patron("check", rules)
    assert (shown.exit_code, shown.stdout.count(f"{name}:1:1: error unreadable-file: No such file")) == (1, 1)


def test_a_folder_that_is_not_there_is_a_wrong_call(tmp_path: Path) -> None:
    missing = patron("check", tmp_path / "nowhere")
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "nowhere' does not exist" in missing.stderr


def test_a_file_instead_of_a_folder_is_a_wrong_call(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").touch()
    assert "is a file" in patron("check", tmp_path / "rules.yaml").stderr


def test_an_empty_folder_lacks_what_every_rulebook_needs(tmp_path: Path) -> None:
    shown = patron("check", tmp_path)
    assert shown.exit_code == 1
    assert "shop.yaml:1:1: error missing-file: every rulebook needs shop.yaml" in shown.stdout
