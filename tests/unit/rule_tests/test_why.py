"""Why a test failed: of each rule that is concerned, which condition did not hold, and with which facts."""

from dataclasses import replace

from authoring.rule_tests import read_tests
from authoring.rule_tests.differences import Why, why
from authoring.rule_tests.running import run_test
from authoring.rule_tests.without import without
from tests.support.rule_tests import run, small, written


def told(test: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Of a test that fails: each rule, what became of it, and its facts."""
    outcome = run(test)
    assert not outcome.passed
    return [(one.rule, one.says, one.facts) for one in why(outcome)]


def test_a_rule_that_did_not_hold_is_shown_with_each_condition_and_the_value_of_its_fact() -> None:
    assert told("given: {customer.orders: 0}\nplacements: [home.banner]\nexpect: {first: show}") == [
        ("show-to-buyers", "not matched", ("customer.orders is 0, needs at least 1",))
    ]


def test_a_rule_with_another_trigger_is_shown_with_its_own() -> None:
    assert told("placements: [home.banner]\nexpect: {first: write}") == [
        ("write-who-cancels", "not evaluated: its triggers are order_cancelled, and this trigger was a request", ())
    ]


def test_a_rule_that_held_and_was_refused_is_shown_with_the_reason_in_words() -> None:
    ((rule, says, (fact,)),) = told(
        "persona: sam\ngiven: {customer.churn_risk: high}\nask: inactive\nexpect: {first: call}"
    )
    assert (rule, says) == ("call-the-silent", "matched, but refused")
    assert fact.startswith("NO_REACHABLE_CHANNEL: ")


def test_a_rule_that_the_holdout_keeps_back_is_shown_so() -> None:
    test = "persona: mei\ngiven: {customer.churn_risk: high}\nholdout: yes\nask: inactive\nexpect: {first: call}"
    assert told(test) == [("call-the-silent", "matched, but withheld: control group", ())]


def test_a_rule_that_should_not_have_held_is_shown_with_the_facts_by_which_it_did() -> None:
    test = "given: {customer.orders: 2}\nlanguage: en\nplacements: [home.banner]\nexpect: {none: [show], first: show}"
    assert ("show-to-buyers", "matched and recommended show", ("customer.orders is 2",)) in told(
        test.replace("2}", "2, customer.days_since_last_order: 5}")
    )


def test_all_rules_of_an_action_that_is_missing_are_shown() -> None:
    rules = [rule for rule, _, _ in told("placements: [home.banner]\nexpect: {all: [note]}")]
    assert len(rules) > 5
    assert all(rule.startswith("note-") for rule in rules)


def test_the_rule_that_was_expected_is_shown() -> None:
    test = "given: {customer.churn_risk: high}\nplacements: [home.banner]\nexpect: {rule: show-to-buyers}"
    assert [rule for rule, _, _ in told(test)] == ["show-to-buyers"]


def test_an_action_that_no_rule_recommends_is_shown_so_where_it_stands() -> None:
    test = "given: {customer.churn_risk: high}\nplacements: [home.banner]\nexpect: {first: call, rule: call-the-silent}"
    (one,) = read_tests({"tests/a.yaml": written(test)}, small().rulebook)[0]
    found = why(run_test(one, without(small(), ["call-the-silent"])))
    place = small().rulebook.actions["call"].place
    assert found == (
        Why("call", place, "no rule recommends this action"),
        Why("call-the-silent", None, "left out of this run"),
    )


def test_a_draft_is_shown_to_be_one() -> None:
    test = "given: {customer.churn_risk: high}\nplacements: [home.banner]\nexpect: {rule: show-to-buyers}"
    (one,) = read_tests({"tests/a.yaml": written(test)}, small().rulebook)[0]
    rules = small().rulebook.rules
    book = replace(
        small().rulebook, rules={**rules, "show-to-buyers": replace(rules["show-to-buyers"], status="draft")}
    )
    fewer = replace(without(small(), ["show-to-buyers"]), rulebook=book)
    assert [one.says for one in why(run_test(one, fewer))] == ["not evaluated: its status is draft"]


def test_where_time_passed_and_nothing_fell_due_the_rules_are_shown_as_they_would_have_been_evaluated() -> None:
    scenario = """
persona: mei
steps:
  - event: {type: order_completed, properties: {total: "60.00"}}
  - {after: 29 days, expect: {first: call}}
"""
    outcome = run(scenario)
    assert (outcome.decisions, len(outcome.looked)) == ((), 2)
    ((rule, says, (fact,)),) = told(scenario)
    assert (rule, says) == ("call-the-silent", "not matched")
    assert fact == "customer.churn_risk is low, needs high"


def test_a_test_that_passed_has_nothing_to_tell() -> None:
    assert why(run("expect: {first: none}")) == ()
