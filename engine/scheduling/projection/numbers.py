"""Comparisons with numbers that rise or fall while nothing happens, each solved for the moments of change."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from math import ceil, floor, log2
from typing import Final

from engine.domain.facts import NEVER, Value
from engine.domain.profile.state import VALUE_HALF_LIFE, Profile
from engine.domain.times import DAY, HOUR, SECOND
from engine.facts import Group
from engine.facts import customer as customer_facts
from engine.rulebook.shop import Churn
from engine.scheduling.projection.steps import (
    NOW,
    Comparison,
    Projection,
    Steps,
    View,
    changing,
    constant,
    holds_at,
    turning,
)
from engine.value import purchase_timing

FAR: Final = 7_300 * DAY
"""The longest projection."""
SEARCHED: Final = 1_000 * DAY
"""How far ahead to search for a moment without a formula."""

# ---- whole numbers that rise by one each day ----


def rungs_of(comparison: Comparison) -> tuple[bool, tuple[int, ...]]:
    """Truth below all cuts, and the whole numbers at which it changes as the value rises."""
    rungs = sorted({rung for cut in comparison.cuts for rung in (ceil(cut), floor(cut) + 1)})
    below = truth = comparison.test(rungs[0] - 1 if rungs else 0)
    turns = []
    for rung in rungs:
        if comparison.test(rung) is not truth:
            truth = not truth
            turns.append(rung)
    return below, tuple(turns)


def climbs(comparison: Comparison, base: Callable[[View], int | None], nothing: Value) -> Projection:
    """`base`: the number of the day on which it was 0; None if it has the value `nothing`."""
    below, turns = rungs_of(comparison)
    without = constant(comparison.test(nothing))

    def look(view: View) -> Steps:
        day, start = base(view), view.days.start
        return without if day is None else turning(below, [start(day + turn) for turn in turns], view.given.now)

    return look


_SINCE: Final[Mapping[str, Callable[[Profile], int | None]]] = {
    "customer.days_since_first_order": lambda profile: profile.purchases.first_time,
    "customer.days_since_last_order": lambda profile: profile.purchases.last_time,
    "customer.known_days": lambda profile: profile.first_seen,
    "customer.days_since_complaint": lambda profile: max((at for at, _ in profile.complaints.values()), default=0),
    "customer.days_since_rating": lambda profile: profile.rating[0],
    "customer.days_since_delivery": lambda profile: profile.delivery[0],
    "customer.days_since_wish": lambda profile: profile.newest.get("wish"),
    "customer.days_since_failed_delivery": lambda profile: profile.newest.get("delivery_failed"),
}


def _since(comparison: Comparison) -> Projection:
    since = _SINCE[comparison.fact]
    return climbs(comparison, lambda view: day_of(since(view.given.profile), view), NEVER)


def day_of(time: int | None, view: View) -> int | None:
    """The number of the shop's day of a moment; None without one."""
    return view.days.of(time) if time else None


def _lapse(comparison: Comparison) -> Projection:
    def base(view: View) -> int | None:
        return purchase_timing.lapse_due_day(view.given.profile.purchases, view.days, view.given.book.churn)

    return climbs(comparison, base, None)


# ---- numbers that fall ----


Below = Callable[[View, float], int | None]
"""The moment from which the value is below a number; None: never."""


def _falls(comparison: Comparison, value: Callable[[View], Value], below: Below, whole: bool = False) -> Projection:
    """A value that only falls. Rounded whole numbers change half way."""
    cuts = {half for cut in comparison.cuts for half in ((cut - 0.5, cut + 0.5) if whole else (cut,)) if half > 0}
    falling = sorted(cuts, reverse=True)
    between: list[float] = [(cut + then) / 2 for cut, then in zip(falling, [*falling[1:], 0.0], strict=False)]
    bands = [(cut, comparison.test(round(x) if whole else x)) for cut, x in zip(falling, between, strict=True)]
    test = comparison.test

    def look(view: View) -> Steps:
        now = value(view)
        truth = test(now)
        found = [NOW] if truth else []
        if isinstance(now, int | float):
            for cut, then in bands:
                if then is not truth and cut <= now and (moment := below(view, cut)) is not None:
                    found.append(moment)
                    truth = then
        return tuple(found)

    return look


def _pause_chance_below(view: View, chance: float) -> int | None:
    bought = view.given.profile.purchases
    span = bought.days[-1] - view.days.of(bought.first_time or 0)
    clock = view.given.book.churn
    inactive = _pause_below(
        bought.days_bought - 1, span, chance, clock.interpurchase_r, clock.interpurchase_alpha_weeks
    )
    return None if inactive is None else max(view.days.start(bought.days[-1] + inactive), view.given.now + 1)


