"""When a recommendation counts as a contact: how decisions, outcomes and time change the profile.

A returned recommendation is pending until it is seen or sent, or expires. A channel defines when a contact
counts: as soon as it is `decided`, when it was `sent`, or when it was `shown`. After the contact it is shown until it
is answered; if it expires unanswered, that is an `ignore`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from engine.domain.decision import Decision, Recommendation
from engine.domain.ids import digest6
from engine.domain.profile.seen import remembered, was_seen
from engine.domain.profile.state import (
    PENDING_KEPT,
    REFUSALS_KEPT,
    SHOWN_KEPT,
    TOUCHES_KEPT,
    UNDONE,
    Contact,
    Pending,
    Profile,
    Shown,
)
from engine.domain.quick import quick
from engine.rulebook.model import Rulebook
from engine.value import counters
from engine.value.counters import Change

MAKES_CONTACT: Mapping[str, frozenset[str]] = {
    "decided": frozenset(),
    "sent": frozenset(("sent", "impression", "click", "accept", "reject", "convert")),
    "shown": frozenset(("impression", "click", "accept", "reject", "convert")),
}
"""Outcomes that make a contact, per `contact:` of a channel. Clicks imply a view."""

ACCEPTS: Final = frozenset(("accept", "convert"))
CLOSES: Final = frozenset(("accept", "reject", "ignore", "convert", "undo"))
"""Outcomes after which a recommendation is not pending."""
ANSWERS: Final = frozenset((*CLOSES, "click"))
REFUSES: Final = frozenset(("reject", "ignore"))
GIVE_BACK: Final = frozenset(("reject", "undo"))
"""Outcomes that release a unit. An ignored recommendation releases it on expiry."""


@dataclass(frozen=True, slots=True)
class Recommended:
    """One recommendation from the record of a decision. Times in ms."""

    recommendation_id: str
    action: str
    rule: str
    channel: str
    scope: str | None
    expires: int = 0
    reserved: bool = False


@quick
@dataclass(frozen=True, slots=True)
class Transition:
    """The new profile, and the changes of the shop's counters. `unapplied`: why an event had no effect."""

    profile: Profile
    counts: tuple[Change, ...] = ()
    unapplied: str | None = None

    def then(self, more: "Transition") -> "Transition":
        """Both, one after the other."""
        if not self.counts and self.unapplied is None:
            return more
        return Transition(more.profile, (*self.counts, *more.counts), more.unapplied or self.unapplied)


def book(profile: Profile, decision: Decision, rulebook: Rulebook) -> Transition:
    """After a decision: its recommendations are pending, or count at once if the channel defines it so."""
    now = decision.decided_at
    given = [one for result in decision.results for one in result.recommendations]
    if not given and not decision.withdrawn:
        return Transition(profile)
    gone = {withdrawal.recommendation_id for withdrawal in decision.withdrawn}
    pending = tuple(p for p in profile.pending if p.recommendation_id not in gone)
    transition = Transition(profile.but(pending=pending))
    for one in given:
        if one.again:
            continue
        transition = transition.then(_booked(transition.profile, one, now, rulebook))
    return transition


def _booked(profile: Profile, given: Recommendation, now: int, rulebook: Rulebook) -> Transition:
    count = counters.of_action(counters.RECOMMENDED, given.action, profile.tier)
    if rulebook.channels[given.channel].contact == "decided":
        of = Recommended(
            given.recommendation_id, given.action, given.rule, given.channel, given.scope, given.expires_at
        )
        return Transition(profile, (count,)).then(_contacted(profile, of, now, rulebook))
    pending = (*profile.pending, _pending(given, now))[-PENDING_KEPT:]
    return Transition(profile.but(pending=pending), (count,))


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
        reserved=given.reserved,
    )


