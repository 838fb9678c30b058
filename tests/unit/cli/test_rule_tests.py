"""`patron test`: what a failure says, which tests run, and on which matcher."""

import json
from pathlib import Path

import pytest

from engine.rulebook.matcher import available
from tests.support.books import RULES
from tests.support.commands import folder_of, patron
from tests.support.small_book import BOOK

TESTS = """\
tests:
  - test: A gold customer who went quiet is asked how it is going
    given: {customer.tier: gold, customer.orders: 3, customer.days_since_last_order: 40, customer.categories: [kitchen]}
    at: 2026-03-02T10:00:00+01:00
    ask: visited
    placements: [home.banner]
    expect: {first: check-in, rule: quiet-check-in}
  - test: A newcomer is left alone
    given: {customer.tier: newcomer, customer.orders: 1}
    at: 2026-03-02T10:00:00+01:00
    ask: visited
    placements: [home.banner]
    expect: {first: none}
"""
WRONG = TESTS.replace("expect: {first: none}", "expect: {first: check-in, rejected: {check-in: COOLDOWN}}")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "rules", {**BOOK, "tests/quiet.yaml": TESTS})


def test_passed_tests_are_counted(rules: Path) -> None:
    shown = patron("test", rules, "--matcher", "reference")
    assert (shown.exit_code, shown.stdout) == (0, "2 passed, 0 failed  (reference)\n")


def test_a_failure_shows_what_was_expected_and_got_and_the_rules_that_matched(rules: Path) -> None:
    (rules / "tests/quiet.yaml").write_text(WRONG.replace("rule: quiet-check-in", "all: [], none: [check-in]"))
    shown = patron("test", rules, "--matcher", "reference")
    assert shown.exit_code == 1
    assert shown.stdout == (
        "FAILED tests/quiet.yaml:2:5: A gold customer who went quiet is asked how it is going\n"
        "    expected  all: none\n"
        "    got       all: check-in\n"
        "    expected  none: check-in\n"
        "    got       recommended: check-in\n"
        "    quiet-check-in (operation.yaml:2:5) matched and recommended check-in:\n"
        "        customer.orders is 3\n"
        "        customer.tier is gold\n"
        "        customer.days_since_last_order is 40 days\n"
        "    rules that matched: quiet-check-in\n"
        "\n"
        "FAILED tests/quiet.yaml:8:5: A newcomer is left alone\n"
        "    expected  first: check-in\n"
        "    got       first: none (check-in: NOT_ELIGIBLE, no rule with it matched)\n"
        "    expected  rejected: check-in: COOLDOWN\n"
        "    got       check-in: NOT_ELIGIBLE\n"
        "    quiet-check-in (operation.yaml:2:5) not matched:\n"
        "        customer.orders is 1, needs at least 2\n"
        "        one of these is required:\n"
        "          the customer is not in the segment quiet:\n"
        "            the customer is not in the segment valued:\n"
        "              customer.tier is newcomer, needs gold\n"
        "          customer.tier is newcomer, needs gold or bronze\n"
        "    rules that matched: none\n"
        "\n"
        "0 passed, 2 failed  (reference)\n"
    )


def test_machines_get_the_failures_as_json(rules: Path) -> None:
    (rules / "tests/quiet.yaml").write_text(WRONG)
    shown = patron("test", rules, "--matcher", "reference", "--json")
    told = json.loads(shown.stdout)
    assert (shown.exit_code, told["tests"]) == (1, 2)
    (failed,) = told["failed"]
    assert (failed["test"], failed["place"]) == ("A newcomer is left alone", "tests/quiet.yaml:8:5")
    assert (len(failed["failures"]), failed["matched"]) == (2, [])


def test_only_tests_with_a_text_in_their_name_run(rules: Path) -> None:
    assert patron("test", rules, "--run", "NEWCOMER", "--matcher", "reference").stdout.startswith("1 passed")


def test_no_test_with_that_name_is_a_wrong_call(rules: Path) -> None:
    shown = patron("test", rules, "--run", "nobody")
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr == f"patron: no test in {rules / 'tests'} whose name contains 'nobody'\n"


def test_a_rulebook_without_tests_is_a_wrong_call(tmp_path: Path) -> None:
    shown = patron("test", folder_of(tmp_path, BOOK))
    assert (shown.exit_code, shown.stderr) == (2, f"patron: no test in {tmp_path / 'tests'}\n")


def test_wrong_rules_are_shown_and_no_test_runs(rules: Path) -> None:
    (rules / "operation.yaml").write_text(BOOK["operation.yaml"].replace("at_least", "gte"))
    shown = patron("test", rules)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "unknown-operator: gte is not an operator" in shown.stderr


def test_a_wrong_test_is_shown_and_no_test_runs(rules: Path) -> None:
    (rules / "tests/quiet.yaml").write_text(TESTS.replace("ask: visited", "ask: visitted", 1))
    shown = patron("test", rules)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "tests/quiet.yaml:5:10: error unknown-trigger: visitted is not an event type" in shown.stderr


