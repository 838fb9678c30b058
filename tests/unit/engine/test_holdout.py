"""Holdouts: a stable, even and independent share of the customers, and what is never held out."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decisioning.control_group import uniform, withheld_by
from engine.rulebook.model import Rulebook
from engine.rulebook.offers import Action
from tests.support.books import action, book, rule

CUSTOMERS = [f"c/{n}" for n in range(20_000)]
KINDS = ("marketing", "service", "transactional", "mandatory", "internal")
GLOBAL = "{salt: spring, holdout: {share: 10 %, spare: {tiers: [gold]}}}"
SALTED = "salt: spring"


def ruled(measurement: str = GLOBAL, **changes: object) -> Rulebook:
    actions = [action(name, **changes) for name in ("a", "b")]
    return book(actions, [rule("r", "a")], measurement=measurement)


def of_kind(kind: str, rules: Rulebook, **changes: object) -> Action:
    return replace(rules.actions["a"], kind=kind, **changes)


def held(rules: Rulebook, name: str = "a", tier: str = "none") -> set[str]:
    return {c for c in CUSTOMERS if withheld_by(c, rules.actions[name], tier, rules)}


def share_of(people: set[str], among: set[str] | list[str] = CUSTOMERS) -> float:
    return len(people & set(among)) / len(among)


def test_without_a_holdout_nobody_is_held_out() -> None:
    assert held(ruled("{}")) == set()


@pytest.mark.parametrize("share", [1, 5, 20, 50])
def test_the_share_of_customers_held_out_is_close_to_the_one_asked_for(share: int) -> None:
    for rules in (ruled(f"{{salt: s, holdout: {{share: {share} %}}}}"), ruled(SALTED, holdout=f"{share} %")):
        assert share_of(held(rules)) == pytest.approx(share / 100, abs=0.012)


def test_the_reason_says_whose_holdout_it_was() -> None:
    both = ruled("{salt: spring, holdout: {share: 20 %}}", holdout="20 %")
    said = [withheld_by(c, both.actions["a"], "none", both) for c in CUSTOMERS]
    assert {"everybody", "action", None} == set(said)


def test_the_global_holdout_takes_all_actions_from_the_same_people() -> None:
    assert held(ruled(), "a") == held(ruled(), "b")


def test_who_is_held_out_of_one_action_is_not_more_often_held_out_of_another() -> None:
    rules = ruled(SALTED, holdout="20 %")
    one, other = held(rules, "a"), held(rules, "b")
    assert share_of(other, one) == pytest.approx(0.2, abs=0.03)


def test_an_actions_own_holdout_is_independent_of_the_global_one() -> None:
    everybody = held(ruled("{salt: spring, holdout: {share: 20 %}}"))
    own = held(ruled(SALTED, holdout="20 %"))
    assert share_of(own, everybody) == pytest.approx(0.2, abs=0.03)


def test_another_salt_holds_out_other_people() -> None:
    again = held(ruled("{salt: autumn, holdout: {share: 10 %}}"))
    assert share_of(again, held(ruled())) == pytest.approx(0.1, abs=0.03)


def test_the_same_people_are_held_out_whatever_else_the_rules_say() -> None:
    edited = ruled("{salt: spring, observed: 30 days, holdout: {share: 10 %}}", value="99 EUR", title="Another")
    assert held(edited) == held(ruled())


def test_these_very_people_are_held_out_after_every_restart() -> None:
    """Fixed for ever: a change of the hash would mix up every comparison that is going on."""
    assert uniform("spring", "a", "c/mei") == pytest.approx(0.793149, abs=1e-6)
    assert uniform("spring", "*", "c/mei") == pytest.approx(0.350752, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=9), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_contains_the_smaller(customer: str, one: float, other: float) -> None:
    small, large = sorted((one, other))
    rules = ruled(SALTED)
    if withheld_by(customer, of_kind("marketing", rules, holdout=small), "none", rules):
        assert withheld_by(customer, of_kind("marketing", rules, holdout=large), "none", rules)


@pytest.mark.parametrize("kind", KINDS)
def test_only_marketing_is_held_out_globally_unless_the_file_says_otherwise(kind: str) -> None:
    rules = ruled()
    someone = min(held(rules))
    assert (withheld_by(someone, of_kind(kind, rules), "none", rules) is not None) == (kind == "marketing")


@pytest.mark.parametrize("kind", KINDS)
def test_tasks_and_what_a_customer_must_be_told_are_never_held_out(kind: str) -> None:
    rules = ruled("{salt: spring, holdout: {share: 50 %, spare: {kinds: [mandatory]}}}")
    everyone = [withheld_by(c, of_kind(kind, rules, holdout=0.5), "none", rules) for c in CUSTOMERS[:50]]
    assert (set(everyone) == {None}) == (kind in ("internal", "transactional"))
    assert ("everybody" in everyone) == (kind in ("marketing", "service"))


def test_a_spared_tier_is_in_no_global_holdout_but_in_an_actions_own() -> None:
    assert held(ruled(), tier="gold") == set()
    own = ruled("{salt: spring, holdout: {share: 10 %, spare: {tiers: [gold]}}}", holdout="10 %")
    assert {withheld_by(c, own.actions["a"], "gold", own) for c in CUSTOMERS} == {None, "action"}
