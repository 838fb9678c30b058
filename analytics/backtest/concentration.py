"""The revenue share of the best 20 % by some score, and the uncertainty of a difference of two scores."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.backtest.customers import TOP
from analytics.models.likelihood import Floats

RESAMPLES: Final = 1_000
WITHIN: Final = (2.5, 97.5)
"""Percentiles of an interval: 95 %."""


class Ranked:
    """Revenues in the order of a score, best first. Customers of equal score split the rest of the 20 %.

    So the share is the average over random tie-breaking.
    """

    def __init__(self, score: Floats, revenue: Floats) -> None:
        self._order = np.argsort(-score, kind="stable")
        ordered = score[self._order]
        self._starts = np.flatnonzero(np.diff(ordered, prepend=np.inf))
        self._revenue = revenue[self._order]

    def share(self, weight: Floats) -> float:
        """Of all revenue; `weight`: how many times each customer counts. 0 where there is none."""
        weights = weight[self._order]
        customers = np.cumsum(np.add.reduceat(weights, self._starts))
        revenue = np.cumsum(np.add.reduceat(weights * self._revenue, self._starts))
        if revenue[-1] <= 0:
            return 0.0
        caught = np.interp(TOP * customers[-1], np.append(0.0, customers), np.append(0.0, revenue))
        return float(caught / revenue[-1])


def resamples(customers: int, seed: int, times: int = RESAMPLES) -> Iterator[Floats]:
    """How often each customer is drawn, with replacement: the same draws for the same seed."""
    rng = np.random.default_rng(seed)
    for _ in range(times):
        yield np.bincount(rng.integers(0, customers, customers), minlength=customers).astype(np.float64)


def interval(values: Floats | list[float]) -> tuple[float, float]:
    low, high = np.percentile(np.asarray(values), WITHIN)
    return float(low), float(high)


def differences(
    ranked: Mapping[str, Ranked], shipped: str, customers: int, seed: int
) -> Mapping[str, tuple[float, float]]:
    """Score -> the interval of (share of `shipped` less its own share), paired: both on the same draws."""
    drawn = np.array(
        [[one.share(weight) for one in ranked.values()] for weight in resamples(customers, seed)], dtype=np.float64
    )
    first = list(ranked).index(shipped)
    return {name: interval(drawn[:, first] - drawn[:, i]) for i, name in enumerate(ranked) if i != first}


def auc(score: Floats, positive: NDArray[np.bool_], weight: Floats | None = None) -> float:
    """The chance that a positive has a higher score than a negative, ties counting half. NaN without either."""
    weights = np.ones(len(score)) if weight is None else weight
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))
    ones = np.add.reduceat((weights * positive)[order], starts)
    zeros = np.add.reduceat((weights * ~positive)[order], starts)
    below = np.cumsum(zeros) - zeros
    pairs = float(ones.sum() * zeros.sum())
    return float((ones * (below + zeros / 2)).sum() / pairs) if pairs else float("nan")
