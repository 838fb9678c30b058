"""Odds ratios are what a direct computation gives, and what is read in pieces is what is read at once."""

from collections.abc import Sequence
from math import exp, isnan, log, sqrt
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.roles.log import Seen, by_customer
from analytics.roles.measure import measure
from analytics.roles.odds import Z, mantel_haenszel, observed_over_expected, ratios
from cli.importers.orders import externally_sorted
from tests.support.baskets import shop
from tests.support.books import DAYS

TABLES = st.lists(st.tuples(*[st.integers(0, 30)] * 4), min_size=1, max_size=6)
"""(with and event, with and none, without and event, without and none) per stratum."""


def arrays(tables: Sequence[tuple[int, ...]]) -> tuple[Any, Any, Any, Any]:
    a, b, c, d = (np.array(column) for column in zip(*tables, strict=True))
    return (a + b)[None, :], a[None, :], a + b + c + d, a + c


@given(TABLES)
@settings(max_examples=200, deadline=None)
def test_the_odds_ratio_is_that_of_mantel_and_haenszel(tables: list[tuple[int, int, int, int]]) -> None:
    r = sum(a * d / (a + b + c + d) for a, b, c, d in tables if a + b + c + d)
    s = sum(b * c / (a + b + c + d) for a, b, c, d in tables if a + b + c + d)
    ((found,), _) = mantel_haenszel(*arrays(tables))
    assert isnan(found) if not r or not s else found == pytest.approx(r / s)


@given(st.tuples(*[st.integers(1, 500)] * 4))
@settings(max_examples=100, deadline=None)
def test_in_one_stratum_it_is_the_odds_ratio_with_woolfs_error(table: tuple[int, int, int, int]) -> None:
    a, b, c, d = table
    ((found,), (error,)) = mantel_haenszel(*arrays([table]))
    assert found == pytest.approx(a * d / (b * c))
    assert error == pytest.approx(sqrt(1 / a + 1 / b + 1 / c + 1 / d))


@given(TABLES, st.integers(2, 9))
@settings(max_examples=100, deadline=None)
def test_more_of_the_same_gives_the_same_ratio_with_more_confidence(
    tables: list[tuple[int, int, int, int]], times: int
) -> None:
    few, many = (
        ratios(mantel_haenszel(*arrays(of)), np.array([1]))
        for of in (tables, [tuple(n * times for n in table) for table in tables])
    )
    if not isnan(few.score[0]):
        assert many.score[0] == pytest.approx(few.score[0])
        assert many.confidence[0] >= few.confidence[0] - 1e-12


@given(TABLES)
@settings(max_examples=100, deadline=None)
def test_observed_over_expected_goes_by_the_rates_of_the_strata(tables: list[tuple[int, int, int, int]]) -> None:
    expected = sum((a + b) * (a + c) / (a + b + c + d) for a, b, c, d in tables if a + b + c + d)
    observed = sum(a for a, _, _, _ in tables)
    ((found,), _) = observed_over_expected(*arrays(tables))
    assert isnan(found) if not observed else found == pytest.approx(observed / expected)


def test_the_confidence_is_the_lower_end_of_the_interval_of_the_logarithm() -> None:
    of = ratios((np.array([2.0]), np.array([0.1])), np.array([7]))
    assert of.confidence[0] == pytest.approx(exp(log(2.0) - Z * 0.1))


@given(st.integers(0, 2**32), st.integers(2, 400))
@settings(max_examples=5, deadline=None)
def test_a_log_in_any_order_and_sorted_through_files_gives_the_same_scores(seed: int, run: int) -> None:
    events = list(shop(60, 300))
    whole = Seen()
    at_once = measure(by_customer(sorted(whole.rows(events, DAYS)), whole.owners), whole)
    Random(seed).shuffle(events)
    streamed = Seen()
    in_pieces = measure(by_customer(externally_sorted(streamed.rows(events, DAYS), run), streamed.owners), streamed)
    assert in_pieces.products == at_once.products
    assert in_pieces.categories == at_once.categories
