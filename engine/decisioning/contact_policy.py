"""Contact policy: may this customer be contacted with this action, on this channel, now? Uses the profile alone.

No record of a consent means no (S55). Times are compared to the millisecond. A pending recommendation may become a
contact at any moment, so it counts like a contact made now, until it expires. A contact dated later than now (a clock
set back) counts.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.decisioning.draft import Attempt, Candidate, Draft
from engine.decisioning.evaluation_context import EvaluationContext
from engine.domain.calendar import is_zone
from engine.domain.profile.consents import has_consent, is_unclear
from engine.domain.profile.state import Pending, Profile
from engine.domain.refusal import (
    ConsentUnclear,
    Cooldown,
    GroupAlreadyChosen,
    LimitReached,
    NoConsent,
    NoReachableChannel,
    Refusal,
    Span,
    Suppressed,
    Time,
    refused,
)
from engine.rulebook.offers import UNCOUNTED, Action, Channel

if TYPE_CHECKING:
    from engine.compiled.contact_policy import CompiledSuppression, Spacing
    from engine.compiled.rulebook import Compiled


# ---- candidate stages ----


def not_suppressed(candidate: Candidate, draft: Draft) -> Candidate | Refusal:
    """The customer has not ignored or rejected the action, or its group, too often."""
    context = draft.context
    spacing = context.compiled.policy.spacing[candidate.action.id]
    return _suppressed(spacing, draft) or candidate


def cooled_down(candidate: Candidate, draft: Draft) -> Candidate | Refusal:
    """The last contact with the action, and with its group, is long enough ago."""
    context, action = draft.context, candidate.action
    spacing = context.compiled.policy.spacing[action.id]
    return _own_cooldown(action, spacing, context) or _group_cooldown(action, spacing, draft) or candidate


def below_limit(candidate: Candidate, draft: Draft) -> Candidate | Refusal:
    """The action has not reached its limit per customer."""
    return _limit(candidate.action, draft.context) or candidate


# ---- placement stages ----


def reachable(attempt: Attempt, draft: Draft) -> Refusal | None:
    """The customer has the address that the channel needs."""
    return no_channel_address(attempt.treatment.channel, draft.context)


def consented(attempt: Attempt, draft: Draft) -> Refusal | None:
    """The customer has consented to the purpose of the action on the channel, if required."""
    return no_consent(attempt.treatment.channel, attempt.candidate.action, draft.context)


def group_not_chosen(attempt: Attempt, draft: Draft) -> Refusal | None:
    """The cooldown of a group applies within one decision, too."""
    action = attempt.candidate.action
    wait = draft.context.compiled.policy.spacing[action.id].together
    if not wait or all(one.group != action.group or one.kind in UNCOUNTED for one, _ in draft.chosen):
        return None
    return refused(GroupAlreadyChosen(action.group, Span(wait)))


# ---- suppression, cooldowns, limits ----


def _suppressed(spacing: "Spacing", draft: Draft) -> Refusal | None:
    """The longest of several suppressions."""
    longest: Refusal | None = None
    for suppression in spacing.suppressions:
        if suppression not in draft.memo:
            draft.memo[suppression] = _suppressed_by(suppression, draft.context)
        refusal: Refusal | None = draft.memo[suppression]
        if refusal and (longest is None or (refusal.retry_after or 0) > (longest.retry_after or 0)):
            longest = refusal
    return longest


def _suppressed_by(suppression: "CompiledSuppression", context: EvaluationContext) -> Refusal | None:
    rule = suppression.rule
    times = _refusals(suppression, context.profile)
    completed = _completed(times, rule.after, rule.within)
    until = completed + rule.lasting
    if not completed or context.now >= until:
        return None
    number = sum(completed - rule.within < at <= completed for at in times)
    spans = Span(rule.within), Span(rule.lasting)
    return refused(Suppressed(rule.per, suppression.name, number, rule.after, rule.outcomes, *spans), until)


def _refusals(suppression: "CompiledSuppression", profile: Profile) -> list[int]:
    """The times of the refusals, ascending."""
    found: list[int] = []
    for action in suppression.actions:
        contact = profile.contacts.get(action)
        if contact is not None and contact.refusals:
            for outcome in suppression.rule.outcomes:
                found += contact.refusals.get(outcome, ())
    found.sort()
    return found


def _completed(times: Sequence[int], number: int, within: int) -> int:
    """The newest time that was the last of `number` within a window (its end included); 0 for none."""
    for last in range(len(times) - 1, number - 2, -1):
        if times[last - number + 1] > times[last] - within:
            return times[last]
    return 0


def _own_cooldown(action: Action, spacing: "Spacing", context: EvaluationContext) -> Refusal | None:
    contact = context.profile.contacts.get(action.id) if spacing.own else None
    if contact is None or not contact.touches or context.now >= contact.last + spacing.own:
        return None
    return _cooldown("action", action.id, spacing.own, contact.last)


def _group_cooldown(action: Action, spacing: "Spacing", draft: Draft) -> Refusal | None:
    """Contacts and pending recommendations of the group count, but an action does not block itself."""
    wait, profile, now = spacing.together, draft.context.profile, draft.context.now
    if not wait:
        return None
    key = (_group_cooldown, action.group)
    if key not in draft.memo:
        contacts = (profile.contacts[name].last for name in spacing.group if name in profile.contacts)
        draft.memo[key] = max(contacts, default=0)
    last: int = draft.memo[key]
    if last and now < last + wait:
        return _cooldown("group", action.group, wait, last)
    for pending in profile.pending:
        if pending.action in spacing.group and pending.action != action.id and pending.expires > now:
            params = Cooldown("group", action.group, Span(wait), pending=pending.action)
            return refused(params, leaves(pending, pending.decided + wait, now))
    return None


def _cooldown(per: str, name: str, wait: int, last: int) -> Refusal:
    return refused(Cooldown(per, name, Span(wait), Time(last)), last + wait)


def is_unlimited(action: Action, compiled: "Compiled") -> bool:
    """Nothing limits its repetition: no cooldown, no cap, no limit, no quota."""
    spacing = compiled.policy.spacing[action.id]
    is_free = not (action.limited or action.per_customer or spacing.own or spacing.together)
    return is_free and action.id not in compiled.policy.capped


def _limit(action: Action, context: EvaluationContext) -> Refusal | None:
    limit, profile, now = action.per_customer, context.profile, context.now
    if limit is None:
        return None
    contact = profile.contacts.get(action.id)
    touches = contact.touches.values() if contact else ()
    if sum(map(len, touches)) + len(profile.pending) < limit.count:
        return None  # the common case, on a fast path
    free = [at + limit.within for at in (contact.counting() if contact else ()) if at > now - limit.within]
    for pending in profile.pending:
        if pending.action == action.id and pending.expires > now and not is_asked_again(pending, context):
            free.append(leaves(pending, pending.decided + limit.within, now))
    if len(free) < limit.count:
        return None
    return refused(LimitReached(len(free), limit.count, Span(limit.within)), room(free, limit.count))


def is_asked_again(pending: Pending, context: EvaluationContext) -> bool:
    """Pending in a placement of this request, so not an additional contact."""
    return any(placed.id == pending.placement for placed in context.trigger.placements)


def leaves(pending: Pending, seen: int, now: int) -> int:
    """When a pending recommendation stops counting: at `seen` if seen when decided, else when it expires."""
    return min(seen, pending.expires) if seen > now else pending.expires


def room(free: list[int], most: int) -> int | None:
    """When fewer than `most` remain, if each of these leaves at its time (ms); None: never."""
    return sorted(free)[len(free) - most] if most else None


def customer_zone(context: EvaluationContext) -> str | None:
    """The customer's time zone: from the profile, else the policy's default; None: unknown."""
    _, zone = context.profile.traits.get("zone", (0, None))
    if zone is not None and is_zone(zone):
        return str(zone)
    return context.compiled.rulebook.contact_policy.default_zone


def may_use(channel: Channel, action: Action, context: EvaluationContext) -> Refusal | None:
    """Reachable, with consent."""
    return no_channel_address(channel, context) or no_consent(channel, action, context)


def no_channel_address(channel: Channel, context: EvaluationContext) -> Refusal | None:
    """No channel address for the channel."""
    if channel.address is not None:
        _, reachable = context.profile.channel_addresses.get(channel.address, (0, False))
        if not reachable:
            return refused(NoReachableChannel(channel.id, channel.address))
    return None


def no_consent(channel: Channel, action: Action, context: EvaluationContext) -> Refusal | None:
    """The customer has not given the consent that this kind of action requires on the channel."""
    purpose = context.compiled.rulebook.contact_policy.consent_purpose.get(action.kind)
    if not channel.consent or purpose is None:
        return None
    if has_consent(context.profile, channel.id, purpose):
        return None
    return refused(ConsentUnclear() if is_unclear(context.profile) else NoConsent(channel.id, purpose))
