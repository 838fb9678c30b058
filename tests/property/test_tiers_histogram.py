"""The histograms hold every ranked customer exactly once, and cut-offs take in no more than their share."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.events import Event
from engine.domain.profile import Placing, Profile, apply
from engine.domain.times import DAY
from engine.rulebook.shop import TierLevel, Tiers
from engine.value.tiers import BIN, CutOff, Snapshot, is_ranked, make_snapshot, moves, place, score, tier_of
from tests.support.books import DAYS
from tests.support.histories import END, histories

FEW = settings(max_examples=200, deadline=None)
LEVELS = (
    TierLevel("platinum", 0.05, 0.07),
    TierLevel("gold", 0.2, 0.25),
    TierLevel("silver", 0.5, 0.55),
    TierLevel("bronze"),
)
TIERS = Tiers(LEVELS, newcomer_below_orders=2, newcomer_unless_top=0.05)
PLAIN = Tiers(LEVELS)
BY_VALUE = replace(PLAIN, share_of="value")
RANKED = (
    "order_completed",
    "order_completed",
    "order_returned",
    "order_cancelled",
    "channel_address_added",
    "channel_address_removed",
)
SNAPSHOTS = (Snapshot(), Snapshot(1, mean_value=4_000.0, margin_share=0.4))


class Shop:
    """Customers and the histograms of all of them, kept as the service keeps them."""

    def __init__(self, tiers: Tiers) -> None:
        self.tiers = tiers
        self.customers: dict[str, Profile] = {}
        self.histogram: dict[str, int] = {}

    def happened(self, customer: str, event: Event, snapshot: Snapshot) -> None:
        before = self.customers.get(customer, Profile(customer))
        after = apply(before, event, {}, DAYS)
        after = replace(after, placing=place(after, self.tiers, snapshot))
        self._move(before.placing, after.placing)
        self.customers[customer] = after

    def leave(self, customer: str) -> None:
        self._move(self.customers.pop(customer).placing, None)

    def _move(self, old: Placing | None, new: Placing | None) -> None:
        for name, change in moves(old, new):
            assert change
            self.histogram[name] = self.histogram.get(name, 0) + change

    def counted(self) -> dict[str, int]:
        """The histograms counted anew."""
        counts: dict[str, int] = {}
        for profile in self.customers.values():
            for name, change in moves(None, profile.placing):
                counts[name] = counts.get(name, 0) + change
        return counts


def without_zeros(histogram: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in histogram.items() if count}


@FEW
@given(
    st.sampled_from((TIERS, replace(TIERS, reachable=True, min_orders=2), replace(TIERS, value_from="spend"))),
    histories(RANKED),
    st.data(),
)
def test_histograms_equal_a_recount_and_end_empty(tiers: Tiers, events: Sequence[Event], data: st.DataObject) -> None:
    shop = Shop(tiers)
    for event in events:
        customer = data.draw(st.sampled_from(("c/a", "c/b", "a/visitor")))
        shop.happened(customer, event, data.draw(st.sampled_from(SNAPSHOTS)))
    assert without_zeros(shop.histogram) == without_zeros(shop.counted())
    assert shop.histogram.get("customers", 0) == sum(is_ranked(p, tiers) for p in shop.customers.values())
    for customer in list(shop.customers):
        shop.leave(customer)
    assert not without_zeros(shop.histogram)


def placings(newcomers: bool = False) -> st.SearchStrategy[list[Placing]]:
    one = st.builds(
        Placing,
        score_bin=st.one_of(st.integers(-5, 5), st.integers(-100_000, 3_000)),
        value_bin=st.just(0),
        value=st.integers(0, 10**13),
        days_bought=st.integers(1, 100),
        spend=st.integers(-100, 10**13),
        margin=st.integers(-100, 10**13),
        newcomer=st.booleans() if newcomers else st.just(False),
    )
    return st.lists(one, max_size=60)


def histogram_of(placed: Sequence[Placing]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for placing in placed:
        for name, change in moves(None, placing):
            counts[name] = counts.get(name, 0) + change
    return counts


@FEW
@given(placings(newcomers=True))
def test_at_most_its_share_of_customers_enters_a_tier(placed: list[Placing]) -> None:
    snapshot = make_snapshot(histogram_of(placed), TIERS, 0)
    for cut, level in zip(snapshot.cut_offs, LEVELS, strict=False):
        inside = sum(p.score_bin * BIN >= cut.enter for p in placed)
        assert level.enter_top is not None
        assert inside <= level.enter_top * len(placed) + 1e-6


@FEW
@given(placings())
def test_at_most_its_share_of_value_enters_a_tier_by_value(placed: list[Placing]) -> None:
    snapshot = make_snapshot(histogram_of(placed), BY_VALUE, 0)
    for cut, level in zip(snapshot.cut_offs, LEVELS, strict=False):
        inside = sum(p.value for p in placed if p.score_bin * BIN >= cut.enter)
        assert level.enter_top is not None
        assert inside <= level.enter_top * sum(p.value for p in placed) + 1


@FEW
@given(placings())
def test_a_tier_takes_in_whoever_still_fits_into_its_share(placed: list[Placing]) -> None:
    snapshot = make_snapshot(histogram_of(placed), PLAIN, 0)
    for cut, level in zip(snapshot.cut_offs, LEVELS, strict=False):
        below = [p.score_bin for p in placed if p.score_bin * BIN < cut.enter]
        if below:
            assert level.enter_top is not None
            inside = sum(p.score_bin >= max(below) for p in placed)
            assert inside > level.enter_top * len(placed)


@FEW
@given(placings(newcomers=True))
def test_cut_offs_fall_from_tier_to_tier_and_are_left_no_higher_than_entered(placed: list[Placing]) -> None:
    cuts = make_snapshot(histogram_of(placed), TIERS, 0).cut_offs
    assert [cut.enter for cut in cuts] == sorted((cut.enter for cut in cuts), reverse=True)
    assert all(cut.leave <= cut.enter for cut in cuts)


@FEW
@given(placings())
def test_a_higher_score_never_has_a_lower_tier(placed: list[Placing]) -> None:
    snapshot = make_snapshot(histogram_of(placed), PLAIN, 0)
    names = [level.id for level in LEVELS]
    best_first = sorted(placed, key=lambda p: -p.score_bin)
    ranks = [names.index(tier_of(Profile("c/x", placing=p), PLAIN, snapshot)) for p in best_first] if placed else []
    assert ranks == sorted(ranks)


CUTS = Snapshot(1, customers=9, cut_offs=(CutOff("platinum", 9.0, 8.0), CutOff("gold", 5.0, 4.0)), newcomer=9.0)


@pytest.mark.parametrize(
    ("held", "key", "tier"),
    [
        ("none", 4.5, "bronze"),
        ("bronze", 4.5, "bronze"),
        ("gold", 4.5, "gold"),
        ("platinum", 4.5, "gold"),
        ("gold", 3.9, "bronze"),
        ("gold", 8.5, "gold"),
        ("platinum", 8.5, "platinum"),
        ("platinum", 3.9, "bronze"),
        ("bronze", 5.0, "gold"),
        ("bronze", 9.0, "platinum"),
        ("a-tier-of-last-year", 4.5, "bronze"),
    ],
)
def test_between_leave_and_enter_a_customer_keeps_the_tier(held: str, key: float, tier: str) -> None:
    placing = Placing(round(key / BIN), 0, 1, 1, 0, 0)
    assert tier_of(Profile("c/x", tier=held, placing=placing), PLAIN, CUTS) == tier


@pytest.mark.parametrize(("key", "tier"), [(4.0, "newcomer"), (8.99, "newcomer"), (9.0, "platinum")])
def test_a_newcomer_is_one_unless_at_the_top(key: float, tier: str) -> None:
    placing = Placing(round(key / BIN), 0, 1, 1, 0, 0, newcomer=True)
    assert tier_of(Profile("c/x", placing=placing), TIERS, CUTS) == tier


def test_nobody_has_a_tier_before_the_first_snapshot() -> None:
    assert tier_of(Profile("c/x", tier="gold", placing=Placing(1, 1, 1, 1, 0, 0)), TIERS, Snapshot()) == "none"
    assert make_snapshot({}, TIERS, 0).cut_offs == ()


@FEW
@given(histories(RANKED, most=8), histories(RANKED, most=8), st.integers(0, 3_000))
def test_the_order_of_scores_does_not_change_while_nobody_buys(one: list[Event], other: list[Event], days: int) -> None:
    profiles = [Profile("c/x"), Profile("c/y")]
    for number, events in enumerate((one, other)):
        for event in events:
            profiles[number] = apply(profiles[number], event, {}, DAYS)
    now = [score(p.purchases, END, TIERS, SNAPSHOTS[1]) for p in profiles]
    later = [score(p.purchases, END + days * DAY, TIERS, SNAPSHOTS[1]) for p in profiles]
    assert later == pytest.approx([amount * 2.0 ** (-days / 180) for amount in now], rel=1e-9)
