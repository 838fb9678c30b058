"""Comparisons with calendar and clock facts, and with facts that no module can project."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from engine.domain import calendar
from engine.domain.facts import Value
from engine.domain.times import HOUR, MINUTE
from engine.facts import Group
from engine.facts import customer as customer_facts
from engine.facts.moment import local_time, time_facts, zone_of
from engine.scheduling.projection.numbers import fact_of, rungs_of
from engine.scheduling.projection.steps import Comparison, Projection, Steps, View, changing, constant
from engine.value import purchase_timing

STEPPED_DAYS: Final = 35
"""How many days ahead a fact without a projection is evaluated. Afterwards anything may hold."""
CLOCK_HOURS: Final = 8 * 24
"""The same for the time of day, in hours."""

# ---- calendars ----


def _reactivated(comparison: Comparison) -> Projection:
    yes, no = comparison.test(True), comparison.test(False)

    def look(view: View) -> Steps:
        if not view.value(comparison.fact, customer_facts.reactivation_facts):
            return constant(no)
        end = view.days.start(view.given.profile.purchases.days[-1] + purchase_timing.BACK_WITHIN_DAYS + 1)
        return changing(yes, [(end, no)])

    return look


def _birthday(comparison: Comparison) -> Projection:
    _, turns = rungs_of(comparison)
    value = fact_of(customer_facts.trait_facts, comparison.fact)

    def at(view: View, moment: int) -> Value:
        return customer_facts.trait_facts(replace(view.given, now=moment))[comparison.fact]

    def look(view: View) -> Steps:
        now, until = view.given.now, value(view)
        if not isinstance(until, int):
            return constant(comparison.test(until))
        local = calendar.days_of(zone_of(view.given.profile, view.given.book))
        first = local.of(now) + until
        again = at(view, local.start(first + 1))
        birthdays = (first, first + 1 + again) if isinstance(again, int) else (first,)
        days = {day for birthday in birthdays for day in (birthday + 1, *(birthday + 1 - turn for turn in turns))}
        moments = sorted(local.start(day) for day in days if local.start(day) > now)
        return changing(comparison.test(until), [(moment, comparison.test(at(view, moment))) for moment in moments])

    return look


def _clock(comparison: Comparison) -> Projection:
    def look(view: View) -> Steps:
        given = view.given
        local = local_time(given.profile, given.book, given.now)
        first = given.now - given.now % MINUTE + (60 - local.minute) * MINUTE
        moments = [first + hour * HOUR for hour in range(CLOCK_HOURS)]
        return _by_steps(comparison, view, time_facts, moments)

    return look


def _date(comparison: Comparison) -> Projection:
    days = sorted({datetime.fromordinal(int(cut) + after) for cut in comparison.cuts for after in (0, 1)})

    def look(view: View) -> Steps:
        given = view.given
        zone = zone_of(given.profile, given.book)
        ahead = [(calendar.moment(day, zone), comparison.test(day.date().isoformat())) for day in days]
        now = comparison.test(view.value(comparison.fact, time_facts))
        return changing(now, [(at, then) for at, then in ahead if at > given.now])

    return look


def _by_steps(comparison: Comparison, view: View, group: Group, moments: Sequence[int]) -> Steps:
    """Evaluated at these moments; at the last one anything may hold."""
    fact, test = comparison.fact, comparison.test
    ahead = [(moment, test(group(replace(view.given, now=moment))[fact])) for moment in moments[:-1]]
    return changing(test(view.value(fact, group)), [*ahead, (moments[-1], True)])


def stepped(comparison: Comparison, group: Group) -> Projection:
    """A fact without a projection of its own."""

    def look(view: View) -> Steps:
        tomorrow = view.days.of(view.given.now) + 1
        moments = [view.days.start(tomorrow + day) for day in range(STEPPED_DAYS)]
        return _by_steps(comparison, view, group, moments)

    return look


CALENDARS: Final[Mapping[str, Callable[[Comparison], Projection]]] = {
    "customer.reactivated": _reactivated,
    "customer.birthday_in_days": _birthday,
    "time.date": _date,
    "time.hour": _clock,
    "time.weekday": _clock,
}
"""The facts of this module."""
