"""What is known at the split, what came after it, and that neither looks into the other."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from analytics.backtest import alarms
from analytics.backtest.customers import Customers
from analytics.backtest.known import known_at
from analytics.backtest.run import Backtest, backtest
from analytics.unsupported import Unsupported
from engine.compiled.rulebook import Compiled
from engine.domain.events import Event
from engine.domain.times import DAY, parse_rfc3339
from engine.rulebook.shop import Churn
from engine.schemas import load_event
from engine.value import purchase_timing, tiers
from tests.support.books import DAYS, shipped
from tests.support.buyers import BEGIN, order, orders

START = DAYS.of(parse_rfc3339(BEGIN.isoformat()))
HALF = START + 240
Run = Callable[..., Backtest]


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return shipped()


@pytest.fixture(scope="module")
def read(compiled: Compiled) -> Callable[[list[dict[str, Any]]], list[Event]]:
    return lambda events: [load_event(event, compiled.rulebook.shop, None) for event in events]


@pytest.fixture(scope="module")
def run(compiled: Compiled, read: Callable[[list[dict[str, Any]]], list[Event]]) -> Run:
    return lambda events, split=HALF, end=None: backtest(read(events), compiled, split, end, 1)


@pytest.fixture(scope="module")
def log() -> list[dict[str, Any]]:
    return orders(400, weeks=70)


@pytest.fixture(scope="module")
def result(run: Run, log: list[dict[str, Any]]) -> Backtest:
    return run(log)


def test_hindsight_is_never_beaten(result: Backtest) -> None:
    best = result.concentration["hindsight"].share
    assert all(one.share <= best + 1e-12 for one in result.concentration.values())
    assert {"shipped tier score", "past spend", "RFM quintiles", "BG/NBD + gamma-gamma"} <= result.concentration.keys()


def test_the_shipped_score_beats_chance_on_customers_who_differ(result: Backtest) -> None:
    assert result.concentration["shipped tier score"].share > 0.3


def test_little_more_than_a_fifth_is_ever_in_the_daily_top(result: Backtest) -> None:
    assert 0.15 < result.reranked.most < 0.21
    assert set(result.reranked.caught) == {"frozen", "daily", "live"}


def test_the_same_log_and_seed_give_the_same_result(run: Run, result: Backtest, log: list[dict[str, Any]]) -> None:
    assert run(log) == result


def test_what_is_known_at_the_split_does_not_depend_on_what_follows(
    compiled: Compiled, read: Callable[[list[dict[str, Any]]], list[Event]], log: list[dict[str, Any]]
) -> None:
    past = [event for event in read(log) if DAYS.of(event.time) < HALF]
    other = [order("new", 300, 900.0), *(order(n, 301, 50_000.0) for n in range(60))]

    def known(later: list[Event]) -> dict[str, Any]:
        seen: list[Any] = []

        def tapped(*given: Any) -> Any:
            seen.append(known_at(*given))
            return seen[-1]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("analytics.backtest.run.known_at", tapped)
            backtest([*past, *later], compiled, HALF, None, 1)
        return {field.name: getattr(seen[0], field.name) for field in fields(seen[0])}

    after = [event for event in read(log) if DAYS.of(event.time) >= HALF]
    one, two = known(after), known(read(other))
    assert one["number"] == two["number"]
    for name in set(one) - {"number"}:
        np.testing.assert_array_equal(one[name], two[name])


def test_the_score_and_the_frequency_are_the_engines(
    compiled: Compiled, read: Callable[[list[dict[str, Any]]], list[Event]], log: list[dict[str, Any]]
) -> None:
    customers = Customers(compiled)
    for event in read(log):
        customers.open_day(event.time)
        customers.take(event)
    now, shop = (HALF + 300) * DAY, (customers.tiers, customers.snapshot)
    known = known_at(now, customers.known(), {}, compiled, shop)
    for profile in customers.known():
        row = known.number[profile.customer]
        assert known.score[row] == tiers.score(profile.purchases, now, *shop)
        assert known.frequency[row] == purchase_timing.decayed(profile.purchases, 180, now)


def test_only_revenue_until_the_end_counts_and_returns_lower_it(run: Run, log: list[dict[str, Any]]) -> None:
    later = [order(n, 400, 100.0) for n in range(400)]
    past = [event for event in log if event["time"] < "2025-08-20"]
    customers = {event["customer"]["id"] for event in past}
    back = {**order(7, 402, number="r"), "type": "order_returned"}
    back["properties"] = {"order_id": later[7]["properties"]["order_id"], "amount": "40.00"}
    assert run([*past, *later, back]).future_revenue == len(customers) * 10_000 - 4_000
    assert run([*past, *later, back], end=START + 401).future_revenue == len(customers) * 10_000


def test_an_event_that_comes_after_the_split_but_is_older_is_no_future_revenue(
    run: Run, result: Backtest, log: list[dict[str, Any]]
) -> None:
    late = run([*log, order(1, 3, 5_000.0)])
    assert (late.late, late.future_revenue) == (1, result.future_revenue)


def test_a_log_that_is_too_short_for_the_clocks_says_so_and_tells_the_rest(run: Run, log: list[dict[str, Any]]) -> None:
    short = run([event for event in log if event["time"] < "2025-05-20"], split=START + 70)
    assert short.alarms is None
    assert "180 days of log" in short.refused["alarms"]
    assert short.risk is not None


def test_without_repeat_purchases_the_models_are_left_out_with_the_reason(run: Run) -> None:
    once = [order(n, n % 200, 20.0 + n % 9) for n in range(200)]
    found = run([*once, *(order(n, 260, 30.0) for n in range(40))])
    assert "BG/NBD" in found.refused
    assert "BG/NBD + gamma-gamma" not in found.concentration


def test_when_everybody_comes_back_there_is_no_risk_to_tell(run: Run) -> None:
    found = run([order(n, day + n % 7, 20.0 + n) for day in (0, 100, 250) for n in range(80)])
    assert found.risk is None
    assert "nothing to tell apart" in found.refused["risk"]


@pytest.mark.parametrize(
    ("events", "split", "reason"),
    [
        ([], HALF, "no events"),
        ([order(n, 0) for n in range(90)], HALF, "after the last day"),
        ([order(n, 0) for n in range(90)], START, "not after the first day"),
        ([order(1, day) for day in range(0, 400, 9)], HALF, "1 customer had bought before the split; at least 50"),
        ([*(order(n, 0) for n in range(90)), order("new", 300)], HALF, "brought revenue after it"),
    ],
    ids=["empty", "split after the end", "one day", "one customer", "nobody comes back"],
)
def test_a_split_at_which_the_log_tells_nothing_is_refused_with_the_reason(
    run: Run, events: list[dict[str, Any]], split: int, reason: str
) -> None:
    with pytest.raises(Unsupported, match=reason):
        run(events, split)


def test_a_gap_of_ten_years_and_customers_who_brought_nothing_are_ranked_without_an_error(
    run: Run, log: list[dict[str, Any]]
) -> None:
    free = [order(f"free-{n}", 20, 0.0) for n in range(30)]
    found = run([*free, *log, *(order(n, 4_000, 10.0) for n in range(50))], split=START + 3_900)
    assert 0 <= found.concentration["shipped tier score"].share <= 1
    assert found.alarms is not None


def test_a_clock_that_waits_for_everybody_alike_is_the_fixed_hiatus() -> None:
    """Three silences of a customer: 100 days, 300 days, and one that the log does not see the end of."""
    of = alarms.Columns(
        who=np.zeros(3),
        begin=np.array([0.0, 100, 400]),
        until=np.array([100.0, 400, 1e9]),
        count=np.ones(3),
        repeats=np.array([1.0, 2, 3]),
        span=np.array([30.0, 130, 430]),
        customers=1,
    )
    called, right = of.judged(np.full(3, 60.0), last=700)
    assert called.tolist() == [True, True, True]
    assert right.tolist() == [False, True, True]
    assert of.judged(np.full(3, 60.0), last=600)[0].tolist() == [True, True, False]
    found = of.measured(lambda days: np.full(3, days), 60.0, 700)
    assert (found.calls, found.precision, found.delay) == (3, 2 / 3, 60)


def test_the_clocks_wait_as_the_engine_does() -> None:
    shipped = Churn(0.525, 6.183, 1.1)
    wait = purchase_timing.interpurchase_wait_days(4, 90.0, 0.05, shipped)
    assert purchase_timing.pause_chance(4, 90.0, wait, shipped) == pytest.approx(0.05)
    assert [purchase_timing.lapse_wait_days(count, shipped) for count in (0.5, 2.2, 9.0)] == [30, 60, 90]
