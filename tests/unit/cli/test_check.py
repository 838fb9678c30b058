"""`patron check`: all mistakes at once, each with its place, its line and a hint."""

import json
from pathlib import Path

import pytest

from authoring.checking import load
from cli.check import workflow_command
from engine.rulebook.findings import Finding, Place, Severity
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
    assert blocks[-1] == f"{broken}: 5 errors, 0 warnings; tests are checked once the rules have no errors\n"


def test_machines_get_the_same_as_json(broken: Path) -> None:
    shown = patron("check", broken, "--json")
    told = json.loads(shown.stdout)
    assert (shown.exit_code, told["errors"], told["warnings"]) == (1, 5, 0)
    found = {(f"{f['file']}:{f['line']}:{f['column']}", f["code"], f["severity"]) for f in told["findings"]}
    assert found == {(expected_place(mistake), mistake.code, "error") for mistake in FIVE}
    assert {f["hint"] for f in told["findings"]} >= {mistake.hint for mistake in FIVE if mistake.hint}


def test_a_mistake_in_a_test_is_found_too(tmp_path: Path) -> None:
    rules = folder_of(tmp_path, {**BOOK, "tests/a.yaml": TEST.replace("check-in}", "chek-in}")})
    shown = patron("check", rules)
    assert shown.exit_code == 1
    assert "tests/a.yaml:4:21: error unknown-action: there is no action chek-in\n" in shown.stdout
    assert "  did you mean check-in?\n" in shown.stdout


def test_a_file_in_the_folder_of_tests_that_nothing_is_read_from_is_an_error(tmp_path: Path) -> None:
    rules = folder_of(tmp_path, {**BOOK, "tests/a.yml": TEST, "tests/more/b.yaml": TEST, "tests/.hidden.yaml": "x"})
    shown = patron("check", rules)
    assert (shown.exit_code, shown.stdout.count(" is never read\n")) == (1, 2)


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


# ---- logic, and other ways to print ----

IMPOSSIBLE = """\
  - id: never
    title: "100%, never"
    serves: [S4]
    status: live
    owner: crm
    trigger: [requested]
    when: {customer.orders: 0, customer.churn_risk: high}
    recommend: {action: check-in}
"""


@pytest.fixture
def illogical(tmp_path: Path) -> Path:
    """The small book with a rule that can never fire."""
    return folder_of(tmp_path / "rules", {**BOOK, "operation.yaml": BOOK["operation.yaml"] + IMPOSSIBLE})


def test_what_follows_from_the_rules_is_a_warning(illogical: Path) -> None:
    shown = patron("check", illogical)
    assert shown.exit_code == 0
    assert "operation.yaml:33:32: warning rule-never: never can never fire: " in shown.stdout
    assert "\n  docs/errors.md#rule-never\n" in shown.stdout


def test_with_strict_warnings_alone_end_with_three(illogical: Path) -> None:
    assert patron("check", illogical, "--strict").exit_code == 3


def test_with_strict_errors_end_with_one_all_the_same(broken: Path) -> None:
    assert patron("check", broken, "--strict").exit_code == 1


def test_with_strict_rules_without_a_warning_are_fine(tmp_path: Path) -> None:
    texts = {**BOOK, "operation.yaml": BOOK["operation.yaml"].replace("until: 2026-12-31", "until: 2099-12-31")}
    assert patron("check", folder_of(tmp_path, texts), "--strict").exit_code == 0


def test_dates_that_are_past_are_told(tmp_path: Path) -> None:
    texts = {**BOOK, "operation.yaml": BOOK["operation.yaml"].replace("2026", "2019")}
    assert "warning rule-expired: quiet-check-in was valid until 2019-12-31" in patron(
        "check", folder_of(tmp_path, texts)
    ).stdout  # fmt: skip


def test_github_gets_a_command_for_each_finding(broken: Path) -> None:
    lines = patron("check", broken, "--github").stdout.splitlines()
    assert len(lines) == len(FIVE) + 1
    for mistake in FIVE:
        file, line, column = expected_place(mistake).split(":")
        begins = f"::error file={broken}/{file},line={line},col={column},title={mistake.code}::"
        assert any(shown.startswith(begins) for shown in lines), begins


def test_what_would_end_a_github_command_is_escaped() -> None:
    finding = Finding("bad-value", "50 %: a, b\nc", Place("a,b:c.yaml", 1, 2), Severity.WARNING, hint="write 5 %")
    assert workflow_command(finding, Path("rules")) == (
        "::warning file=rules/a%2Cb%3Ac.yaml,line=1,col=2,title=bad-value::50 %25: a, b%0Ac%0Awrite 5 %25"
    )


def test_machines_get_the_witness(tmp_path: Path) -> None:
    always = IMPOSSIBLE.replace("{customer.orders: 0, customer.churn_risk: high}", "{customer.orders: {at_least: 0}}")
    rules = folder_of(tmp_path, {**BOOK, "operation.yaml": BOOK["operation.yaml"] + always})
    told = {f["code"]: f for f in json.loads(patron("check", rules, "--json").stdout)["findings"]}
    assert told["rule-always"]["witness"] == {
        "trigger": "requested",
        "facts": {},
        "text": "an unknown customer (on requested)",
    }
    assert told["rule-always"]["docs"] == "docs/errors.md#rule-always"


def test_two_ways_to_print_at_once_are_a_wrong_call(broken: Path) -> None:
    assert patron("check", broken, "--json", "--github").exit_code == 2
