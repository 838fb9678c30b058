"""Shares of the top 20 %, AUC and their intervals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.backtest.concentration import Ranked, auc, differences, resamples

FEW = settings(max_examples=100, deadline=None)
SMALL = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30)


def share(score: list[float], revenue: list[float]) -> float:
    return Ranked(np.array(score, float), np.array(revenue, float)).share(np.ones(len(score)))


def test_the_best_fifth_by_score_is_counted() -> None:
    assert share([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], [30, 10, 5, 5, 10, 10, 10, 10, 5, 5]) == 0.4


def test_customers_of_equal_score_share_what_is_left_of_the_fifth() -> None:
    assert share([9, 5, 5, 5, 5, 1, 1, 1, 1, 1], [40, 20, 20, 0, 0, 4, 4, 4, 4, 4]) == pytest.approx(0.5)


def test_a_score_that_says_nothing_catches_a_fifth_of_the_revenue() -> None:
    assert share([1] * 7, [5, 0, 0, 3, 1, 0, 9]) == pytest.approx(0.2)


def test_without_revenue_the_share_is_nothing() -> None:
    assert share([3, 2, 1], [0, 0, 0]) == 0


def test_a_customer_who_is_drawn_twice_counts_twice() -> None:
    drawn = Ranked(np.array([5.0, 4, 3, 2, 1]), np.array([10.0, 0, 0, 0, 10])).share(np.array([0.0, 1, 2, 0, 2]))
    assert drawn == 0
    assert Ranked(np.array([2.0, 1]), np.array([1.0, 1])).share(np.array([1.0, 4])) == pytest.approx(0.2)


def test_the_same_seed_draws_the_same_and_every_draw_has_all_customers_in_number() -> None:
    one, other = list(resamples(40, 7, 5)), list(resamples(40, 7, 5))
    assert all((a == b).all() for a, b in zip(one, other, strict=True))
    assert {draw.sum() for draw in one} == {40}


def test_a_score_is_no_better_than_itself_and_better_than_its_opposite() -> None:
    value = np.arange(1.0, 101.0) ** 2
    ranked = {"good": Ranked(value, value), "same": Ranked(value * 2, value), "bad": Ranked(-value, value)}
    found = differences(ranked, "good", 100, seed=1)
    assert found["same"] == (0, 0)
    assert found["bad"][0] > 0.3


@FEW
@given(SMALL)
def test_auc_is_the_chance_that_a_positive_ranks_above_a_negative(rows: list[tuple[int, bool]]) -> None:
    score = np.array([s for s, _ in rows], dtype=np.float64)
    positive = np.array([p for _, p in rows])
    pairs = [(a > b) + (a == b) / 2 for a in score[positive] for b in score[~positive]]
    expected = sum(pairs) / len(pairs) if pairs else float("nan")
    assert auc(score, positive) == pytest.approx(expected, nan_ok=True)
