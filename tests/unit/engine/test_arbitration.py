"""The best of what is allowed: the score, its factors, and a tie-break that is written down."""

from itertools import permutations
from typing import Any

import pytest

from engine.compiled.rulebook import Compiled
from engine.domain.decision import Recommendation
from engine.domain.refusal import Outranked
from engine.value.tiers import CutOff, Snapshot, place
from tests.support.books import (
    action,
    actions_of,
    asked,
    decision,
    given,
    made,
    on,
    order,
    reachable,
    reasons,
    rule,
    who,
)

HERE = asked("account.next", count=3)
PRICED = {
    "value": "20 EUR",
    "propensity": "5 %",
    "cost": {"per_contact": "0.10 EUR", "per_acceptance": "4 EUR"},
}


def first(compiled: Compiled) -> Recommendation:
    return given(decision(compiled, HERE))[0]


def one(*more: dict[str, Any], **files: str) -> Compiled:
    choice = {"action": "a", "products": {"role": "activation", "count": 1}}
    return made([action("a", **PRICED)], [rule("r", recommend=choice), *more], **files)


def test_the_score_is_propensity_times_value_times_context_less_costs() -> None:
    best = first(one(rule("b", boost={"action": "a", "by": 2.0})))
    assert best.score == pytest.approx(0.05 * 20 * 2.0 - 0.10 - 0.05 * 4)
    assert best.score_parts == {
        "propensity": 0.05,
        "evidence": 0.0,
        "value": 20.0,
        "context": 2.0,
        "multiplier": 1.0,
        "cost": 0.3,
    }


@pytest.mark.parametrize(
    ("factors", "score"),
    [
        ("propensity", 0.05),
        ("value", 20.0),
        ("context", 2.0),
        ("cost", 1 - 0.1 - 4.0),
        ("propensity, value", 1.0),
        ("propensity, value, context, cost", 1.7),
    ],
)
def test_a_factor_that_is_left_out_counts_one(factors: str, score: float) -> None:
    boosted = one(rule("b", boost={"action": "a", "by": 2.0}), arbitration=f"factors: [{factors}]")
    assert first(boosted).score == pytest.approx(score)


@pytest.mark.parametrize(
    ("boosts", "context"),
    [
        ([{"action": "a", "by": 3.0}], 3.0),
        ([{"group": "group-of-a", "by": 3.0}], 3.0),
        ([{"role": "activation", "by": 3.0}], 3.0),
        ([{"role": "profit", "by": 3.0}], 1.0),
        ([{"action": "a", "by": 3.0}, {"group": "group-of-a", "by": 0.5}], 1.5),
    ],
)
def test_boosts_multiply_the_context_of_what_they_name(boosts: list[dict[str, Any]], context: float) -> None:
    rules = [rule(f"b{n}", boost=boost) for n, boost in enumerate(boosts)]
    assert first(one(*rules)).score_parts["context"] == context


@pytest.mark.parametrize(
    "more",
    [
        {"status": "shadow"},
        {"valid": {"until": "2026-01-01"}},
        {"trigger": ["inactive"]},
        {"when": {"customer.orders": 9}},
    ],
)
def test_a_boost_that_is_not_in_force_counts_one(more: dict[str, Any]) -> None:
    assert first(one(rule("b", boost={"action": "a", "by": 3.0}, **more))).score_parts["context"] == 1


GOLD = Snapshot(
    1,
    cut_offs=(CutOff("gold", -1e9, -1e9),),
    newcomer=-1e9,
    acceptance={"a": (150.0, 60.0), "a/bronze": (100.0, 50.0), "a/gold": (50.0, 10.0)},
)
"""Everybody who has bought is gold."""


def for_gold(arbitration: str, snapshot: Snapshot = GOLD) -> Recommendation:
    """What a gold customer gets, ranked by this arbitration.yaml."""
    compiled = one(arbitration=arbitration)
    profile = who(order("o1"))
    profile = profile.but(placing=place(profile, compiled.rulebook.tiers, snapshot))
    return given(decision(compiled, HERE, profile, snapshot=snapshot))[0]


@pytest.mark.parametrize(
    ("multipliers", "multiplier"),
    [
        ("{tier: gold, by: 1.5}", 1.5),
        ("{tier: [bronze, gold], by: 1.5}", 1.5),
        ("{tier: bronze, by: 1.5}", 1.0),
        ("{role: activation, by: 3}", 3.0),
        ("{role: profit, by: 3}", 1.0),
        ("{group: group-of-a, by: 0.5}", 0.5),
        ("{tier: gold, role: activation, group: group-of-a, by: 2}", 2.0),
        ("{tier: gold, role: profit, by: 2}", 1.0),
        ("{tier: gold, by: 1.5}, {role: activation, by: 2}, {tier: bronze, by: 9}", 3.0),
    ],
)
def test_levers_multiply_where_all_that_they_name_fits(multipliers: str, multiplier: float) -> None:
    best = for_gold(f"multipliers: [{multipliers}]")
    assert best.score_parts["multiplier"] == multiplier
    assert best.score == pytest.approx(0.05 * 20 * multiplier - 0.3)


def test_levers_are_off_where_the_factor_is_left_out() -> None:
    assert (
        for_gold("{factors: [propensity, value], multipliers: [{tier: gold, by: 2}]}").score_parts["multiplier"] == 1.0
    )


