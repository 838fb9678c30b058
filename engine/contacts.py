"""When is a contact a contact (design section 7): what decisions and outcomes leave in the profile.

A recommendation that was returned is pending until an outcome arrives or it expires. A channel says when a contact
counts: as soon as it is `decided`, when it was `sent`, or when it was `shown`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.decision import Decision, Recommendation
from engine.ids import digest6
from engine.profile.apply import remember, was_seen
from engine.profile.state import CONTACT_DAYS_KEPT, PENDING_KEPT, Contact, Pending, Profile
from engine.rulebook.model import Rulebook
from engine.times import day_of

MAKES_CONTACT: Mapping[str, frozenset[str]] = {
    "decided": frozenset(),
    "sent": frozenset(("sent", "impression", "click", "accept", "reject", "convert")),
    "shown": frozenset(("impression", "click", "accept", "reject", "convert")),
}
"""Which outcomes make a contact, per `contact:` of a channel. Who clicks has seen it."""

CLOSES = frozenset(("accept", "reject", "ignore", "convert", "undo"))
"""Outcomes after which a recommendation no longer waits."""


@dataclass(frozen=True, slots=True)
class Recommended:
    """What the record of a decision says about one of its recommendations."""

    recommendation_id: str
    action: str
    rule: str
    channel: str
    scope: str | None


def book(profile: Profile, decision: Decision, rulebook: Rulebook) -> Profile:
    """The profile after a decision was given: its recommendations wait, or count at once where the channel says so."""
    now = decision.decided_at
    if not profile.pending and not any(result.recommendations for result in decision.results):
        return profile
    pending = [p for p in profile.pending if p.expires > now]
    waiting = {p.recommendation_id for p in pending}
    for result in decision.results:
        for given in result.recommendations:
            if rulebook.channels[given.channel].contact == "decided":
                recommended = Recommended(given.recommendation_id, given.action, given.rule, given.channel, given.scope)
                profile = _contacted(profile, recommended, now)
            elif given.recommendation_id not in waiting:
                pending.append(_pending(given, now))
    return profile.but(pending=tuple(pending[-PENDING_KEPT:]))


def _pending(given: Recommendation, now: int) -> Pending:
    return Pending(
        recommendation_id=given.recommendation_id,
        action=given.action,
        rule=given.rule,
        channel=given.channel,
        placement=given.placement,
        decided=now,
        expires=given.expires_at,
        scope=given.scope,
    )


def record(profile: Profile, of: Recommended, outcome: str, at: int, rulebook: Rulebook) -> Profile:
    """The profile after an outcome. The same outcome of a recommendation counts once."""
    digest = digest6(f"{of.recommendation_id}/{outcome}")
    if was_seen(profile, digest):
        return profile
    profile = profile.but(seen=remember(profile.seen, digest))
    channel = rulebook.channels.get(of.channel)
    if channel is not None and outcome in MAKES_CONTACT[channel.contact]:
        profile = _contacted(profile, of, at)
    known = profile.contacts.get(of.action, Contact())
    if at >= known.outcome_time:
        known = replace(known, outcome=outcome, outcome_time=at)
    waits = tuple(p for p in profile.pending if p.recommendation_id != of.recommendation_id or outcome not in CLOSES)
    return profile.but(contacts={**profile.contacts, of.action: known}, pending=waits)


def _contacted(profile: Profile, of: Recommended, at: int) -> Profile:
    """Count the contact, once per recommendation; it no longer waits."""
    digest = digest6(f"{of.recommendation_id}/contact")
    if was_seen(profile, digest):
        return profile
    known = profile.contacts.get(of.action, Contact())
    days = tuple(sorted((*known.days, day_of(at))))[-CONTACT_DAYS_KEPT:]
    contact = replace(known, last=max(known.last, at), days=days)
    return profile.but(
        seen=remember(profile.seen, digest),
        contacts={**profile.contacts, of.action: contact},
        pending=tuple(p for p in profile.pending if p.recommendation_id != of.recommendation_id),
        once={**profile.once, of.rule: of.scope} if of.scope else profile.once,
    )
