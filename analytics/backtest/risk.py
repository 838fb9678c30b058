"""Customers about to lapse: how well the shipped risk rank and risk table predict it at the split."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.backtest.concentration import auc, interval, resamples
from analytics.backtest.known import Known
from analytics.backtest.rivals import Forecast

SHIPPED = "shipped risk rank (-C180)"
INACTIVITY = "days since the last purchase"
NO_PURCHASE = "P(no purchase), BG/NBD"
LEAVING = ("high", "medium")
"""Words of the risk table, the worst first. Each row of the result includes those before it."""


@dataclass(frozen=True, slots=True)
class Flagged:
    """The customers at risk by the table: how many, the share that stayed away, and their share of all who
    stayed away."""

    customers: int
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class Risk:
    """`away`: the share of the known customers who did not buy after the split. `auc`: rank -> (AUC, 95 % interval)."""

    away: float
    auc: Mapping[str, tuple[float, tuple[float, float]]]
    table: Mapping[str, Flagged]


def judge(known: Known, bought: NDArray[np.bool_], ahead: Forecast | None, split: int, seed: int) -> Risk | None:
    """None where all or none of the customers stayed away: there is nothing to distinguish."""
    away = ~bought
    if away.all() or not away.any():
        return None
    ranks = {SHIPPED: -known.frequency, INACTIVITY: split - known.last_day}
    if ahead is not None:
        ranks[NO_PURCHASE] = ahead.inactive
    drawn = {name: [] for name in ranks}  # type: dict[str, list[float]]
    for weight in resamples(len(known), seed, 200):
        for name, rank in ranks.items():
            drawn[name].append(auc(rank, away, weight))
    aucs = {name: (auc(rank, away), interval(drawn[name])) for name, rank in ranks.items()}
    return Risk(float(away.mean()), aucs, _table(known, away))


def _table(known: Known, away: NDArray[np.bool_]) -> dict[str, Flagged]:
    out: dict[str, Flagged] = {}
    flagged = np.zeros(len(known), dtype=np.bool_)
    for number, word in enumerate(LEAVING, 1):
        flagged |= known.risk == word
        if flagged.any():
            right = float((flagged & away).sum())
            out[" or ".join(LEAVING[:number])] = Flagged(
                int(flagged.sum()), right / float(flagged.sum()), right / float(away.sum())
            )
    return out
