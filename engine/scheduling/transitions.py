"""Profile transitions of events, decisions and timers, shared by the service, replay and scenarios."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from engine.decisioning import attribution, contacts, experiments, referral
from engine.decisioning.contacts import Transition
from engine.decisioning.evaluation_context import EvaluationContext
from engine.decisioning.withdrawal import withdrawals, without
from engine.domain.decision import Decision, Withdrawal
from engine.domain.events import JOINS, Event
from engine.domain.profile import Profile, Retry, effects
from engine.domain.profile.apply import applied
from engine.domain.profile.state import RETRIES_KEPT
from engine.domain.trigger import INACTIVE, Trigger
from engine.rulebook.consent_words import ABOUT_REACHING
from engine.rulebook.model import Rulebook
from engine.scheduling import timers
from engine.value import counters
from engine.value.counters import Change
from engine.value.tiers import Snapshot, place, tier_of

if TYPE_CHECKING:
    from engine.compiled.rulebook import Compiled

MAY_WITHDRAW: Final = ("consent_changed", "channel_address_removed", *JOINS)
"""Events after which a pending recommendation may lack permission, whatever the rules."""

# ---- events ----


def event_transition(have: Profile, event: Event, compiled: "Compiled", now: int) -> Transition:
    """The profile after an event stored at `now`: applied, credited, counted in experiments, waits started."""
    book = compiled.rulebook
    if event.type in ABOUT_REACHING:
        words = compiled.consents.understood(event)
        if words.is_grant and words.unknown:
            return Transition(have, unapplied=effects.CONSENT_UNKNOWN)
        event = words.event
    before = contacts.settle(have, now, book)
    after, unapplied = applied(before, event, compiled.counters, book.shop.days)
    if after is before:
        return Transition(have)
    transition = attribution.credit(before, after, event, book)
    transition = transition.then(experiments.count(before, transition.profile, event, book))
    transition = transition.then(referral.count(before, transition.profile))
    return Transition(timers.awaiting(transition.profile, event, compiled, now), transition.counts, unapplied)


def without_permission(
    profile: Profile, events: Sequence[Event], compiled: "Compiled", now: int
) -> tuple[Profile, tuple[Withdrawal, ...]]:
    """After events without a decision: withdraws pending recommendations without permission, whatever the rules."""
    if not profile.pending or not any(event.type in MAY_WITHDRAW for event in events):
        return profile, ()
    on = Trigger(events[-1].type, f"event/{events[-1].id}", profile.customer)
    context = EvaluationContext(compiled, profile, on, {}, now)
    gone = withdrawals(context)
    return without(context, gone).profile, gone


def settled(before: Profile, after: Profile, compiled: "Compiled", snapshot: Snapshot) -> Profile:
    """The profile with its place in the histograms and its tier updated."""
    tiers = compiled.rulebook.tiers
    if after.purchases is not before.purchases or after.channel_addresses is not before.channel_addresses:
        after = after.but(placing=place(after, tiers, snapshot))
    tier = tier_of(after, tiers, snapshot)
    return after if tier == after.tier else after.but(tier=tier)


# ---- decisions ----


def decision_transition(profile: Profile, on: Trigger, decision: Decision, compiled: "Compiled") -> Transition:
    """The profile after a decision: recommendations pending, experiments entered, retries scheduled."""
    book = compiled.rulebook
    transition = contacts.book(profile, decision, book)
    transition = transition.then(experiments.enter(transition.profile, decision, book))
    counts = (*transition.counts, *_shadow(decision, profile.tier, book))
    return Transition(_with_retries(transition.profile, on, decision, compiled), counts)


def _shadow(decision: Decision, tier: str, book: Rulebook) -> Iterator[Change]:
    """Counts shadow rules that matched, and those that would have changed something."""
    for rule in decision.matched:
        if book.rules[rule].status == "shadow":
            yield counters.of_rule(counters.MATCHED, rule, tier)
    for rule in dict.fromkeys(one.rule for one in decision.shadow):
        yield counters.of_rule(counters.WOULD, rule, tier)


def _with_retries(profile: Profile, on: Trigger, decision: Decision, compiled: "Compiled") -> Profile:
    """Schedules a retry after a temporary refusal, unless the recommendation would come too late."""
    if on.placements or (not decision.rejected and not profile.retries):
        return profile
    now, is_due = decision.decided_at, on.id.startswith("due/")
    before = {retry.key: retry for retry in profile.retries if retry.key != on.key or retry.at > now}
    last = next((r.until for r in profile.retries if is_due and r.key == on.key), None)
    soonest = _soonest(on.key, decision, compiled, now, last)
    if soonest is None and not profile.retries:
        return profile
    if soonest and (on.key not in before or soonest.at < before[on.key].at):
        before[on.key] = soonest
    retries = tuple(sorted(before.values(), key=lambda r: (r.at, r.key))[:RETRIES_KEPT])
    return profile if retries == profile.retries else profile.but(retries=retries)


def _soonest(key: str, decision: Decision, compiled: "Compiled", now: int, last: int | None) -> Retry | None:
    """The first moment at which a refused candidate may pass. `last`: when it is too late for that."""
    found = None
    for refused in decision.rejected:
        at = refused.retry_after
        until = now + compiled.rulebook.actions[refused.action].expires
        until = until if last is None else min(until, last)
        if at is not None and now < at < until and (found is None or at < found.at):
            found = Retry(at, key, until)
    return found


# ---- timers ----


Timer = tuple[int, str]
"""A timer: when it fires (ms), and its trigger key."""


def is_void(profile: Profile, moment: Timer, compiled: "Compiled", now: int) -> bool:
    """The timer needs no decision: no rule has its trigger any more, or it is too late."""
    too_late = any((one.at, one.key) == moment and one.until <= now for one in profile.retries)
    return too_late or moment[1] not in compiled.rules


def is_recorded(decision: Decision) -> bool:
    """Whether a timer's decision is worth a record."""
    given = any(result.recommendations for result in decision.results)
    return given or bool(decision.rejected or decision.withheld or decision.withdrawn)


def after_timer(profile: Profile, moment: Timer, compiled: "Compiled", snapshot: Snapshot, now: int) -> Profile:
    """The profile after the decision of this timer, with the next inactivity timer if this was one."""
    profile = timers.taken(profile, *moment)
    is_inactivity = moment[1] == INACTIVE
    return timers.scheduled(profile, compiled, snapshot, now, evaluated=True) if is_inactivity else profile
