"""Silence is measured by the customer's own rhythm and by the day the next order was due."""

import pytest

from engine.decisioning.decide import build_facts
from engine.domain.profile import Profile, apply
from engine.domain.times import DAY
from engine.rulebook.shop import Churn
from engine.value import purchase_timing
from engine.value.tiers import Snapshot
from tests.support.books import DAYS, NOW, asked, days_ago, event, order, shipped, who

PARAMS = Churn(interpurchase_r=0.525, interpurchase_alpha_weeks=6.183, lapse_theta=1.1)


def buyer(every: int, times: int, silent: int) -> Profile:
    """Bought `times` times every so many days, the last time `silent` days ago."""
    return who(*(order(f"o{n}", days_ago(silent + every * n)) for n in reversed(range(times))))


def risk(profile: Profile) -> object:
    facts = build_facts(shipped(), Snapshot(), profile, asked("home.banner"), NOW)
    return facts["customer.churn_risk"]


@pytest.mark.parametrize(("every", "times", "silent"), [(7, 20, 30), (20, 10, 45), (7, 50, 40), (1, 30, 20)])
def test_a_silence_out_of_proportion_to_the_own_rhythm_is_a_risk(every: int, times: int, silent: int) -> None:
    assert risk(buyer(every, times, silent)) in ("medium", "high")


@pytest.mark.parametrize(
    ("every", "times", "silent"),
    [(91, 5, 80), (7, 20, 7), (20, 10, 20), (91, 8, 91), (30, 12, 30), (1, 1, 3), (1, 1, 25)],
)
def test_a_silence_that_is_usual_is_no_risk(every: int, times: int, silent: int) -> None:
    assert risk(buyer(every, times, silent)) == "low"


def test_who_has_never_bought_cannot_be_lost() -> None:
    assert risk(who()) == "none"


def test_the_longer_the_silence_the_smaller_its_chance() -> None:
    chances = [
        purchase_timing.pause_chance_now(buyer(7, 10, silent).purchases, NOW, DAYS, PARAMS)
        for silent in (0, 7, 30, 90, 365)
    ]
    assert chances == sorted(chances, key=lambda chance: -(chance or 0))
    assert chances[0] == 1.0


def test_the_rhythm_is_that_of_the_design() -> None:
    weeks = 6.183 + 9  # alpha, and nine weeks from the first to the last of ten purchases
    chance = purchase_timing.pause_chance_now(buyer(7, 10, 30).purchases, NOW, DAYS, PARAMS)
    assert chance == pytest.approx((weeks / (weeks + 30 / 7)) ** (0.525 + 9))


def test_without_a_purchase_neither_clock_runs() -> None:
    nothing = who().purchases
    assert purchase_timing.pause_chance_now(nothing, NOW, DAYS, PARAMS) is None
    assert purchase_timing.lapse_overdue_days(nothing, NOW, DAYS, PARAMS) is None
    assert purchase_timing.momentum(nothing, NOW, DAYS) is None
    assert purchase_timing.usual_gap_days(nothing) is None
    assert not purchase_timing.reactivated(nothing, NOW, DAYS, PARAMS)


def test_after_all_orders_are_cancelled_neither_clock_runs() -> None:
    profile = who(order("o1", days_ago(40)), event("x", "order_cancelled", days_ago(39), {"order_id": "o1"}))
    assert purchase_timing.pause_chance_now(profile.purchases, NOW, DAYS, PARAMS) is None
    assert purchase_timing.lapse_overdue_days(profile.purchases, NOW, DAYS, PARAMS) is None


@pytest.mark.parametrize(("every", "times", "wait"), [(1, 1, 30), (7, 40, 90)])
def test_the_day_of_the_next_order_lies_between_30_and_90_days_after_the_last(
    every: int, times: int, wait: int
) -> None:
    overdue = purchase_timing.lapse_overdue_days(buyer(every, times, 0).purchases, NOW, DAYS, PARAMS)
    assert overdue == pytest.approx(-wait)


