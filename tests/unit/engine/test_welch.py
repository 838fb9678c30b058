"""Welch's interval against published values."""

from collections.abc import Sequence

import pytest

from service.action_report import Sums, difference, t_quantile

# NIST/SEMATECH e-Handbook, table of Student's t: the 97.5 % points.
PUBLISHED = {10: 2.228, 20: 2.086, 29: 2.045, 30: 2.042, 40: 2.021, 60: 2.000, 100: 1.984, 10**9: 1.960}
EXACT = {29: 2.045229642132703, 60: 2.0002978220142604, 120: 1.979930405082422}


def sums(figures: Sequence[int]) -> Sums:
    return Sums(len(figures), sum(figures), sum(figure**2 for figure in figures))


@pytest.mark.parametrize(("freedom", "published"), PUBLISHED.items())
def test_the_quantile_is_that_of_the_tables(freedom: int, published: float) -> None:
    assert round(t_quantile(freedom), 3) == published


@pytest.mark.parametrize(("freedom", "exact"), EXACT.items())
def test_the_quantile_is_right_to_six_places_where_it_is_used(freedom: int, exact: float) -> None:
    assert t_quantile(freedom) == pytest.approx(exact, abs=1e-6)


def test_the_interval_is_the_one_computed_by_hand() -> None:
    """30 times 1..3 against 40 times 0..1: means 2 and 0.5, variances 20/29 and 10/39, 44.8 degrees of freedom."""
    found = difference(sums([1, 2, 3] * 10), sums([0, 1] * 20))
    assert found is not None
    assert found.by == 1.5
    error = (20 / 29 / 30 + 10 / 39 / 40) ** 0.5
    freedom = error**4 / ((20 / 29 / 30) ** 2 / 29 + (10 / 39 / 40) ** 2 / 39)
    assert freedom == pytest.approx(44.84, abs=0.01)
    assert (found.high - found.low) / 2 == pytest.approx(2.0143 * error, abs=1e-4)
    assert (found.low + found.high) / 2 == pytest.approx(1.5)


def test_a_known_example_comes_out_as_published() -> None:
    """The sleep data of Student, in tenths of an hour, as R documents them: t.test gives -3.3654832 to 0.2054832."""
    first = [7, -16, -2, -12, -1, 34, 37, 8, 0, 20]
    second = [19, 8, 11, 1, -1, 44, 55, 16, 46, 34]
    found = difference(sums(first), sums(second))
    assert found is not None
    assert (found.by, found.low, found.high) == pytest.approx((-15.8, -33.654832, 2.054832), abs=1e-5)


def test_groups_that_do_not_vary_say_nothing() -> None:
    assert difference(Sums(40, 0, 0), Sums(40, 0, 0)) is None


def test_amounts_that_fit_into_no_64_bits_are_exact() -> None:
    large = 10**13
    assert sums([large, large, large + 3]).variance == pytest.approx(3.0)