def settle(profile: Profile, now: int, rulebook: Rulebook) -> Profile:
    """The profile at `now`, without expired pending recommendations; unanswered ones became an ignore."""
    if not profile.pending and not profile.shown:
        return profile
    pending = tuple(p for p in profile.pending if p.expires > now)
    if len(pending) < len(profile.pending):
        profile = profile.but(pending=pending)
    for shown in profile.shown:
        if not shown.answer and shown.expires <= now:
            profile = answered(profile, shown.recommendation_id, shown.action, "ignore", shown.expires)
    kept = tuple(s for s in profile.shown if not _is_over(s, now, rulebook))
    return profile if len(kept) == len(profile.shown) else profile.but(shown=kept)


def _is_over(shown: Shown, now: int, rulebook: Rulebook) -> bool:
    """No longer needed: it has expired, and no order can convert it."""
    return shown.expires <= now and max(shown.at, shown.answered) + rulebook.measurement.attribution < now


def record(profile: Profile, of: Recommended, outcome: str, at: int, rulebook: Rulebook) -> Transition:
    """After an outcome. The same outcome of a recommendation counts once; so does its contact, and its acceptance."""
    transition = Transition(profile)
    if _is_new(profile, of, outcome) and not (outcome == "ignore" and _has_answer(profile, of)):
        transition = Transition(_remembered(profile, of, outcome))
        channel = rulebook.channels.get(of.channel)
        if channel is not None and outcome in MAKES_CONTACT[channel.contact]:
            transition = transition.then(_contacted(transition.profile, of, at, rulebook))
        if outcome in ACCEPTS:
            transition = transition.then(accepted(transition.profile, of, rulebook))
        if outcome == "undo":
            transition = transition.then(_undone(transition.profile, of, rulebook))
        transition = Transition(
            answered(transition.profile, of.recommendation_id, of.action, outcome, at), transition.counts
        )
    return transition


def _has_answer(profile: Profile, of: Recommended) -> bool:
    """It was answered, or became an ignore on expiry: it cannot be ignored now."""
    return any(s.answer for s in profile.shown if s.recommendation_id == of.recommendation_id)


def is_given_back(profile: Profile, of: Recommended, outcome: str) -> bool:
    """After `outcome` was recorded: its newest answer is a reject or an undo, so it reserves no unit."""
    answer = _answer(profile, of)
    return answer in GIVE_BACK or (answer is None and outcome in GIVE_BACK)


def is_outdated(profile: Profile, of: Recommended, outcome: str) -> bool:
    """Before `outcome` is recorded: a repeated acceptance that a later answer has replaced."""
    return outcome in ACCEPTS and not _is_new(profile, of, outcome) and not is_accepted(profile, of)


def is_accepted(profile: Profile, of: Recommended) -> bool:
    """Its newest answer is an acceptance."""
    return _answer(profile, of) == "accept"


def _answer(profile: Profile, of: Recommended) -> str | None:
    """The newest answer, "" for none; None if it was not seen, or too long ago."""
    return next((s.answer for s in profile.shown if s.recommendation_id == of.recommendation_id), None)


def _is_new(profile: Profile, of: Recommended, what: str) -> bool:
    return not was_seen(profile, digest6(f"{of.recommendation_id}/{what}"))


def _remembered(profile: Profile, of: Recommended, what: str) -> Profile:
    return profile.but(**remembered(profile, digest6(f"{of.recommendation_id}/{what}")))


def accepted(profile: Profile, of: Recommended, rulebook: Rulebook) -> Transition:
    """Counts the acceptance of a recommendation once, with its cost."""
    if not _is_new(profile, of, "accepted"):
        return Transition(profile)
    return Transition(_remembered(profile, of, "accepted"), _acceptance(profile, of, rulebook, 1))


