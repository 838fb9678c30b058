"""Comparisons with counters over a period, and with the customer's contact history."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from engine.decisioning import contacts
from engine.domain.facts import Value
from engine.domain.profile.counters import CounterPlan
from engine.domain.profile.state import Profile
from engine.domain.times import DAY
from engine.facts import history_facts
from engine.facts.contacts import CONTACTS_DAYS, IGNORED_DAYS, YEAR_DAYS, pressure_facts
from engine.scheduling.projection.numbers import climbs, day_of
from engine.scheduling.projection.steps import Comparison, Projection, Steps, View, changing, constant

# ---- sums that shrink as entries leave the window ----


def counter_projection(comparison: Comparison, counter: CounterPlan) -> Projection:
    """A bucket leaves when its last day does."""

    def look(view: View) -> Steps:
        flat, days = view.given.profile.counters.get(counter.key) or [], view.days
        today = days.of(view.given.now)
        oldest = (today - counter.days + 1) // counter.width
        kept = [(flat[n], flat[n + 1]) for n in range(0, len(flat), 2) if flat[n] >= oldest]
        leaving = [(days.start((at + 1) * counter.width + counter.days - 1), amount) for at, amount in kept]
        return _shrinks(comparison, leaving)

    return look


def _shrinks(comparison: Comparison, leaving: Sequence[tuple[int, int]]) -> Steps:
    """A sum of amounts, each with the moment when it leaves, ascending."""
    left = sum(amount for _, amount in leaving)
    truth, ahead = comparison.test(left), []
    for moment, amount in leaving:
        left -= amount
        ahead.append((moment, comparison.test(left)))
    return changing(truth, ahead)


# ---- contact history ----


def history_projection(comparison: Comparison, actions: tuple[str, ...], default: Value) -> Projection:
    """`actions`: the action itself, or those of the group. `default`: the value without a contact."""
    what = comparison.fact.rpartition(".")[2]
    if what == "days_since_shown":
        return climbs(comparison, lambda view: day_of(_newest(view.given.profile, actions), view), default)
    nothing = constant(comparison.test(default))
    told = _shown_times if what == "times_shown_365d" else _outcomes

    def look(view: View) -> Steps:
        known = view.given.profile.contacts
        return told(comparison, actions, view) if any(action in known for action in actions) else nothing

    return look


def _newest(profile: Profile, actions: tuple[str, ...]) -> int:
    contacts_of = profile.contacts
    if not contacts_of:
        return 0
    return max((contacts_of[action].last for action in actions if action in contacts_of), default=0)


def _shown_times(comparison: Comparison, actions: tuple[str, ...], view: View) -> Steps:
    known, days = view.given.profile.contacts, view.days
    today = days.of(view.given.now)
    shown = sorted(
        days.of(at) for action in actions if action in known for times in known[action].touches.values() for at in times
    )
    return _shrinks(comparison, [(days.start(day + YEAR_DAYS), 1) for day in shown if day > today - YEAR_DAYS])


def _outcomes(comparison: Comparison, actions: tuple[str, ...], view: View) -> Steps:
    """Unanswered contacts become an ignore when they expire."""
    given, now = view.given, view.given.now
    name = comparison.fact.removeprefix("history.").rpartition(".")[0]
    ends = sorted({s.expires for s in given.profile.shown if not s.answer and s.action in actions and s.expires > now})

    def holds(moment: int) -> bool:
        settled = contacts.settle(given.profile, moment, given.book) if moment > now else given.profile
        return comparison.test(
            history_facts(replace(given, profile=settled, now=moment), [(name, actions)])[comparison.fact]
        )

    return changing(holds(now), [(end, holds(end)) for end in ends])


def _pressure(comparison: Comparison) -> Projection:
    """Changes when a contact or a refusal becomes too old to count, or an unanswered one becomes an ignore."""

    def look(view: View) -> Steps:
        given, now = view.given, view.given.now
        times = {
            at + days * DAY + 1
            for contact in given.profile.contacts.values()
            for kind in (contact.touches, contact.refusals)
            for of_kind in kind.values()
            for at in of_kind
            for days in (CONTACTS_DAYS, IGNORED_DAYS)
        }
        ends = {shown.expires for shown in given.profile.shown if not shown.answer}

        def holds(moment: int) -> bool:
            settled = contacts.settle(given.profile, moment, given.book)
            return comparison.test(pressure_facts(replace(given, profile=settled, now=moment))[comparison.fact])

        return changing(holds(now), [(moment, holds(moment)) for moment in sorted(times | ends) if moment > now])

    return look


PRESSURE: Final[Mapping[str, Callable[[Comparison], Projection]]] = {
    "customer.contacts_30d": _pressure,
    "customer.ignored_share_90d": _pressure,
}
"""The built-in facts of this module."""
