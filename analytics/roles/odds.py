"""Ratios with their uncertainty: Mantel-Haenszel odds ratios, and observed against expected."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

CHANCE: Final = 0.01
Z: Final = 2.3263
"""One-sided 99 %: of a hundred average items, one (`CHANCE`) is taken for more."""

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ratios:
    """One per item. `score` NaN: unknown. `evidence`: the purchases that support it, see `scores`.

    `confidence`: the score is at least this with 99 % certainty.
    """

    score: Floats
    evidence: NDArray[np.int64]
    confidence: Floats


def mantel_haenszel(items: Array, events: Array, all_n: Array, all_events: Array) -> tuple[Floats, Floats]:
    """The common odds ratio over strata of an event with the item against without, and the error of its logarithm.

    `items`, `events`: purchases with the item, and those of them with the event, per item and stratum; `all_n`,
    `all_events`: all purchases per stratum. The error is that of Robins, Breslow and Greenland. NaN where no stratum
    has all that is needed.
    """
    n = np.maximum(all_n, 1).astype(np.float64)
    a = events.astype(np.float64)
    b = items - a
    c = all_events - a
    d = all_n - items - c
    r, s = a * d / n, b * c / n
    p, q = (a + d) / n, (b + c) / n
    total_r, total_s = r.sum(axis=1), s.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = total_r / total_s
        variance = (
            (p * r).sum(axis=1) / (2 * total_r**2)
            + (p * s + q * r).sum(axis=1) / (2 * total_r * total_s)
            + (q * s).sum(axis=1) / (2 * total_s**2)
        )
    known = (total_r > 0) & (total_s > 0)
    return np.where(known, score, np.nan), np.where(known, np.sqrt(variance), np.nan)


def observed_over_expected(items: Array, events: Array, all_n: Array, all_events: Array) -> tuple[Floats, Floats]:
    """Events with the item over as many as its purchases would have had at the rates of their strata; log error."""
    rates = all_events / np.maximum(all_n, 1)
    expected, observed = (items * rates).sum(axis=1), events.sum(axis=1).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = observed / expected
        error = np.sqrt(np.maximum(1 - observed / items.sum(axis=1), 0) / observed)
    known = (observed > 0) & (expected > 0)
    return np.where(known, score, np.nan), np.where(known, error, np.nan)


def mean_ratio(counts: Array, sums: Array, squares: Array, means: Array) -> tuple[Floats, Floats]:
    """A sum over the item's purchases against as many purchases at their strata's `means`; log error of the ratio.

    `counts`, `sums`, `squares` of the summed amount, per item and stratum.
    """
    observed, expected = sums.sum(axis=1), (counts * means).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = observed / expected
        each = score[:, None] * means
        spread = (squares - 2 * each * sums + each**2 * counts).sum(axis=1)
        error = np.sqrt(np.maximum(spread, 0)) / observed
    known = (observed > 0) & (expected > 0)
    return np.where(known, score, np.nan), np.where(known, error, np.nan)


def over_the_mean(by_week: Array) -> tuple[Floats, Floats]:
    """Sums over weeks against that of the mean item; the error from how much the weeks differ."""
    totals, weeks = by_week.sum(axis=1), by_week.shape[1]
    mean = totals.mean() if len(totals) else 0.0
    spread = by_week.var(axis=1, ddof=1) if weeks > 1 else np.full(len(totals), np.nan)
    known = totals > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        score, error = totals / mean, np.sqrt(weeks * spread) / totals
    return np.where(known, score, np.nan), np.where(known, error, np.nan)


def ratios(estimate: tuple[Floats, Floats], evidence: Array) -> Ratios:
    score, error = estimate
    return Ratios(score, evidence.astype(np.int64), score * np.exp(-Z * error))
