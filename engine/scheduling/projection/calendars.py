"""Comparisons with calendar and clock facts, and with facts that no module can project."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from engine.domain import calendar
from engine.domain.facts import Value
from engine.domain.times import DAY, HOUR, MINUTE, day_of
from engine.facts import Group
from engine.facts import customer as customer_facts
from engine.facts.moment import local_time, time_facts, zone_of
from engine.scheduling.projection.numbers import fact_of, rungs_of
from engine.scheduling.projection.steps import Asked, Look, Steps, View, changing, constant
from engine.value import purchase_timing

STEPPED_DAYS: Final = 35
"""How many days ahead a fact without a projection is evaluated. Afterwards anything may hold."""
CLOCK_HOURS: Final = 8 * 24
"""The same for the time of day, in hours."""

# ---- calendars ----


def _reactivated(asked: Asked) -> Look:
    yes, no = asked.test(True), asked.test(False)

    def look(view: View) -> Steps:
        if not view.value(asked.fact, customer_facts.reactivation_facts):
            return constant(no)
        end = (view.given.profile.purchases.days[-1] + purchase_timing.BACK_WITHIN_DAYS + 1) * DAY
        return changing(yes, [(end, no)])

    return look


def _birthday(asked: Asked) -> Look:
    _, turns = rungs_of(asked)
    value = fact_of(customer_facts.trait_facts, asked.fact)

    def at(view: View, moment: int) -> Value:
        return customer_facts.trait_facts(replace(view.given, now=moment))[asked.fact]

    def look(view: View) -> Steps:
        now, until = view.given.now, value(view)
        if not isinstance(until, int):
            return constant(asked.test(until))
        first = day_of(now) + until
        again = at(view, (first + 1) * DAY)
        birthdays = (first, first + 1 + again) if isinstance(again, int) else (first,)
        days = {day for birthday in birthdays for day in (birthday + 1, *(birthday + 1 - turn for turn in turns))}
        moments = sorted(day * DAY for day in days if day * DAY > now)
        return changing(asked.test(until), [(moment, asked.test(at(view, moment))) for moment in moments])

    return look


def _clock(asked: Asked) -> Look:
    def look(view: View) -> Steps:
        given = view.given
        local = local_time(given.profile, given.book, given.now)
        first = given.now - given.now % MINUTE + (60 - local.minute) * MINUTE
        moments = [first + hour * HOUR for hour in range(CLOCK_HOURS)]
        return _by_steps(asked, view, time_facts, moments)

    return look


def _date(asked: Asked) -> Look:
    days = sorted({datetime.fromordinal(int(cut) + after) for cut in asked.cuts for after in (0, 1)})

    def look(view: View) -> Steps:
        given = view.given
        zone = zone_of(given.profile, given.book)
        ahead = [(calendar.moment(day, zone), asked.test(day.date().isoformat())) for day in days]
        now = asked.test(view.value(asked.fact, time_facts))
        return changing(now, [(at, then) for at, then in ahead if at > given.now])

    return look


def _by_steps(asked: Asked, view: View, group: Group, moments: Sequence[int]) -> Steps:
    """Evaluated at these moments; at the last one anything may hold."""
    ahead = [(moment, asked.test(group(replace(view.given, now=moment))[asked.fact])) for moment in moments[:-1]]
    return changing(asked.test(view.value(asked.fact, group)), [*ahead, (moments[-1], True)])


def stepped(asked: Asked, group: Group) -> Look:
    """A fact without a projection of its own."""

    def look(view: View) -> Steps:
        tomorrow = (day_of(view.given.now) + 1) * DAY
        return _by_steps(asked, view, group, [tomorrow + day * DAY for day in range(STEPPED_DAYS)])

    return look


CALENDARS: Final[Mapping[str, Callable[[Asked], Look]]] = {
    "customer.reactivated": _reactivated,
    "customer.birthday_in_days": _birthday,
    "time.date": _date,
    "time.hour": _clock,
    "time.weekday": _clock,
}
"""The facts of this module."""