@lru_cache(maxsize=4_096)  # shared by many customers, and reused when they are evaluated again
def _pause_below(repeats: int, span: int, chance: float, r: float, alpha_weeks: float) -> int | None:
    """Days of inactivity after which `pause_chance` is below `chance`; None: beyond `FAR`."""
    clock = Churn(r, alpha_weeks, lapse_theta=1.0)  # theta is not used here
    try:
        inactive = int(purchase_timing.interpurchase_wait_days(repeats, span, min(max(chance, 1e-6), 1.0), clock)) + 1
    except OverflowError:
        return None
    if inactive > FAR // DAY:
        return None
    while round(purchase_timing.pause_chance(repeats, span, inactive, clock), 6) >= chance and inactive < FAR // DAY:
        inactive += 1
    return inactive


def _pause_chance(comparison: Comparison) -> Projection:
    return _falls(comparison, fact_of(customer_facts.interpurchase_facts, comparison.fact), _pause_chance_below)


def fact_of(group: Group, fact: str) -> Callable[[View], Value]:
    return lambda view: view.value(fact, group)


def _buys_anyway(comparison: Comparison) -> Projection:
    yes, no = comparison.test(True), comparison.test(False)

    def look(view: View) -> Steps:
        if not view.value("customer.buys_anyway", customer_facts.interpurchase_facts):
            return constant(no)
        end = _pause_chance_below(view, customer_facts.BUYS_ANYWAY_CHANCE)
        return constant(yes) if end is None else changing(yes, [(end, no)])

    return look


def _spend_below(view: View, amount: float) -> int:
    bought = view.given.profile.purchases
    return bought.updated + ceil(VALUE_HALF_LIFE * DAY * log2(bought.spend_decayed / amount)) + SECOND


def _spend_decayed(comparison: Comparison) -> Projection:
    return _falls(comparison, fact_of(customer_facts.spend_facts, comparison.fact), _spend_below, whole=True)


def _score(comparison: Comparison) -> Projection:
    value = fact_of(customer_facts.score_facts, comparison.fact)

    def below(view: View, amount: float) -> int:
        now = float(str(value(view)))
        return view.given.now + ceil(VALUE_HALF_LIFE * DAY * log2((now + 0.5) / amount)) + SECOND

    return _falls(comparison, value, below, whole=True)


def _momentum(comparison: Comparison) -> Projection:
    """Unknown for the first four weeks. Then it falls from day to day, but rises slightly at each midnight."""
    falls = _falls(comparison, fact_of(customer_facts.momentum_facts, comparison.fact), _momentum_below)
    unknown = comparison.test(None)

    def look(view: View) -> Steps:
        bought = view.given.profile.purchases
        known = view.days.start(view.days.of(bought.first_time or 0) + purchase_timing.MOMENTUM_AFTER_DAYS)
        if bought.days_bought < purchase_timing.MOMENTUM_FROM_PURCHASES or known <= view.given.now:
            return falls(view)
        later = falls(View(replace(view.given, now=known)))
        turns = [moment for moment in later if moment > known]
        return changing(unknown, [(moment, holds_at(later, moment)) for moment in (known, *turns)])

    return look


def _momentum_below(view: View, value: float) -> int | None:
    bought = view.given.profile.purchases

    def is_below(moment: int) -> bool:
        return (purchase_timing.momentum(bought, moment, view.days) or 0.0) < value

    return first_moment(is_below, view.given.now, HOUR)


def first_moment(is_so: Callable[[int], bool], after: int, grain: int) -> int | None:
    """The first moment, to the grain, at which a condition that then stays true holds; None: not found."""
    before, found = after, after + SEARCHED
    if not is_so(found):
        return None
    while found - before > grain:
        middle = (before + found) // 2
        if is_so(middle):
            found = middle
        else:
            before = middle
    return found


NUMBERS: Final[Mapping[str, Callable[[Comparison], Projection]]] = {
    **dict.fromkeys(_SINCE, _since),
    "customer.lapse_overdue_days": _lapse,
    "customer.pause_chance": _pause_chance,
    "customer.buys_anyway": _buys_anyway,
    "customer.spend_decayed": _spend_decayed,
    "customer.value_score": _score,
    "customer.momentum": _momentum,
}
"""The facts of this module."""