# ---- stories ----

SCENARIO = """\
tests:
  - test: Who goes quiet is asked once
    population: {cutoffs: {gold: 10}, mean_order: 40 EUR}
    at: 2026-03-02T10:00:00+01:00
    steps:
      - after: 10 days
        times: 3
        event: {type: order_completed, properties: {total: "70.00"}}
      - after: 40 days
        event: {type: visited, properties: {surface: web}}
        placements: [home.banner]
        expect: {first: check-in}
      - outcome: {check-in: impression}
      - after: 40 days
        event: {type: visited, properties: {surface: web}}
        placements: [home.banner]
        expect: {first: none}
"""


def told(rules: Path, scenario: str) -> Path:
    (rules / "tests/stories.yaml").write_text(scenario)
    return rules


def test_a_failed_story_says_which_step_when_and_what_was_recommended_until_then(rules: Path) -> None:
    wrong = SCENARIO.replace("expect: {first: none}", "expect: {rejected: {check-in: COOLDOWN}}")
    shown = patron("test", told(rules, wrong), "--run", "goes quiet", "--matcher", "reference")
    assert shown.exit_code == 1
    assert shown.stdout.splitlines()[:3] == [
        "FAILED tests/stories.yaml:2:5: Who goes quiet is asked once",
        "    in step 4, 2026-06-20T11:00+02:00 (tests/stories.yaml:14:9)",
        "    expected  rejected: check-in: COOLDOWN",
    ]
    assert "    recommended before: 2026-05-11 check-in" in shown.stdout.splitlines()


def test_machines_are_told_the_step_too(rules: Path) -> None:
    wrong = SCENARIO.replace("expect: {first: check-in}", "expect: {first: none}")
    shown = patron("test", told(rules, wrong), "--run", "goes quiet", "--matcher", "reference", "--json")
    (failed,) = json.loads(shown.stdout)["failed"]
    assert failed["step"] == {"number": 2, "at": "2026-05-11T09:00:00Z", "place": "tests/stories.yaml:9:9"}
    assert failed["recommended_before"] == []


# ---- what would be missed ----


def test_rules_of_a_statement_are_left_out_and_what_fails_then_is_shown(rules: Path) -> None:
    shown = patron("test", rules, "--without", "S41", "--matcher", "reference")
    assert shown.exit_code == 1
    assert shown.stdout.startswith("without: quiet-check-in\n\nFAILED tests/quiet.yaml:2:5")
    assert shown.stdout.endswith("1 passed, 1 failed  (reference)\n")


@pytest.mark.parametrize(
    ("left_out", "message"),
    [("S99", "the strategy has no statement S99; did you mean S9?"), ("S1", "no rule serves S1")],
)
def test_a_statement_that_nothing_can_be_left_out_for_is_a_wrong_call(rules: Path, left_out: str, message: str) -> None:
    shown = patron("test", rules, "--without", left_out)
    assert (shown.exit_code, shown.stderr) == (2, f"patron: {message}\n")


def test_a_statement_whose_rules_no_scenario_needs_is_unproven(rules: Path) -> None:
    shown = patron("test", rules, "--without", "each", "--matcher", "reference")
    assert shown.exit_code == 1
    assert "S41: no scenario fails without quiet-check-in" in shown.stdout


def test_statements_whose_rules_a_story_misses_are_fine(rules: Path) -> None:
    shown = patron("test", told(rules, SCENARIO), "--without", "each", "--matcher", "reference", "--json")
    assert shown.exit_code == 0
    (s41,) = json.loads(shown.stdout)
    assert (s41["statement"], s41["rules"]) == ("S41", ["quiet-check-in"])
    assert s41["scenarios"] == [{"test": "Who goes quiet is asked once", "place": "tests/stories.yaml:2:5", "step": 2}]
    assert [test["place"] for test in s41["tests"]] == ["tests/quiet.yaml:2:5"]


def test_what_fails_with_all_rules_is_put_right_first(rules: Path) -> None:
    (rules / "tests/quiet.yaml").write_text(WRONG)
    shown = patron("test", rules, "--without", "each", "--matcher", "reference")
    assert shown.exit_code == 1
    assert shown.stdout.endswith("1 passed, 1 failed  (reference)\n")


@pytest.mark.skipif(not available(), reason="durable_rules cannot be imported")
def test_the_shipped_tests_pass_on_both_matchers() -> None:
    durable, reference = patron("test", RULES), patron("test", RULES, "--matcher", "reference")
    assert (durable.exit_code, reference.exit_code) == (0, 0)
    assert durable.stdout.endswith(" 0 failed  (durable_rules)\n")
    assert durable.stdout.replace("durable_rules", "reference") == reference.stdout
