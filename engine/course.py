"""What an event and a decision leave in a profile: the same for the service, for replay and for stories in tests."""

from engine import attribution, contacts, due, trials
from engine.compiled import Compiled
from engine.contacts import Noted
from engine.decision import Decision
from engine.events import Event
from engine.occasion import Occasion
from engine.profile import Profile, Revisit, apply
from engine.profile.state import REVISITS_KEPT
from engine.tiers import Snapshot, place, tier_of


def noted_event(have: Profile, event: Event, compiled: Compiled, now: int) -> Noted:
    """The profile after an event that was stored at `now`: applied, credited, compared with holdouts, waited after."""
    book = compiled.rulebook
    before = contacts.settle(have, now, book)
    after = apply(before, event, compiled.counters)
    if after is before:
        return Noted(have)
    noted = attribution.credit(before, after, event, book)
    noted = noted.then(trials.count(before, noted.profile, event, book))
    return Noted(due.awaiting(noted.profile, event, compiled, now), noted.counts)


def settled(before: Profile, after: Profile, compiled: Compiled, snapshot: Snapshot) -> Profile:
    """The profile with its place in the histograms and its tier brought up to date."""
    tiers = compiled.rulebook.tiers
    if after.purchases is not before.purchases or after.links is not before.links:
        after = after.but(placing=place(after, tiers, snapshot))
    tier = tier_of(after, tiers, snapshot)
    return after if tier == after.tier else after.but(tier=tier)


def noted_decision(profile: Profile, on: Occasion, decision: Decision, compiled: Compiled) -> Noted:
    """The profile after a decision: what was recommended waits, trials are entered, refusals for a time come back."""
    book = compiled.rulebook
    noted = contacts.book(profile, decision, book)
    noted = noted.then(trials.enter(noted.profile, decision, book))
    return Noted(_with_revisits(noted.profile, on, decision, compiled), noted.counts)


def _with_revisits(profile: Profile, on: Occasion, decision: Decision, compiled: Compiled) -> Profile:
    """Who was refused for a time is looked at again, as long as what was refused would still make sense."""
    if on.placements or (not decision.rejected and not profile.revisits):
        return profile
    now, due = decision.decided_at, on.id.startswith("due/")
    before = {revisit.key: revisit for revisit in profile.revisits if revisit.at > now}
    last = next((r.until for r in profile.revisits if due and r.key == on.key), None)
    soonest = _soonest(on.key, decision, compiled, now, last)
    if soonest and (on.key not in before or soonest.at < before[on.key].at):
        before[on.key] = soonest
    revisits = tuple(sorted(before.values(), key=lambda r: (r.at, r.key))[:REVISITS_KEPT])
    return profile if revisits == profile.revisits else profile.but(revisits=revisits)


def _soonest(key: str, decision: Decision, compiled: Compiled, now: int, last: int | None) -> Revisit | None:
    """The first moment at which something that was refused is worth another look. `last`: when even that is over."""
    found = None
    for refused in decision.rejected:
        at = refused.retry_after
        until = now + compiled.rulebook.actions[refused.action].expires
        until = until if last is None else min(until, last)
        if at is not None and now < at < until and (found is None or at < found.at):
            found = Revisit(at, key, until)
    return found
