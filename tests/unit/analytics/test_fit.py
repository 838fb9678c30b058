"""What is taken from a log for the interpurchase-time model, and when a log is refused."""

import random
from typing import Any

import numpy as np
import pytest

from analytics.fit import Fitted, fit, histories, read
from analytics.models.buying import Buying
from analytics.models.likelihood import Summit
from analytics.unsupported import Unsupported
from engine.domain.money import Currency
from engine.rulebook.shop import Shop
from engine.schemas import load_event
from tests.support.books import DAYS
from tests.support.buyers import Buyers, order, orders

SHOP = Shop(Currency("EUR"), "UTC", ("en",))


def fitted(events: list[dict[str, Any]]) -> Fitted:
    return fit(read((load_event(event, SHOP, None) for event in events), DAYS))


def days(events: list[dict[str, Any]]) -> list[list[int]]:
    """(customer, day) of the purchases, days from the first."""
    rows = read((load_event(event, SHOP, None) for event in events), DAYS).rows()
    return [[int(who), int(day - rows[:, 1].min())] for who, day in rows] if len(rows) else []


def refusal(events: list[dict[str, Any]]) -> str:
    with pytest.raises(Unsupported) as refused:
        fitted(events)
    return str(refused.value)


@pytest.fixture(scope="module")
def log() -> list[dict[str, Any]]:
    return orders(800, of=Buyers(0.8, 6.0, 0.6, 2.5, leaves_at_once=True))


def test_the_rhythm_of_made_up_customers_is_found(log: list[dict[str, Any]]) -> None:
    found = fitted(log)
    assert found.model.modified
    assert (found.model.r, found.model.alpha) == pytest.approx((0.8, 6.0), rel=0.4)
    assert found.customers == 800
    assert found.repeaters == sum(1 for n in np.bincount([who for who, _ in days(log)]) if n > 1)


def test_the_order_of_the_lines_does_not_matter(log: list[dict[str, Any]]) -> None:
    shuffled = random.Random(3).sample(log, len(log))
    one, other = fitted(log), fitted(shuffled)
    assert (one.model.r, one.model.alpha) == pytest.approx((other.model.r, other.model.alpha), rel=1e-3)


def test_several_orders_of_a_day_are_one_purchase() -> None:
    assert days([order(1, 0), order(1, 0, number=2), order(1, 0), order(1, 9)]) == [[0, 0], [0, 9]]


def test_a_cancelled_order_is_no_purchase_also_where_its_cancellation_comes_first() -> None:
    cancelled = order(1, 9, type="order_cancelled", id="c-1")
    cancelled["properties"] = {"order_id": order(1, 9)["properties"]["order_id"]}
    assert days([cancelled, order(1, 0), order(1, 9)]) == days([order(1, 0), order(1, 9), cancelled]) == [[0, 0]]


def test_purchases_of_a_visitor_count_for_the_customer_that_it_turned_out_to_be_and_else_for_nobody() -> None:
    visit = {**order("x", 0), "customer": {"anonymous_id": "v-1"}}
    joined = order(1, 3, type="aliased", id="a-1", properties={"anonymous_id": "v-1"})
    assert days([visit, order(1, 5), joined]) == [[1, 0], [1, 5]]
    assert days([visit, order(1, 5)]) == [[1, 0]]


def test_a_history_counts_weeks_from_the_first_purchase_to_the_end_of_the_log() -> None:
    rows = np.array([[0, 10], [0, 24], [0, 31], [4, 20]])
    of = histories(rows, 38)
    assert (of.x.tolist(), of.tx.tolist(), of.watched.tolist()) == ([2, 0], [3, 0], [4, 18 / 7])


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([], "the log has no events"),
        ([order(1, 0, type="visited", properties={"surface": "web"})], "no purchases of known customers"),
        ([order(1, 0)], "all purchases are on one day"),
        ([order(n, 0) for n in range(300)], "all purchases are on one day"),
        ([order(1, day) for day in range(0, 300, 10)], "on more than one day: 1; at least 100 are needed"),
        ([order(n, n % 300) for n in range(900)], "on more than one day: 0;"),
        ([order(n, n % 40 + d) for n in range(200) for d in (0, 5)], "the log spans 44 days; at least 56 are needed"),
    ],
    ids=["empty", "no purchase", "one order", "one day", "one customer", "no repeats", "short"],
)
def test_a_log_that_cannot_carry_the_model_is_refused_with_the_reason(
    events: list[dict[str, Any]], reason: str
) -> None:
    assert reason in refusal(events)


def test_customers_who_all_keep_the_same_rhythm_are_refused() -> None:
    same = [order(n, day) for n in range(150) for day in range(0, 364, 7)]
    assert "all customers buy at about the same rate" in refusal(same)


def test_parameters_at_the_bounds_of_the_search_are_refused() -> None:
    nobody_leaves = orders(600, of=Buyers(1.5, 6.0, 1e-3, 1e3))
    assert "ran to the bounds" in refusal(nobody_leaves)


def test_a_search_that_does_not_end_is_refused(log: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    model = Buying(0.8, 6.0, 0.6, 2.5, modified=True)
    stopped = Summit((0.8, 6.0, 0.6, 2.5), -1.0, converged=False)
    monkeypatch.setattr("analytics.fit.fit_mbg_nbd", lambda _: (model, stopped))
    assert "the search did not end" in refusal(log)


def test_customers_who_differ_too_little_for_churn_yaml_are_refused() -> None:
    rng = np.random.default_rng(4)
    drawn = {n: {0, *rng.integers(1, 365, rng.poisson(20)).tolist()} for n in range(200)}
    assert "all customers buy at about the same rate" in refusal([order(n, day) for n in drawn for day in drawn[n]])


def test_a_gap_of_ten_years_gives_a_fit_and_no_error(log: list[dict[str, Any]]) -> None:
    found = fitted([*log, order(0, 4_000)])
    assert np.isfinite([found.model.r, found.model.alpha, found.log_likelihood]).all()