def _undone(profile: Profile, of: Recommended, rulebook: Rulebook) -> Transition:
    """Reverses the counts of `accepted`; the contact no longer counts towards the limit per customer."""
    counts = () if _is_new(profile, of, "accepted") else _acceptance(profile, of, rulebook, -1)
    at = next((s.at for s in profile.shown if s.recommendation_id == of.recommendation_id), None)
    known = profile.contacts.get(of.action)
    if at is None or known is None:
        return Transition(profile, counts)
    known = _with_refusal(known, UNDONE, at)
    return Transition(profile.but(contacts={**profile.contacts, of.action: known}), counts)


def _acceptance(profile: Profile, of: Recommended, rulebook: Rulebook, sign: int) -> tuple[Change, ...]:
    action = rulebook.actions.get(of.action)
    cost = action.cost_per_acceptance if action else 0
    return _counted(profile, of, counters.ACCEPTED, sign, cost)


def _counted(profile: Profile, of: Recommended, what: str, sign: int, cost: int) -> tuple[Change, ...]:
    """Adds `sign` to a counter, and its unit cost (minor units) to the cost counter."""
    count = counters.of_action(what, of.action, profile.tier, sign)
    return (count, counters.of_action(counters.COST, of.action, profile.tier, sign * cost)) if cost else (count,)


def answered(profile: Profile, recommendation_id: str, action: str, outcome: str, at: int) -> Profile:
    """Records the action's latest outcome and refusals, and closes the pending or shown recommendation."""
    known = profile.contacts.get(action, Contact())
    if at >= known.outcome_time:
        known = replace(known, outcome=outcome, outcome_time=at)
    if outcome in REFUSES:
        known = _with_refusal(known, outcome, at)
    changes: dict[str, object] = {"contacts": {**profile.contacts, action: known}}
    if outcome in ANSWERS and profile.shown:
        changes["shown"] = tuple(
            _with_answer(s, outcome, at) if s.recommendation_id == recommendation_id else s for s in profile.shown
        )
    if outcome in CLOSES and profile.pending:
        changes["pending"] = tuple(p for p in profile.pending if p.recommendation_id != recommendation_id)
    return profile.but(**changes)


def _with_refusal(known: Contact, kind: str, at: int) -> Contact:
    times = tuple(sorted((*known.refusals.get(kind, ()), at)))[-REFUSALS_KEPT:]
    return replace(known, refusals={**known.refusals, kind: times})


def _with_answer(shown: Shown, outcome: str, at: int) -> Shown:
    """The newest answer is kept; any answer replaces a click or an ignore.

    An undo replaces any answer, whatever its date.
    """
    answer = "accept" if outcome in ACCEPTS else outcome
    if answer == "click" and shown.answer:
        return shown
    if shown.answer in ("", "click", "ignore"):
        return replace(shown, answer=answer, answered=at)
    if at < shown.answered and answer != "undo":
        return shown
    return replace(shown, answer=answer, answered=max(at, shown.answered))


def _contacted(profile: Profile, of: Recommended, at: int, rulebook: Rulebook) -> Transition:
    """Counts the contact, once per recommendation; it is no longer pending, and can be answered until it expires."""
    if not _is_new(profile, of, "contact"):
        return Transition(profile)
    action = rulebook.actions.get(of.action)
    known = profile.contacts.get(of.action, Contact())
    times = tuple(sorted((*known.touches.get(of.channel, ()), at)))[-TOUCHES_KEPT:]
    counts = _counted(profile, of, counters.CONTACTS, 1, action.cost_per_contact if action else 0)
    changed = _remembered(profile, of, "contact").but(
        contacts={**profile.contacts, of.action: replace(known, touches={**known.touches, of.channel: times})},
        pending=tuple(p for p in profile.pending if p.recommendation_id != of.recommendation_id),
        once={**profile.once, of.rule: of.scope} if of.scope else profile.once,
    )
    if action and action.kind != "internal" and of.expires:
        shown = Shown(of.recommendation_id, of.action, of.channel, at, of.expires)
        changed = changed.but(shown=tuple(sorted((*changed.shown, shown), key=lambda s: s.at))[-SHOWN_KEPT:])
    return Transition(changed, counts)
