"""Timers: when to evaluate a customer without an event, and with which trigger.

Three timers exist, each stored in the profile:

- `retries`: a temporary refusal ends;
- `waits`: a wait after an event ends (`{after: delivery_completed, wait: 14 days}`);
- `inactive_at`: a rule with the trigger `inactive` may start to recommend: its condition begins to
  hold, its dates begin, a forbid on its action ends, or a shown recommendation expires while it holds.

A rule with the trigger `inactive` is evaluated when its condition begins to hold, and not again while it holds
(`evaluated`); after a temporary refusal, a retry evaluates it again.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from engine.decisioning.eligibility import scope_of
from engine.decisioning.evaluation_context import EvaluationContext
from engine.domain.events import Event
from engine.domain.profile.state import Profile, Wait
from engine.domain.times import DAY, MINUTE
from engine.domain.trigger import INACTIVE, Trigger, of_due
from engine.facts import Given
from engine.scheduling.projection.numbers import FAR
from engine.scheduling.projection.steps import NOW, Steps, View, holds_at
from engine.value.tiers import Snapshot

if TYPE_CHECKING:
    from engine.compiled.rulebook import Compiled
    from engine.compiled.timers import InactivityRule

SOON: Final = 5 * MINUTE
"""The delay of a timer that would fire at once: it lets a burst of events end and prevents a loop."""
LATE: Final = DAY
"""A wait that ended longer ago than this when its event arrives is not started."""


# ---- due timers ----


def next_due(profile: Profile) -> int | None:
    """When the customer's next timer fires (ms), from the profile; None: never, if nothing happens."""
    times = [part[0].at for part in (profile.retries, profile.waits) if part]
    if profile.inactive_at:
        times.append(profile.inactive_at)
    return min(times, default=None)


def due_now(profile: Profile, now: int) -> tuple[int, str] | None:
    """The first timer due at `now`: its moment and its trigger key."""
    found = [(retry.at, retry.key) for retry in profile.retries if retry.at <= now]
    found += [(wait.at, wait.key) for wait in profile.waits if wait.at <= now]
    if 0 < profile.inactive_at <= now:
        found.append((profile.inactive_at, INACTIVE))
    return min(found, default=None)


def trigger_of(profile: Profile, at: int, key: str) -> Trigger:
    """The trigger of a due timer, with the properties kept of the event that its wait began with."""
    kept = next((wait.properties for wait in profile.waits if (wait.at, wait.key) == (at, key)), ())
    return of_due(profile.customer, key, at, kept)


def taken(profile: Profile, at: int, key: str) -> Profile:
    """The profile after this timer has fired."""
    return profile.but(
        retries=tuple([one for one in profile.retries if (one.at, one.key) != (at, key)]),
        waits=tuple([one for one in profile.waits if (one.at, one.key) != (at, key)]),
        inactive_at=0 if key == INACTIVE and profile.inactive_at <= at else profile.inactive_at,
    )


# ---- waits ----


def awaiting(profile: Profile, event: Event, compiled: "Compiled", now: int) -> Profile:
    """After `apply` of an event: starts the waits of the rules that wait for its type.

    Of several on one day for one rule the last counts. The first to end are kept, up to the number of a weekly buyer.
    """
    awaited = compiled.due.awaited.get(event.type)
    if not awaited:
        return profile
    days = compiled.rulebook.shop.days
    waits = {(days.of(one.at), one.key): one for one in profile.waits}
    for key, wait, reads in awaited:
        one = Wait(event.time + wait, key, _kept(event, reads))
        if one.at >= now - LATE:
            same_day = days.of(one.at), key
            before = waits.get(same_day)
            if before is None or before.at <= one.at:
                waits[same_day] = one
    kept = tuple(sorted(waits.values(), key=lambda one: (one.at, one.key))[: compiled.due.waits_kept])
    return profile if kept == profile.waits else profile.but(waits=kept)


def _kept(event: Event, reads: Sequence[str]) -> tuple[tuple[str, Any], ...]:
    found = {name: event.channel if name == "channel" else event.properties.get(name) for name in reads}
    return tuple((name, value) for name, value in found.items() if value is not None)


# ---- inactivity ----

_INACTIVITY: Final = Trigger(INACTIVE, "", "")
"""The trigger for facts; the profile identifies the customer."""


def projected(
    profile: Profile, compiled: "Compiled", snapshot: Snapshot, now: int
) -> "list[tuple[InactivityRule, Steps]]":
    """The `inactive` rules that may recommend something, now or later, and when."""
    view = View(Given(profile, _INACTIVITY, compiled.rulebook, snapshot, now))
    plan = compiled.due
    ahead = [(plan.inactivity_rules[number], steps) for number, steps in plan.prospect.of(view)]
    return [(rule, steps) for rule, steps in ahead if not _is_done(rule, profile, compiled, now)]


def rescheduled(before: Profile | None, after: Profile, compiled: "Compiled", snapshot: Snapshot, now: int) -> Profile:
    """`scheduled` for the change from `before`; a no-op if no `inactive` rule distinguishes the two.

    None: a new customer.
    """
    if before is not None and compiled.due.inputs(before) == compiled.due.inputs(after):
        return after
    return scheduled(after, compiled, snapshot, now)


def scheduled(profile: Profile, compiled: "Compiled", snapshot: Snapshot, now: int, evaluated: bool = False) -> Profile:
    """The profile with the next moment at which an `inactive` rule begins to hold. `evaluated`: the current ones were.

    A due timer that has not been evaluated stays due.
    """
    ahead = projected(profile, compiled, snapshot, now)
    present = [rule.mark for rule, steps in ahead if steps[0] == NOW]
    marks = tuple(present) if evaluated else tuple(mark for mark in present if mark in profile.evaluated)
    begins = [moment for _, steps in ahead for moment in steps[::2] if moment != NOW]
    begins += _expiries(profile, [steps for _, steps in ahead], now)
    soonest = max(min(begins), now + SOON) if begins else 0
    if 0 < profile.inactive_at <= now and present:
        soonest = profile.inactive_at
    elif len(marks) < len(present):
        soonest = profile.inactive_at if 0 < profile.inactive_at <= now + SOON else now + SOON
    due = soonest if soonest < now + FAR else 0
    if (due, marks) == (profile.inactive_at, profile.evaluated):
        return profile
    return profile.but(inactive_at=due, evaluated=marks)


def _expiries(profile: Profile, ahead: Sequence[Steps], now: int) -> list[int]:
    """When an unanswered recommendation expires while an `inactive` rule holds: the rule may match then."""
    if not profile.shown:
        return []
    ends = sorted({shown.expires for shown in profile.shown if not shown.answer and shown.expires > now})
    return [end for end in ends if any(holds_at(steps, end) for steps in ahead)][:1]


def _is_done(rule: "InactivityRule", profile: Profile, compiled: "Compiled", now: int) -> bool:
    """Its `once` is used up until some event; false for `year`, which ends without."""
    if rule.rule.once in (None, "year") or rule.rule.id not in profile.once:
        return False
    trigger = Trigger(INACTIVE, "", profile.customer)
    return profile.once[rule.rule.id] == scope_of(rule.rule, EvaluationContext(compiled, profile, trigger, {}, now))