def test_an_order_that_arrives_late_moves_the_due_day_as_if_it_had_come_in_time() -> None:
    events = [order(f"o{n}", days_ago(100 - 10 * n)) for n in range(6)]
    in_time, late = who(*events).purchases, who(*events[1:], events[0]).purchases
    assert purchase_timing.lapse_overdue_days(late, NOW, DAYS, PARAMS) == pytest.approx(
        purchase_timing.lapse_overdue_days(in_time, NOW, DAYS, PARAMS)
    )


def test_a_return_long_after_does_not_move_the_due_day() -> None:
    profile = buyer(7, 10, 200)
    returned = event("r", "order_returned", NOW, {"order_id": "o0", "amount": 100})
    after = apply(profile, returned, {}, DAYS)
    assert purchase_timing.lapse_overdue_days(after.purchases, NOW, DAYS, PARAMS) == pytest.approx(
        purchase_timing.lapse_overdue_days(profile.purchases, NOW, DAYS, PARAMS)
    )


def test_momentum_of_a_steady_buyer_is_about_one() -> None:
    assert purchase_timing.momentum(buyer(7, 60, 3).purchases, NOW, DAYS) == pytest.approx(1.0, abs=0.15)


def test_momentum_of_a_young_steady_buyer_is_about_one_too() -> None:
    assert purchase_timing.momentum(buyer(7, 8, 3).purchases, NOW, DAYS) == pytest.approx(1.0, abs=0.2)


def test_momentum_falls_when_a_weekly_buyer_comes_monthly() -> None:
    weekly = [order(f"w{n}", days_ago(110 + 7 * n)) for n in range(30)]
    monthly = [order(f"m{n}", days_ago(20 + 30 * n)) for n in range(3)]
    slump = purchase_timing.momentum(who(*weekly, *monthly).purchases, NOW, DAYS)
    assert slump is not None
    assert slump < 0.5


@pytest.mark.parametrize(("every", "times"), [(7, 2), (3, 5)])
def test_momentum_is_unknown_while_little_is_known(every: int, times: int) -> None:
    assert purchase_timing.momentum(buyer(every, times, 2).purchases, NOW, DAYS) is None


@pytest.mark.parametrize(
    ("gaps", "usual"), [([10], 10.0), ([10, 20], 15.0), ([10, 90, 20], 20.0), ([7, 7, 7, 300], 7.0)]
)
def test_the_usual_gap_is_the_median_of_days_between_purchases(gaps: list[int], usual: float) -> None:
    days = [sum(gaps[:n]) for n in range(len(gaps) + 1)]
    assert purchase_timing.usual_gap_days(who(*(order(f"o{d}", d * DAY + DAY) for d in days)).purchases) == usual


def test_orders_of_one_day_are_one_purchase() -> None:
    bought = who(order("a", NOW), order("b", NOW + 1_000), order("c", days_ago(9))).purchases
    assert (bought.order_count, bought.days_bought) == (3, 2)
    assert purchase_timing.usual_gap_days(bought) == 9.0


@pytest.mark.parametrize(
    ("every", "silence", "since", "back"),
    [
        (7, 60, 1, True),
        (7, 35, 1, True),
        (91, 95, 1, True),
        (91, 80, 1, False),
        (7, 14, 1, False),
        (7, 25, 1, False),
        (7, 60, 31, False),
        (7, 60, 30, True),
    ],
)
def test_back_from_silence_is_who_bought_lately_after_a_silence_out_of_proportion(
    every: int, silence: int, since: int, back: bool
) -> None:
    before = [order(f"o{n}", days_ago(since + silence + every * n)) for n in range(10)]
    bought = who(*before, order("back", days_ago(since))).purchases
    assert purchase_timing.reactivated(bought, NOW, DAYS, PARAMS) is back


def test_back_from_silence_needs_a_purchase_before() -> None:
    assert not purchase_timing.reactivated(who(order("o1")).purchases, NOW, DAYS, PARAMS)
