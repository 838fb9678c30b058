"""`patron test`: patterns, coverage, JUnit XML, and what is said of wrong files."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.commands import folder_of, patron
from tests.support.small_book import BOOK
from tests.unit.cli.test_rule_tests import SCENARIO, TESTS, WRONG

REFERENCE = ("--matcher", "reference")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "rules", {**BOOK, "tests/quiet.yaml": TESTS})


# ---- patterns ----


@pytest.mark.parametrize(
    ("pattern", "passed"), [("newcomer", 1), ("a * is", 2), ("GOLD*quiet", 1), ("*", 2), ("customer?", 0), ("[a-z]", 0)]
)
def test_a_pattern_is_a_text_in_the_name_with_stars_for_any_text(rules: Path, pattern: str, passed: int) -> None:
    shown = patron("test", rules, "--run", pattern, *REFERENCE)
    assert shown.exit_code == (0 if passed else 2)
    assert shown.stdout.startswith(f"{passed} passed" if passed else "")


# ---- coverage ----


def test_coverage_says_how_much_is_seen_and_names_what_is_not(rules: Path) -> None:
    shown = patron("test", rules, "--coverage", *REFERENCE)
    assert shown.exit_code == 0
    assert shown.stdout == (
        "2 passed, 0 failed  (reference)\n"
        "coverage: 25 %, 1 of 4 rules and rows\n"
        "  rules        1 of     1  100 %\n"
        "  rows         0 of     3  0 %\n"
        "not covered by any test:\n"
        "  row    churn_risk, row 1: none  (tables/churn_risk.yaml:6:5)\n"
        "  row    churn_risk, row 2: high  (tables/churn_risk.yaml:7:5)\n"
        "  row    churn_risk, otherwise: low  (tables/churn_risk.yaml:1:1)\n"
    )


@pytest.mark.parametrize(("least", "code"), [("25", 0), ("25.1", 1), ("0", 0), ("100", 1)])
def test_too_little_coverage_is_exit_code_1(rules: Path, least: str, code: int) -> None:
    shown = patron("test", rules, "--coverage-min", least, *REFERENCE)
    assert shown.exit_code == code
    assert shown.stderr == (f"patron: coverage is 25 %, below --coverage-min {float(least):g} %\n" if code else "")


def test_machines_get_the_coverage_too(rules: Path) -> None:
    told = json.loads(patron("test", rules, "--coverage", "--json", *REFERENCE).stdout)
    assert told["coverage"]["kinds"]["rules"] == {"seen": 1, "of": 1, "percent": 100.0}
    assert told["coverage"]["never"][0] == {
        "kind": "rows",
        "name": "churn_risk, row 1: none",
        "place": "tables/churn_risk.yaml:6:5",
    }


def test_coverage_of_every_statement_in_turn_is_a_wrong_call(rules: Path) -> None:
    shown = patron("test", rules, "--without", "each", "--coverage", *REFERENCE)
    assert (shown.exit_code, shown.stdout) == (2, "")


# ---- JUnit ----


def suites(path: Path) -> ElementTree.Element:
    return ElementTree.parse(path).getroot()


def test_junit_has_a_suite_per_file_and_a_case_per_test(rules: Path, tmp_path: Path) -> None:
    (rules / "tests/stories.yaml").write_text(SCENARIO)
    file = tmp_path / "made/on/the/way/rules.xml"
    assert patron("test", rules, "--junit", file, *REFERENCE).exit_code == 0
    root = suites(file)
    assert (root.tag, root.get("tests"), root.get("failures"), root.get("errors")) == ("testsuites", "3", "0", "0")
    assert [suite.get("name") for suite in root] == ["tests/quiet.yaml", "tests/stories.yaml"]
    case = root[0][1]
    assert (case.get("classname"), case.get("name")) == ("tests.quiet", "A newcomer is left alone")
    assert (case.get("file"), case.get("line")) == ("tests/quiet.yaml", "8")
    assert sum(float(case.get("time") or "x") for case in root.iter("testcase")) > 0


def test_junit_has_what_was_expected_and_got_and_why(rules: Path, tmp_path: Path) -> None:
    (rules / "tests/quiet.yaml").write_text(WRONG)
    file = tmp_path / "rules.xml"
    assert patron("test", rules, "--junit", file, *REFERENCE).exit_code == 1
    (failure,) = suites(file).iter("failure")
    assert (failure.get("message") or "").startswith("expected first: check-in, got first: none")
    assert "customer.orders is 1, needs at least 2" in (failure.text or "")


def test_junit_is_well_formed_whatever_stands_in_the_names(rules: Path, tmp_path: Path) -> None:
    name = "a & b < c > 'quoted' ]]> 你好 \U0001f600"
    (rules / "tests/quiet.yaml").write_text(WRONG.replace("A newcomer is left alone", name))
    file = tmp_path / "rules.xml"
    patron("test", rules, "--junit", file, *REFERENCE)
    assert [case.get("name") for case in suites(file).iter("testcase")][1] == name


def test_junit_is_well_formed_where_a_file_holds_what_xml_cannot(rules: Path, tmp_path: Path) -> None:
    (rules / "tests/quiet.yaml").write_text(TESTS.replace("newcomer", "new\u0007comer", 1))
    file = tmp_path / "rules.xml"
    assert patron("test", rules, "--junit", file, *REFERENCE).exit_code == 1
    assert "new\N{REPLACEMENT CHARACTER}comer" in (next(suites(file).iter("error")).text or "")


def test_junit_has_an_error_for_everything_that_is_wrong_with_the_files(rules: Path, tmp_path: Path) -> None:
    (rules / "tests/quiet.yaml").write_text(TESTS.replace("ask: visited", "ask: visitted"))
    file = tmp_path / "rules.xml"
    assert patron("test", rules, "--junit", file, *REFERENCE).exit_code == 1
    root = suites(file)
    assert (root.get("errors"), root.get("failures")) == ("2", "0")
    error = next(root.iter("error"))
    assert error.get("type") == "unknown-trigger"


def test_junit_that_cannot_be_written_is_said(rules: Path, tmp_path: Path) -> None:
    shown = patron("test", rules, "--junit", rules / "shop.yaml" / "x.xml", *REFERENCE)
    assert shown.exit_code == 2
    assert "patron: " in shown.stderr


# ---- wrong files ----

BOMBS = {
    "aliases": "a: &a [x, x]\ntests: [*a, *a]\n",
    "merge keys": "tests:\n  - <<: {test: x}\n",
    "depth": f"tests: {'[' * 200}{']' * 200}\n",
    "two documents": "tests: []\n---\ntests: []\n",
    "no mapping": "- test: x\n",
    "nothing": "",
    "a list of numbers": "tests: [1, 2]\n",
    "tests that are a text": "tests: all of them\n",
    "steps that are a text": "tests: [{test: T, at: 2026-03-02T10:00:00+01:00, steps: many}]\n",
    "turns": "tests: [{test: T, at: 2026-03-02T10:00:00+01:00, steps: [{times: 1000000, after: 1 day}]}]\n",
}


@pytest.mark.parametrize("what", BOMBS)
def test_whatever_stands_in_a_file_of_tests_is_said_with_its_place(rules: Path, what: str) -> None:
    (rules / "tests/bomb.yaml").write_text(BOMBS[what])
    shown = patron("test", rules, *REFERENCE)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr.startswith("tests/bomb.yaml:")


def test_more_steps_than_are_run_are_refused(rules: Path) -> None:
    steps = "\n".join("      - {after: 1 hour, times: 100}" for _ in range(21))
    scenario = f"tests:\n  - test: Long\n    at: 2026-03-02T10:00:00+01:00\n    steps:\n{steps}\n"
    (rules / "tests/long.yaml").write_text(scenario)
    shown = patron("test", rules, *REFERENCE)
    assert "tests-too-large: a scenario has at most 2,000 steps" in shown.stderr