def test_the_measured_propensity_of_the_tier_counts_with_its_evidence() -> None:
    parts = for_gold("learning: {prior: 50 contacts, half_life: 90 days}").score_parts
    others = (50 * 0.05 + 50) / 150
    assert parts["propensity"] == pytest.approx((50 * others + 10) / 100, abs=1e-6)
    assert parts["evidence"] == 150.0


def test_what_an_acceptance_costs_is_weighed_with_the_measured_propensity() -> None:
    best = for_gold("learning: {prior: 50 contacts}")
    assert best.score_parts["cost"] == pytest.approx(0.10 + best.score_parts["propensity"] * 4, abs=1e-6)


def test_without_learning_what_was_measured_changes_nothing() -> None:
    parts = for_gold("{}").score_parts
    assert (parts["propensity"], parts["evidence"]) == (0.05, 0.0)


def test_a_score_may_be_negative_and_still_is_the_best_there_is() -> None:
    costly = made([action("a", value="0 EUR", cost={"per_contact": "1 EUR"})], [rule("r", "a")])
    assert first(costly).score == -1.0


def test_the_highest_score_comes_first_and_ranks_count_from_one() -> None:
    compiled = made(
        [action("a", value="1 EUR"), action("b", value="3 EUR"), action("c", value="2 EUR")],
        [rule("r1", "a"), rule("r2", "b"), rule("r3", "c")],
    )
    assert [(g.rank, g.action) for g in given(decision(compiled, HERE))] == [(1, "b"), (2, "c"), (3, "a")]


def test_ties_go_by_priority_then_by_the_actions_id() -> None:
    actions = [action("d"), action("c"), action("b", priority=50), action("a", priority=60)]
    rules = [rule(f"r{n}", name) for n, name in enumerate("dcba")]
    compiled = made(actions, rules)
    assert actions_of(decision(compiled, HERE)) == ["b", "a", "c"]


TIED = [action("c"), action("b", priority=50), action("a"), action("d", value="11 EUR")]
OF_TIED = [
    rule("r1", "a"),
    rule("r2", "b"),
    rule("r3", "c"),
    rule("r4", "d"),
    rule("r0", recommend={"action": "a", "products": {"role": "profit", "count": 1}}),
]


@pytest.mark.parametrize("order", list(permutations(range(5)))[::7])
def test_the_order_of_rules_and_actions_in_their_files_changes_nothing(order: tuple[int, ...]) -> None:
    shuffled = made([TIED[n % 4] for n in order if n < 4], [OF_TIED[n] for n in order])
    written = made(TIED, OF_TIED)
    assert decision(shuffled, HERE).results == decision(written, HERE).results
    assert reasons(decision(shuffled, HERE)) == reasons(decision(written, HERE))


def test_of_two_rules_for_one_action_the_better_recommendation_stays() -> None:
    profitable = {"action": "a", "products": {"role": "profit", "count": 1}}
    rules = [
        rule("plain", "a"),
        rule("with-product", recommend=profitable),
        rule("b", boost={"role": "profit", "by": 2}),
    ]
    decided = decision(made([action("a")], rules), HERE)
    assert [g.rule for g in given(decided)] == ["with-product"]
    assert [(r.rule, r.reason) for r in decided.rejected] == [("plain", "DUPLICATE")]


def test_a_rule_that_cannot_recommend_does_not_stand_in_the_way_of_another() -> None:
    nothing = {"action": "a", "products": {"role": "stabilising", "count": 1}}
    decided = decision(made([action("a")], [rule("r1", recommend=nothing), rule("r2", "a")]), HERE)
    assert [g.rule for g in given(decided)] == ["r2"]
    assert [(r.rule, r.reason) for r in decided.rejected] == [("r1", "NO_PRODUCT")]


def test_what_is_not_among_the_best_is_outranked() -> None:
    compiled = made([action("a"), action("b", value="20 EUR")], [rule("r1", "a"), rule("r2", "b")])
    decided = decision(compiled, asked("home.banner"))
    assert (actions_of(decided), reasons(decided)) == (["b"], {"a": "OUTRANKED"})
    assert decided.rejected[0].refusal.params == Outranked(score=1.0, ahead=1)


@pytest.mark.parametrize(("at_most", "sent"), [(0, []), (1, ["a"]), (2, ["a", "b"])])
def test_one_event_sets_off_no_more_messages_than_arbitration_allows(at_most: int, sent: list[str]) -> None:
    actions = [action(name, treatments=[on("email")]) for name in ("a", "b", "c")]
    rules = [rule(f"r-{name}", name) for name in ("a", "b", "c")]
    compiled = made(actions, rules, arbitration=f"outbound: {{at_most: {at_most}}}")
    assert actions_of(decision(compiled, asked(), who(*reachable("email")))) == sent


def test_a_task_for_staff_takes_no_message_from_the_customer() -> None:
    actions = [
        action("task", kind="internal", value="90 EUR", treatments=[on("desk")]),
        action("a", treatments=[on("email")]),
    ]
    compiled = made(actions, [rule("r1", "task"), rule("r2", "a")], arbitration="outbound: {at_most: 1}")
    assert actions_of(decision(compiled, asked(), who(*reachable("email")))) == ["task", "a"]
