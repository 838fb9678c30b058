"""The gamma-gamma model against the published figures, its defining integral, and made-up customers."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma

from analytics.models.spending import Spending, fit_spending

PUBLISHED = Spending(6.25, 3.74, 15.44)
"""CDNOW, the 946 customers of the 1/10 sample who came back: Fader and Hardie (2013)."""


def made(customers: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of purchases and their mean values, by the published model."""
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 8, customers).astype(np.float64)
    scale = rng.gamma(PUBLISHED.q, 1 / PUBLISHED.gamma, customers)
    return x, rng.gamma(PUBLISHED.p * x, 1 / scale) / x


def test_the_first_customers_of_cdnow_are_expected_to_spend_as_published() -> None:
    x, mean = np.array([2, 1, 0, 7, 2.0]), np.array([22.35, 11.77, 0, 73.74, 25.55])
    # published with unrounded parameters
    assert PUBLISHED.expected(x, mean) == pytest.approx([24.65, 18.91, 35.17, 71.46, 27.28], rel=2e-3)


@pytest.mark.parametrize(("x", "mean"), [(1, 11.77), (3, 40.0), (7, 73.74)])
def test_the_likelihood_is_the_integral_over_all_customers(x: int, mean: float) -> None:
    def of_one(scale: float) -> float:
        likely = gamma.pdf(mean, PUBLISHED.p * x, scale=1 / (scale * x))
        return float(likely * gamma.pdf(scale, PUBLISHED.q, scale=1 / PUBLISHED.gamma))

    integral, _ = quad(of_one, 0, 20, limit=200)
    got = PUBLISHED.log_likelihoods(np.array([float(x)]), np.array([mean]))[0]
    assert np.exp(got) == pytest.approx(integral, rel=1e-6)


def test_the_fit_finds_the_parameters_that_made_the_values() -> None:
    model, summit = fit_spending(*made(8_000, seed=4))
    assert summit.converged
    assert (model.p, model.q, model.gamma) == pytest.approx((6.25, 3.74, 15.44), rel=0.15)


def test_cents_instead_of_euros_change_gamma_and_the_likelihood_by_the_unit_alone() -> None:
    x, mean = made(500, seed=8)
    euros, summit = fit_spending(x, mean)
    cents, scaled = fit_spending(x, mean * 100)
    assert (cents.p, cents.q, cents.gamma) == pytest.approx((euros.p, euros.q, euros.gamma * 100), rel=1e-6)
    assert scaled.log_likelihood == pytest.approx(cents.log_likelihoods(x, mean * 100).sum())
    assert summit.log_likelihood == pytest.approx(euros.log_likelihoods(x, mean).sum())
