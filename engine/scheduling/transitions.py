"""What an event and a decision leave in a profile: the same for the service, for replay and for stories in tests."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from engine.decisioning import attribution, contacts, experiments, referral
from engine.decisioning.contacts import Noted
from engine.decisioning.evaluation_context import Situation
from engine.decisioning.withdrawal import withdrawals, without
from engine.domain.decision import Decision, Withdrawal
from engine.domain.events import Event
from engine.domain.profile import Profile, Revisit, apply
from engine.domain.profile.state import REVISITS_KEPT
from engine.domain.trigger import OVERDUE, Occasion
from engine.rulebook.model import Rulebook
from engine.scheduling import timers
from engine.value import counters
from engine.value.counters import Change
from engine.value.tiers import Snapshot, place, tier_of

if TYPE_CHECKING:
    from engine.compiled.rulebook import Compiled

MAY_WITHDRAW: Final = ("consent_changed", "link_removed", "aliased")
"""Events after which something that waits may have lost its permission, whatever the rules say."""

# ---- events ----


def noted_event(have: Profile, event: Event, compiled: "Compiled", now: int) -> Noted:
    """The profile after an event that was stored at `now`: applied, credited, compared with holdouts, waited after."""
    book = compiled.rulebook
    before = contacts.settle(have, now, book)
    after = apply(before, event, compiled.counters)
    if after is before:
        return Noted(have)
    noted = attribution.credit(before, after, event, book)
    noted = noted.then(experiments.count(before, noted.profile, event, book))
    noted = noted.then(referral.count(before, noted.profile))
    return Noted(timers.awaiting(noted.profile, event, compiled, now), noted.counts)


def without_permission(
    profile: Profile, events: Sequence[Event], compiled: "Compiled", now: int
) -> tuple[Profile, tuple[Withdrawal, ...]]:
    """After events that nothing is decided about: what may no longer be sent is withdrawn, whatever the rules say."""
    if not profile.pending or not any(event.type in MAY_WITHDRAW for event in events):
        return profile, ()
    on = Occasion(events[-1].type, f"event/{events[-1].id}", profile.customer)
    situation = Situation(compiled, profile, on, {}, now)
    gone = withdrawals(situation)
    return without(situation, gone).profile, gone


def settled(before: Profile, after: Profile, compiled: "Compiled", snapshot: Snapshot) -> Profile:
    """The profile with its place in the histograms and its tier brought up to date."""
    tiers = compiled.rulebook.tiers
    if after.purchases is not before.purchases or after.links is not before.links:
        after = after.but(placing=place(after, tiers, snapshot))
    tier = tier_of(after, tiers, snapshot)
    return after if tier == after.tier else after.but(tier=tier)


# ---- decisions ----


def noted_decision(profile: Profile, on: Occasion, decision: Decision, compiled: "Compiled") -> Noted:
    """The profile after a decision: what was recommended waits, trials are entered, refusals for a time come back."""
    book = compiled.rulebook
    noted = contacts.book(profile, decision, book)
    noted = noted.then(experiments.enter(noted.profile, decision, book))
    counts = (*noted.counts, *_on_trial(decision, profile.tier, book))
    return Noted(_with_revisits(noted.profile, on, decision, compiled), counts)


def _on_trial(decision: Decision, tier: str, book: Rulebook) -> Iterator[Change]:
    """Counts the rules with `status: test` that held, and those that would have changed something."""
    for rule in decision.matched:
        if book.rules[rule].status == "test":
            yield counters.of_rule(counters.LOOKED, rule, tier)
    for rule in dict.fromkeys(one.rule for one in decision.on_trial):
        yield counters.of_rule(counters.WOULD, rule, tier)


def _with_revisits(profile: Profile, on: Occasion, decision: Decision, compiled: "Compiled") -> Profile:
    """Who was refused for a time is looked at again, as long as what was refused would still make sense."""
    if on.placements or (not decision.rejected and not profile.revisits):
        return profile
    now, is_due = decision.decided_at, on.id.startswith("due/")
    before = {revisit.key: revisit for revisit in profile.revisits if revisit.key != on.key or revisit.at > now}
    last = next((r.until for r in profile.revisits if is_due and r.key == on.key), None)
    soonest = _soonest(on.key, decision, compiled, now, last)
    if soonest is None and not profile.revisits:
        return profile
    if soonest and (on.key not in before or soonest.at < before[on.key].at):
        before[on.key] = soonest
    revisits = tuple(sorted(before.values(), key=lambda r: (r.at, r.key))[:REVISITS_KEPT])
    return profile if revisits == profile.revisits else profile.but(revisits=revisits)


def _soonest(key: str, decision: Decision, compiled: "Compiled", now: int, last: int | None) -> Revisit | None:
    """The first moment at which something that was refused is worth another look. `last`: when even that is over."""
    found = None
    for refused in decision.rejected:
        at = refused.retry_after
        until = now + compiled.rulebook.actions[refused.action].expires
        until = until if last is None else min(until, last)
        if at is not None and now < at < until and (found is None or at < found.at):
            found = Revisit(at, key, until)
    return found


# ---- due times ----


Moment = tuple[int, str]
"""A due time: when (ms), and the trigger key to look as."""


def is_void(profile: Profile, moment: Moment, compiled: "Compiled", now: int) -> bool:
    """Nothing is to be decided at this due time: the rules no longer look then, or it is too late."""
    too_late = any((one.at, one.key) == moment and one.until <= now for one in profile.revisits)
    return too_late or moment[1] not in compiled.rules


def says_something(decision: Decision) -> bool:
    """Whether the decision at a due time is worth a record."""
    given = any(result.recommendations for result in decision.results)
    return given or bool(decision.rejected or decision.withheld or decision.withdrawn)


def seen_to(profile: Profile, moment: Moment, compiled: "Compiled", snapshot: Snapshot, now: int) -> Profile:
    """The profile after the decision at this due time, with the next look at the silence where this was one."""
    profile = timers.taken(profile, *moment)
    is_silence = moment[1] == OVERDUE
    return timers.scheduled(profile, compiled, snapshot, now, looked=True) if is_silence else profile
