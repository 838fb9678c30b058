"""What can be expected besides actions: scores, texts in every language, effects, deliveries, facts; and slips."""

import pytest

from engine.rulebook.findings import render
from tests.support.rule_tests import read, run

BUYER = "persona: mei\ngiven: {customer.orders: 1, customer.days_since_last_order: 5}\nplacements: [home.banner]"
SILENT = "persona: mei\ngiven: {customer.churn_risk: high}\nask: inactive"


def failures(expect: str, test: str = SILENT) -> tuple[tuple[str, str], ...]:
    return run(f"{test}\nexpect: {{{expect}}}").failures


# ---- scores ----


@pytest.mark.parametrize(
    "wanted", ["5", "5.00", "{at_least: 5}", "{at_most: 5}", "{between: [4.9, 5]}", "{more_than: 4, less_than: 5.1}"]
)
def test_a_score_is_expected_as_a_number_or_within_bounds(wanted: str) -> None:
    assert failures(f"score: {wanted}") == ()


@pytest.mark.parametrize("wanted", ["5.01", "{at_least: 5.01}", "{more_than: 5}", "{less_than: 5}"])
def test_a_score_that_is_another_is_shown(wanted: str) -> None:
    (failure,) = failures(f"score: {wanted}")
    assert failure[1] == "score: 5"


def test_a_number_alone_is_met_by_what_rounds_to_it() -> None:
    assert failures("score_parts: {propensity: 0.1, value: 50, cost: 0}") == ()
    assert failures("score: {between: [4.9, 4.99]}") == (("score: between 4.9 to 4.99", "score: 5"),)


def test_parts_of_a_score_that_are_others_are_shown_one_by_one() -> None:
    found = failures("score_parts: {context: {more_than: 1}, multiplier: 1, value: {at_most: 49}}")
    assert found == (("value: at_most 49", "value: 50"), ("context: more_than 1", "context: 1"))


def test_nothing_has_no_score() -> None:
    assert failures("score: 5", "ask: inactive") == (("score: 5", "score: nothing is recommended"),)


# ---- texts ----


def test_a_text_is_expected_somewhere_in_a_field_or_as_all_of_it() -> None:
    title = run(f"{BUYER}\nlanguage: en\nexpect: {{first: show}}").decided[0].given[0].content.fields["title"]
    assert failures(f"text: {{title: {{is: {title!r}}}}}", f"{BUYER}\nlanguage: en") == ()
    assert failures(f"text: {{title: {title[1:]!r}}}", f"{BUYER}\nlanguage: en") == ()
    assert failures(f"text: {{title: {{has: {title[1:]!r}, is: {title!r}}}}}", f"{BUYER}\nlanguage: en") == ()
    (failure,) = failures(f"text: {{title: {{is: {title[1:]!r}}}}}", f"{BUYER}\nlanguage: en")
    assert failure == (f"text title: is {title[1:]}", f"text title: title {title!r}")


def test_texts_are_expected_in_each_language() -> None:
    spoken = {name: run(f"{SILENT}\nlanguage: {name}\nexpect: {{first: call}}") for name in ("en", "zh-Hans")}
    said = {name: outcome.decided[0].given[0].content.fields["title"] for name, outcome in spoken.items()}
    assert said["en"] != said["zh-Hans"]
    both = ", ".join(f"{language}: {{title: {{is: {text!r}}}}}" for language, text in said.items())
    assert failures(f"texts: {{{both}}}") == ()
    (failure,) = failures(f"texts: {{en: {said['zh-Hans']!r}}}")
    assert failure[0] == f"text en: {said['zh-Hans']}"
    assert repr(said["en"]) in failure[1]


def test_a_language_that_an_action_has_no_text_in_is_said() -> None:
    task = "persona: mei\nask: wish_expressed"
    (failure,) = failures("first: note, texts: {zh-Hans: Look}", task)
    assert failure == ("text zh-Hans: Look", "text zh-Hans: it has no text in zh-Hans, only in en")


def test_texts_of_a_scenario_are_expected_in_each_language() -> None:
    order = 'event: {type: order_completed, properties: {total: "60.00"}}'
    wanted = "{after: 45 days, expect: {texts: {en: XX, zh-Hans: XX}}}"
    (_, english), (_, chinese) = run(f"persona: mei\nsteps:\n  - {order}\n  - {wanted}").failures
    assert english.removeprefix("text en: ").isascii()
    assert not chinese.removeprefix("text zh-Hans: ").isascii()


# ---- effects, deliveries, withdrawals ----


def test_an_effect_is_expected_by_its_type_or_with_its_numbers() -> None:
    assert failures("effect: discount") == ()
    assert failures("effect: {type: discount, percent: 10 %}") == ()


