"""The measured propensity: from the action file to what was seen, per tier, older contacts counting less."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decisioning import propensity
from engine.domain.times import DAY
from engine.rulebook.shop import Learning
from engine.value import counters
from engine.value.tiers import Snapshot, make_snapshot
from service import snapshots
from tests.support.books import NOW, action, book, rule

RULES = book([action("a")], [rule("r", "a")])
ACTION = RULES.actions["a"]
LEARNING = Learning(prior=50.0, half_life=90.0)


def seen(**tiers: tuple[float, float]) -> Snapshot:
    """A snapshot that knows of contacts and acceptances per tier."""
    totals = tuple(sum(pair[n] for pair in tiers.values()) for n in (0, 1))
    acceptance: dict[str, Any] = {f"a/{tier}": pair for tier, pair in tiers.items()}
    return Snapshot(acceptance={**acceptance, "a": totals})


def counted(**tiers: tuple[int, int]) -> dict[str, int]:
    """The counters of the shop."""
    changes = [
        counters.of_action(what, "a", tier, amount)
        for tier, pair in tiers.items()
        for what, amount in zip((counters.CONTACTS, counters.ACCEPTED), pair, strict=True)
    ]
    return {name: amount for name, amount in changes if amount}


def snapshot(at: int, previous: Snapshot | None = None, **tiers: tuple[int, int]) -> Snapshot:
    return make_snapshot(counted(**tiers), RULES.tiers, at, previous, LEARNING)


def test_without_learning_it_is_that_of_the_action_file() -> None:
    assert propensity.of(ACTION, "gold", seen(gold=(100, 50)), None) == (0.1, 0.0)


def test_without_contacts_it_is_that_of_the_action_file() -> None:
    assert propensity.of(ACTION, "gold", Snapshot(), LEARNING) == (0.1, 0.0)


def test_the_file_counts_like_its_prior_contacts() -> None:
    chance, evidence = propensity.of(ACTION, "gold", seen(gold=(50, 20)), LEARNING)
    assert chance == pytest.approx((50 * 0.1 + 20) / 100)
    assert evidence == 50


def test_a_tier_starts_from_what_the_other_tiers_did() -> None:
    others = (50 * 0.1 + 40) / (50 + 100)
    assert propensity.of(ACTION, "gold", seen(bronze=(100, 40)), LEARNING)[0] == pytest.approx(others, abs=1e-6)
    both, evidence = propensity.of(ACTION, "gold", seen(bronze=(100, 40), gold=(10, 0)), LEARNING)
    assert both == pytest.approx(50 * others / 60, abs=1e-6)
    assert evidence == 110


def test_a_tiers_own_contacts_are_not_counted_twice() -> None:
    one_tier, _ = propensity.of(ACTION, "gold", seen(gold=(150, 30)), LEARNING)
    assert one_tier == pytest.approx((50 * 0.1 + 30) / 200)


def test_with_many_contacts_it_is_the_rate_that_was_seen() -> None:
    assert propensity.of(ACTION, "gold", seen(gold=(1e6, 37_000)), LEARNING)[0] == pytest.approx(0.037, abs=1e-4)


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(st.floats(-5, 1e6), st.floats(-5, 1e7)),
    st.tuples(st.floats(-5, 1e6), st.floats(-5, 1e7)),
    st.floats(0, 1e4),
    st.floats(0, 1),
)
def test_it_is_a_chance_whatever_was_counted(
    gold: tuple[float, float], bronze: tuple[float, float], prior: float, thought: float
) -> None:
    unsure = replace(ACTION, propensity=thought)
    chance, evidence = propensity.of(unsure, "gold", seen(gold=gold, bronze=bronze), Learning(prior))
    assert 0 <= chance <= 1
    assert evidence >= 0


# ---- what a snapshot knows ----


def test_a_snapshot_without_learning_stays_as_small_as_it_was() -> None:
    plain = make_snapshot(counted(gold=(5, 1)), RULES.tiers, NOW)
    assert (plain.acceptance, plain.counted) == ({}, {})


def test_a_snapshot_knows_each_tier_and_all_of_them() -> None:
    known = snapshot(NOW, gold=(5, 1), bronze=(10, 3))
    assert known.acceptance == {"a": (15, 4), "a/gold": (5, 1), "a/bronze": (10, 3)}


def test_what_was_counted_a_half_life_ago_counts_half() -> None:
    first = snapshot(NOW, gold=(100, 20))
    later = snapshot(NOW + 90 * DAY, first, gold=(130, 21))
    assert later.acceptance["a/gold"] == (100 / 2 + 30, 20 / 2 + 1)


def test_it_does_not_matter_from_which_earlier_snapshot_one_goes_on() -> None:
    first = snapshot(NOW, gold=(100, 20))
    between = snapshot(NOW + 30 * DAY, first, gold=(100, 20))
    end = NOW + 90 * DAY
    direct, over = (snapshot(end, previous, gold=(130, 21)) for previous in (first, between))
    assert direct.acceptance["a"] == pytest.approx(over.acceptance["a"], abs=1e-5)


def test_a_clock_that_jumps_back_makes_nothing_younger() -> None:
    first = snapshot(NOW, gold=(100, 20))
    assert snapshot(NOW - DAY, first, gold=(100, 20)).acceptance == first.acceptance


def test_acceptances_that_are_undone_never_count_less_than_none() -> None:
    first = snapshot(NOW, gold=(10, 5))
    later = snapshot(NOW + 900 * DAY, first, gold=(10, 0))
    assert later.acceptance["a/gold"][1] == 0


def test_the_acceptance_comes_back_from_the_store_as_it_was() -> None:
    known = snapshot(NOW, gold=(5, 1), bronze=(10, 3))
    assert snapshots.load(7, snapshots.dump(known)) == replace(known, number=7)


def test_a_snapshot_that_was_stored_before_there_was_learning_can_be_read() -> None:
    old = b'{"number":0,"at":1,"customers":0,"mean_value":null,"margin_share":1.0,"cut_offs":[],"newcomer":null}'
    assert snapshots.load(3, old).acceptance == {}
