"""Limits, stock and budgets in rule tests: what others have taken, and what is taken then."""

import pytest

from tests.support.rule_tests import read, run

TELLS = "event: {type: feedback_given, properties: {topic: x}}"
ASK = f"persona: mei\nask: {{{TELLS}}}"
CANCELS = "persona: mei\nask: {event: {type: order_cancelled, properties: {order_id: o1}}}"


def comes_to(expect: str, *lines: str) -> bool:
    return run("\n".join((*lines, f"expect: {{{expect}}}"))).passed


def lived(*steps: str, more: str = "persona: mei") -> tuple[tuple[str, str], ...]:
    return run("\n".join((more, "steps:", *(f"  - {{{step}}}" for step in steps)))).failures


# ---- tests ----


@pytest.mark.parametrize(
    ("used", "reason"),
    [("stock: 3", "STOCK_EXHAUSTED"), ("budget: 1.61 EUR", "BUDGET_EXHAUSTED"), ("budget: 2 EUR", "BUDGET_EXHAUSTED")],
)
def test_what_others_have_used_up_is_not_recommended(used: str, reason: str) -> None:
    assert comes_to(f"first: none, rejected: {{present: {reason}}}", ASK, f"used: {{present: {{{used}}}}}")


@pytest.mark.parametrize("used", ["stock: 2", "budget: 1.60 EUR", "stock: 0"])
def test_the_last_unit_is_recommended(used: str) -> None:
    assert comes_to("first: present", ASK, f"used: {{present: {{{used}}}}}")


def test_the_contacts_of_all_customers_count() -> None:
    assert comes_to("first: write", CANCELS, "used: {write: {total: 4}}")
    assert comes_to("rejected: {write: TOTAL_EXHAUSTED}", CANCELS, "used: {write: {total: 5}}")


def test_what_is_used_then_can_be_expected() -> None:
    others = "used: {present: {stock: 1, budget: 0.50 EUR}}"
    assert comes_to("used: {present: {stock: 2, budget: 0.90 EUR}}", ASK, others)
    assert comes_to("used: {present: {stock: {at_least: 2}, budget: {between: [0.80 EUR, 1 EUR]}}}", ASK, others)


def test_what_is_used_otherwise_is_shown() -> None:
    failures = run(f"{ASK}\nexpect: {{used: {{present: {{stock: 2, budget: 1 EUR}}}}}}").failures
    assert failures == (
        ("used: present: stock 2", "used: present: stock 1"),
        ("used: present: budget 1 EUR", "used: present: budget 0.40 EUR"),
    )


def test_each_test_has_a_shop_of_its_own() -> None:
    assert all(comes_to("first: present, used: {present: {stock: 1}}", ASK) for _ in range(4))


# ---- stories ----


def test_a_scenario_uses_up_what_there_is() -> None:
    sent = "outcome: {present: sent}"
    steps = [f"{TELLS}, expect: {{first: present}}", sent] * 3
    none_left = "expect: {rejected: {present: STOCK_EXHAUSTED}, used: {present: {stock: 3}}}"
    assert lived(*steps, f"{TELLS}, {none_left}") == ()


def test_others_take_the_rest_while_a_scenario_goes_on() -> None:
    assert (
        lived(
            f"{TELLS}, expect: {{first: present}}",
            "outcome: {present: sent}",
            "used: {present: {stock: 2}}, after: 1 day",
            f"{TELLS}, expect: {{first: none, rejected: {{present: STOCK_EXHAUSTED}}}}",
        )
        == ()
    )


def test_others_take_no_more_than_there_is_left() -> None:
    first = f"{TELLS}, expect: {{first: present}}"
    assert lived(first, "used: {present: {stock: 3}}, after: 1 hour, expect: {used: {present: {stock: 3}}}") == ()


def test_what_is_refused_is_given_back() -> None:
    assert (
        lived(
            f"{TELLS}, expect: {{used: {{present: {{stock: 1}}}}}}",
            "outcome: {present: reject}, expect: {used: {present: {stock: 0}}}",
        )
        == ()
    )


def test_what_expires_is_given_back() -> None:
    assert (
        lived(
            f"{TELLS}, expect: {{used: {{present: {{stock: 1, budget: 0.40 EUR}}}}}}",
            "after: 60 days, expect: {used: {present: {stock: 0, budget: 0 EUR}}}",
        )
        == ()
    )


def test_a_budget_is_there_again_in_the_next_month() -> None:
    spent = "used: {present: {budget: 2 EUR}}"
    refused = f"{TELLS}, expect: {{rejected: {{present: BUDGET_EXHAUSTED}}}}"
    assert lived(refused, f"after: 31 days, {TELLS}, expect: {{first: present}}", more=f"persona: mei\n{spent}") == ()


def test_what_is_withdrawn_is_given_back() -> None:
    cancels = "event: {type: order_cancelled, properties: {order_id: o1}}, expect: {used: {write: {total: 1}}}"
    bought = 'event: {type: order_completed, properties: {total: "5.00"}}, decide: none'
    asked = "placements: [home.banner], expect: {withdrawn: [write], used: {write: {total: 0}}}"
    assert lived(cancels, bought, asked) == ()


# ---- slips ----

WRONG = {
    "unknown-action": "used: {«presents: {stock: 1}}",
    "without-limit": "used: {present: {«total: 1}}",
    "unknown-key": "used: {present: {«stocks: 1}}",
    "bad-unit": "used: {present: {budget: «1}}",
    "bad-value": "used: {present: {stock: «1.5}}",
    "out-of-range": "used: {present: {stock: «4}}",
    "wrong-type": "used: {present: «3}",
}


@pytest.mark.parametrize("code", WRONG)
def test_a_slip_is_found_at_its_place(code: str) -> None:
    _, findings = read(f"{WRONG[code].replace('«', '')}\nexpect: {{first: none}}")
    assert [finding.code for finding in findings] == [code]
    assert findings[0].place.column == 4 + WRONG[code].index("«") + 1


def test_what_came_of_a_recommendation_decides_nothing_that_could_be_expected() -> None:
    _, findings = read(
        "steps: [{ask: requested, expect: {first: none}}, {outcome: {call: sent}, expect: {first: none}}]"
    )
    assert [finding.code for finding in findings] == ["bad-expect"]
