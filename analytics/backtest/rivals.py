"""Other rankings of customers at the split, for comparison with the shipped score."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from analytics.backtest.known import Known
from analytics.models.buying import Buying, History, fit_bg_nbd
from analytics.models.likelihood import Floats, Summit
from analytics.models.spending import Spending, fit_spending
from engine.value.purchase_timing import WEEK_DAYS

SHIPPED = "shipped tier score"
DECAYED = "decayed spend"
PAST = "past spend"
RFM = "RFM quintiles"
MODEL = "BG/NBD + gamma-gamma"
MODEL_ALL = "BG/NBD + gamma-gamma, all purchases"
HINDSIGHT = "hindsight"


@dataclass(frozen=True, slots=True)
class Forecast:
    """BG/NBD fitted to data before the split: expected purchases of, and P(none) in, the time that follows.

    `settled`: the search found an optimum, not at a bound.
    """

    model: Buying
    purchases: Floats
    inactive: Floats
    settled: bool


def forecast(known: Known, split: int, days: int) -> Forecast | None:
    """None without any second purchase: no rate can be fitted. `split`: its day; `days`: the horizon."""
    watched = (split - 1 - known.first_day) / WEEK_DAYS
    of = History.of(known.purchases - 1, (known.last_day - known.first_day) / WEEK_DAYS, np.maximum(watched, 0.0))
    if not (of.x > 0).any():
        return None
    model, summit = fit_bg_nbd(of)
    weeks = days / WEEK_DAYS
    return Forecast(model, model.expected(of, weeks), model.inactive(of, weeks), _settled(summit))


def rival_scores(known: Known, ahead: Forecast | None, future: Floats) -> Mapping[str, Floats]:
    """Score -> one figure per customer, the shipped one first. Without the models where they cannot be fitted."""
    scores = {
        SHIPPED: known.score,
        DECAYED: known.decayed_spend,
        PAST: known.spend,
        RFM: quintile(known.last_day) + quintile(known.purchases) + quintile(known.spend),
    }
    if ahead is not None:
        repeats = known.purchases - 1
        repeat_value = np.maximum(known.spend - known.first_value, 0) / np.maximum(repeats, 1)
        for name, x, mean in (
            (MODEL, repeats, repeat_value),
            (MODEL_ALL, known.purchases, known.spend / known.purchases),
        ):
            value = expected_value(x, mean)
            if value is not None:
                scores[name] = ahead.purchases * value
    return {**scores, HINDSIGHT: future}


def expected_value(x: Floats, mean: Floats) -> Floats | None:
    """The gamma-gamma model's value of a purchase, fitted to customers with `x` >= 1 and a mean above 0; others
    count as unknown (x = 0). None without any."""
    seen = (x > 0) & (mean > 0)
    if seen.sum() < 2 or np.ptp(mean[seen]) == 0:
        return None
    model, _ = fit_spending(x[seen], mean[seen])
    return _expected(model, np.where(seen, x, 0.0), np.where(seen, mean, 0.0))


def _expected(model: Spending, x: Floats, mean: Floats) -> Floats:
    """Where q <= 1 the population mean does not exist: values are capped at the highest known mean."""
    with np.errstate(divide="ignore"):
        value = model.expected(x, mean)
    dearest = float(mean.max())
    return np.where((value < 0) | (value > dearest), dearest, value)


def quintile(column: Floats) -> Floats:
    """1 (lowest fifth) to 5; equal values are in the same."""
    return np.ceil(rankdata(column) * 5 / len(column))


def _settled(summit: Summit) -> bool:
    return summit.converged and not summit.at_bounds