def test_another_effect_is_shown_with_its_numbers() -> None:
    assert failures("effect: {type: discount, percent: 15 %}") == (
        ("effect: discount (percent 15.0)", "effect: discount (percent 10.0)"),
    )


def test_deliveries_are_expected_with_or_without_their_channel() -> None:
    for expected in ("[call]", "{call: email}"):
        assert failures(f"deliveries: {expected}") == ()
    assert failures("deliveries: {call: web}") == (("deliveries: call: web", "deliveries: call: email"),)
    assert failures("deliveries: []") == (("deliveries: none", "deliveries: call"),)


def test_what_stands_in_a_placement_is_no_delivery() -> None:
    assert failures("first: show, deliveries: []", BUYER) == ()


def test_the_reason_of_a_withdrawal_can_be_expected() -> None:
    waits = "pending: [{action: write, channel: email, time: -1 hour}]"
    given = (
        "given: {customer.days_since_last_order: 3, customer.channel_addresses: [email], customer.consents: [email]}"
    )
    gone = f"persona: mei\n{given}\n{waits}\nplacements: [home.banner]"
    assert failures("withdrawn: {write: FORBIDDEN_BY_RULE}", gone) == ()
    assert failures("withdrawn: {write: NO_CONSENT}", gone) == (
        ("withdrawn: write: NO_CONSENT", "withdrawn: write: FORBIDDEN_BY_RULE"),
    )


# ---- facts ----


def test_facts_are_expected_in_the_language_of_rules() -> None:
    bought = "history: [{type: order_completed, time: -40 days, properties: {order_id: o1, total: '60.00'}}]"
    wanted = (
        "customer.days_since_last_order: {between: [40, 41]}, customer.churn_risk: high, any: [{customer.orders: 1}]"
    )
    assert failures(f"facts: {{{wanted}}}", bought) == ()
    assert failures(
        "facts: {customer.days_since_last_order: {at_least: 41 days}, customer.churn_risk: [low, none]}", bought
    ) == (
        ("facts: customer.days_since_last_order: {at_least: 41 days}", "customer.days_since_last_order: 40 days"),
        ("facts: customer.churn_risk: [low, none]", "customer.churn_risk: high"),
    )


def test_facts_of_a_scenario_are_those_of_its_step() -> None:
    order = 'event: {type: order_completed, properties: {total: "60.00"}}'
    scenario = f"persona: mei\nsteps:\n  - {order}\n  - {{after: 9 days, ask: requested, expect: {{facts: %s}}}}"
    assert run(scenario % "{customer.days_since_last_order: 9, customer.orders: 1}").passed
    assert run(scenario % "{customer.days_since_last_order: 8}").failures == (
        ("facts: customer.days_since_last_order: 8 days", "customer.days_since_last_order: 9 days"),
    )


def test_where_nothing_is_decided_there_are_no_facts() -> None:
    outcome = run("steps: [{after: 1 day, expect: {facts: {customer.orders: 0}}}]")
    assert outcome.failures == (("facts", "there is no decision, so there are no facts"),)


# ---- slips ----

WRONG = {
    "unknown-operator": "score: {«gte: 5}",
    "bad-value": "score: «much",
    "wrong-type": "score: «[5]",
    "out-of-range": "score: {between: «[5, 4]}",
    "unknown-key": "score_parts: {«chance: 0.1}",
    "unknown-language": "texts: {«fr: Bonjour}",
    "unknown-field": "text: {«titel: Hello}",
    "unknown-word": "effect: {type: «discounts}",
    "missing-key": "effect: {type: gift}",
    "bad-unit": "effect: {type: discount, percent: «10}",
    "unknown-action": "deliveries: [«cal]",
    "unknown-channel": "deliveries: {call: «mail}",
    "unknown-reason": "withdrawn: {call: «GONE}",
    "unknown-fact": "facts: {«customer.order: 1}",
    "wrong-operator": "facts: {customer.churn_risk: {«at_least: high}}",
    "bad-expect": "first: none, score: «5",
}


@pytest.mark.parametrize("code", WRONG)
def test_a_slip_is_found_at_its_place(code: str) -> None:
    marked = f"expect: {{{WRONG[code]}}}"
    _, findings = read(marked.replace("«", ""))
    assert [finding.code for finding in findings] == [code], render(findings)
    if "«" in marked:
        assert findings[0].place.column == 4 + marked.index("«") + 1


def test_a_bound_that_people_write_otherwise_is_named() -> None:
    assert [read(f"expect: {{score: {{{word}: 5}}}}")[1][0].hint for word in ("gte", "at_leest", "is_not")] == [
        "did you mean at_least?",
        "did you mean at_least?",
        "possible: at_least, more_than, at_most, less_than, between",
    ]
