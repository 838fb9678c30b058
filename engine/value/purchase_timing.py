"""Lapse, interpurchase time and momentum (docs/value.md has the sources). Pure functions of a profile's purchases.

*Lapse*: `due = t_last + clamp(60 days * log2(C60 / theta), 30, 90 days)`, C60 the decayed purchase count at t_last.
*Interpurchase time*: `((alpha + tx) / (alpha + tx + inactive)) ** (r + x)`, the chance that a pause this
long is normal for this customer: gamma posterior of the own purchase rate, x repeat purchases, tx first to last
purchase in weeks.
*Outlook*: the chance of no purchase in a coming period, see `lapse_chance`.
*Momentum*: `(C28 / 28) / (C120 / 120)`, each divided by the share of its window since the first purchase.
"""

from itertools import pairwise
from math import ceil, exp, log, log2

from engine.domain.calendar import Days
from engine.domain.profile.state import HALF_LIVES, Purchases
from engine.domain.times import DAY
from engine.rulebook.shop import Churn

WEEK_DAYS = 7
MOMENTUM_AFTER_DAYS = 28
MOMENTUM_FROM_PURCHASES = 3
BACK_WITHIN_DAYS = 30
UNUSUAL_PAUSE = 0.1
"""A pause with a `pause_chance` below this was unusual; used for `reactivated`."""


def decayed(bought: Purchases, half_life: int, now: int) -> float:
    """The decayed purchase count of this half-life (days) at `now`."""
    count = bought.counts[HALF_LIVES.index(half_life)]
    return float(count * 2.0 ** (-(now - bought.updated) / DAY / half_life))


def pause_chance(repeats: int, span_days: float, inactive_days: float, churn: Churn) -> float:
    """The chance (0..1) of a pause of `inactive_days` after `repeats` repeat purchases over `span_days`."""
    span = churn.interpurchase_alpha_weeks + span_days / WEEK_DAYS
    return float((span / (span + max(0.0, inactive_days) / WEEK_DAYS)) ** (churn.interpurchase_r + repeats))


def interpurchase_wait_days(repeats: int, span_days: float, chance: float, churn: Churn) -> float:
    """The days of inactivity after which `pause_chance` is `chance` (above 0, at most 1)."""
    span = churn.interpurchase_alpha_weeks + span_days / WEEK_DAYS
    return float(span * (chance ** (-1 / (churn.interpurchase_r + repeats)) - 1) * WEEK_DAYS)


def pause_chance_now(bought: Purchases, now: int, days: Days, churn: Churn) -> float | None:
    """`pause_chance` of the current pause; None before the first purchase."""
    if not bought.days:
        return None
    span = bought.days[-1] - days.of(bought.first_time or 0)
    return pause_chance(bought.days_bought - 1, span, days.of(now) - bought.days[-1], churn)


def lapse_chance(bought: Purchases, now: int, days: Days, ahead_days: float, churn: Churn) -> float | None:
    """The chance (0..1) of no purchase in the next `ahead_days`; None before the first purchase. Informational.

    `1 - alive * (1 - ((alpha + T) / (alpha + T + ahead)) ** (r + x))`, T weeks since the first purchase, and of MBG/NBD
    `alive = 1 / (1 + a / (b + x) * ((alpha + T) / (alpha + tx)) ** (r + x))`.
    """
    if not bought.days or bought.first_time is None:
        return None
    first, repeats = days.of(bought.first_time), bought.days_bought - 1
    until_last = churn.interpurchase_alpha_weeks + (bought.days[-1] - first) / WEEK_DAYS
    until_now = churn.interpurchase_alpha_weeks + max(bought.days[-1], days.of(now)) / WEEK_DAYS - first / WEEK_DAYS
    rate = churn.interpurchase_r + repeats
    grown = min(rate * log(until_now / until_last), 700.0)
    stays = max(churn.leave_b + repeats, 1e-9)
    alive = 1 / (1 + churn.leave_a / stays * exp(grown)) if churn.leave_a else 1.0
    return float(1 - alive * (1 - (until_now / (until_now + ahead_days / WEEK_DAYS)) ** rate))


def lapse_wait_days(count: float, churn: Churn) -> float:
    """Days from the last purchase to the due day; `count` is the decayed purchase count at the last purchase."""
    wait = churn.lapse_half_life * log2(max(count, 1e-9) / churn.lapse_theta)
    return min(max(wait, churn.lapse_min), churn.lapse_max)


def lapse_due_day(bought: Purchases, days: Days, churn: Churn) -> int | None:
    """The number of the day by which the next purchase is due; None before the first purchase."""
    if not bought.days or bought.last_time is None:
        return None
    return days.of(bought.last_time) + ceil(lapse_wait_days(decayed(bought, 60, bought.last_time), churn))


def lapse_overdue_days(bought: Purchases, now: int, days: Days, churn: Churn) -> int | None:
    """Days past the due day (negative: still to come); None before the first purchase."""
    due = lapse_due_day(bought, days, churn)
    return None if due is None else days.of(now) - due


def momentum(bought: Purchases, now: int, days: Days) -> float | None:
    """1 = steady; None without enough data (under 28 days or under 3 purchase days)."""
    if not bought.days or bought.days_bought < MOMENTUM_FROM_PURCHASES:
        return None
    age = days.of(now) - days.of(bought.first_time or 0)
    if age < MOMENTUM_AFTER_DAYS:
        return None
    short = decayed(bought, 28, now) / (28 * (1 - 2.0 ** (-age / 28)))
    long = decayed(bought, 120, now) / (120 * (1 - 2.0 ** (-age / 120)))
    return short / long if long > 0 else None


def usual_gap_days(bought: Purchases) -> float | None:
    """The median number of days between the remembered purchase days; None below two purchases."""
    days = bought.days
    if len(days) < 2:
        return None
    gaps = sorted(b - a for a, b in pairwise(days))
    middle = len(gaps) // 2
    return float(gaps[middle]) if len(gaps) % 2 else (gaps[middle - 1] + gaps[middle]) / 2


def reactivated(bought: Purchases, now: int, days: Days, churn: Churn) -> bool:
    """Whether the latest purchase, at most 30 days ago, ended an unusual pause (S42)."""
    bought_on = bought.days
    if len(bought_on) < 2 or days.of(now) - bought_on[-1] > BACK_WITHIN_DAYS:
        return False
    silence = bought_on[-1] - bought_on[-2]
    span = bought_on[-2] - days.of(bought.first_time or 0)
    unusual = pause_chance(bought.days_bought - 2, span, silence, churn) < UNUSUAL_PAUSE
    return silence >= churn.lapse_max or (silence >= churn.lapse_min and unusual)
