"""The inactivity models as alarms: precision of their calls at equal mean delay.

After each purchase of a repeat customer, a model sets a time to call. It calls if the customer has not
bought by then. The call was right if they do not buy in the 180 days that follow it; only calls count for which the
log shows these days. The delay is the time from the last purchase to the call.
"""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.backtest.concentration import interval, resamples
from analytics.backtest.customers import Customers, Step
from analytics.models.likelihood import Floats
from analytics.unsupported import Unsupported
from engine.domain.calendar import Days
from engine.domain.profile import Profile
from engine.rulebook.shop import Churn
from engine.value import purchase_timing

AWAY_DAYS: Final = 180
DELAY_DAYS: Final = 60.0
LAPSE = "lapse model"
INTERPURCHASE = "interpurchase-time model"
FIXED = "fixed hiatus"
OWN_GAP = "k times the own mean gap"
SHIPPED_LAPSE = "lapse model as in churn.yaml"
_STEPS = 50
_NEVER = 1e9
_MIN_CALLS = 100

Alarm = Callable[[float], Floats]
"""A setting -> the waiting days of each spell; a higher setting waits longer."""


@dataclass(frozen=True, slots=True)
class Called:
    """One model's calls: how many, the share that was right, mean delay in days, and the setting used."""

    calls: int
    precision: float
    delay: float
    setting: float


@dataclass(frozen=True, slots=True)
class Alarms:
    """`at_delay`: the models set to a mean delay of 60 days each; `as_shipped`: the lapse model as it is, and
    a fixed hiatus of the same delay. `lapse_less_fixed`: 95 % interval of the difference of precisions at 60 days."""

    at_delay: dict[str, Called]
    as_shipped: dict[str, Called]
    lapse_less_fixed: tuple[float, float]


class Pauses:
    """Every inactivity spell after a repeat purchase, with what was known at its start, as the log is read."""

    def __init__(self, days: Days) -> None:
        self._days = days
        self._numbers: dict[str, int] = {}
        self._rows = array("d")

    def take(self, step: Step) -> None:
        bought = step.before.purchases
        day = self._days.of(step.event.time)
        if step.is_purchase and bought.days and day > bought.days[-1]:
            self._end(step.before, day)

    def close(self, customers: Customers) -> "Columns":
        """Spells still open end the table. Unsupported without any."""
        for profile in customers.known():
            self._end(profile, _NEVER)
        if not self._rows:
            raise Unsupported("no customer bought twice")
        who, begin, until, count, repeats, span = np.array(self._rows).reshape(-1, 6).T
        return Columns(who, begin, until, count, repeats, span, len(self._numbers))

    def _end(self, profile: Profile, until: float) -> None:
        bought = profile.purchases
        if bought.days_bought < 2 or not bought.days or bought.last_time is None:
            return
        span = bought.days[-1] - self._days.of(bought.first_time or 0)
        number = self._numbers.setdefault(profile.customer, len(self._numbers))
        count = purchase_timing.decayed(bought, 60, bought.last_time)
        self._rows.extend((number, bought.days[-1], until, count, bought.days_bought - 1, span))


@dataclass(frozen=True, slots=True)
class Columns:
    """One row per inactivity spell: customer, first and last day, decayed count C60, repeats, span (days) by then."""

    who: Floats
    begin: Floats
    until: Floats
    count: Floats
    repeats: Floats
    span: Floats
    customers: int

    def judged(self, wait: Floats, last: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """The spells called after `wait` days, of those that the log's `last` day can judge; which rightly."""
        call = self.begin + wait
        called = (self.until > call) & (call + AWAY_DAYS <= last)
        return called, called & (self.until > call + AWAY_DAYS)

    def measured(self, alarm: Alarm, setting: float, last: int) -> Called:
        wait = alarm(setting)
        called, right = self.judged(wait, last)
        calls = int(called.sum())
        if not calls:
            return Called(0, 0.0, float("inf"), setting)
        return Called(calls, float(right.sum() / calls), float(wait[called].mean()), setting)


def alarms_of(of: Columns, shipped: Churn) -> dict[str, Alarm]:
    """The engine's models and two simple ones."""
    return {
        LAPSE: lambda s: np.array(
            [purchase_timing.lapse_wait_days(c, replace(shipped, lapse_theta=1 / s)) for c in of.count]
        ),
        INTERPURCHASE: lambda s: np.array(list(_interpurchase_waits(of, 1 / (1 + s), shipped))),
        FIXED: lambda s: np.full(len(of.begin), s),
        OWN_GAP: lambda s: s * of.span / of.repeats,
    }


def _interpurchase_waits(of: Columns, chance: float, shipped: Churn) -> Iterator[float]:
    for repeats, span in zip(of.repeats, of.span, strict=True):
        yield purchase_timing.interpurchase_wait_days(int(repeats), span, chance, shipped)


def compare(of: Columns, last: int, shipped: Churn, seed: int) -> Alarms:
    """Unsupported where the log is too short to judge enough calls at 60 days' delay."""
    alarms = alarms_of(of, shipped)
    fixed = of.measured(alarms[FIXED], DELAY_DAYS, last)
    if fixed.calls < _MIN_CALLS:
        raise Unsupported(
            f"{fixed.calls} silences of {DELAY_DAYS:g} days are followed by {AWAY_DAYS} days of log;"
            f" at least {_MIN_CALLS} are needed to judge the clocks"
        )
    at_delay = {name: fixed if name == FIXED else _delayed(of, alarm, last) for name, alarm in alarms.items()}
    own = of.measured(alarms[LAPSE], 1 / shipped.lapse_theta, last)
    return Alarms(
        at_delay,
        {SHIPPED_LAPSE: own, FIXED: of.measured(alarms[FIXED], own.delay, last)},
        _difference(of, alarms, at_delay, last, seed),
    )


def _delayed(of: Columns, alarm: Alarm, last: int) -> Called:
    """The model, set to a mean delay of 60 days: halving on the logarithm of the setting."""
    low, high = -12.0, 12.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        called = of.measured(alarm, float(np.exp(middle)), last)
        low, high = (middle, high) if called.delay < DELAY_DAYS else (low, middle)
        if high - low < 1e-4:
            break
    return of.measured(alarm, float(np.exp(low)), last)


def _difference(
    of: Columns, alarms: dict[str, Alarm], at_delay: dict[str, Called], last: int, seed: int
) -> tuple[float, float]:
    """The interval of the lapse model's precision less the fixed hiatus's; customers are drawn, not spells."""
    who = of.who.astype(np.int64)
    sums = []
    for name in (LAPSE, FIXED):
        for which in of.judged(alarms[name](at_delay[name].setting), last):
            sums.append(np.bincount(who, weights=which, minlength=of.customers))
    table = np.stack(sums)
    drawn = []
    for weight in resamples(of.customers, seed):
        called, right, called_fixed, right_fixed = table @ weight
        drawn.append(right / max(called, 1) - right_fixed / max(called_fixed, 1))
    return interval(drawn)
