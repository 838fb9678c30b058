"""Contact policy: may this customer be contacted with this action, on this channel, now? Judged on the profile alone.

No record of a consent means no (S55). Waiting recommendations count like contacts.
"""

from collections.abc import Collection
from dataclasses import dataclass

from engine.compiled import Compiled
from engine.facts import has_consent
from engine.profile.state import Profile
from engine.reasons import Reason
from engine.rulebook.offers import Action, Channel
from engine.situation import Situation
from engine.times import DAY, format_rfc3339


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a candidate does not go on: the gate, a reason of the closed list, the numbers, and when to look again."""

    gate: str
    reason: Reason
    detail: str
    retry_after: int | None = None


def judge(action: Action, situation: Situation) -> Refusal | None:
    """Cooldowns and limits, for every kind of action but internal tasks (which contact nobody)."""
    profile, compiled, now = situation.profile, situation.compiled, situation.now
    if action.kind == "internal":
        return _limit(action, profile, now)
    return _cooldown(action, profile, compiled, now) or _limit(action, profile, now)


def _cooldown(action: Action, profile: Profile, compiled: Compiled, now: int) -> Refusal | None:
    policy = compiled.rulebook.contact_policy
    own = max(action.cooldown, policy.cooldown_actions.get(action.id, 0))
    group = policy.cooldown_groups.get(action.group, 0)
    actions = compiled.rulebook.actions
    others = [name for name in compiled.groups.get(action.group, ()) if actions[name].kind != "internal"]
    for wait, names, what in ((own, (action.id,), action.id), (group, others, f"group {action.group}")):
        if not wait:
            continue
        last = _last_contact(names, action.id, profile, now)
        if last and now < last + wait:
            detail = f"{what}: last contact {format_rfc3339(last)}, cooldown {wait // DAY} days"
            return Refusal("cooldown", Reason.COOLDOWN, detail, last + wait)
    return None


def _last_contact(names: Collection[str], own: str, profile: Profile, now: int) -> int:
    """The newest contact with these actions; one that is still waiting counts, but an action does not block itself."""
    contacts = [profile.contacts[name].last for name in names if name in profile.contacts]
    waiting = [p.decided for p in profile.pending if p.action in names and p.action != own and p.expires > now]
    return max((*contacts, *waiting), default=0)


def said_already(action: Action, groups: Collection[str], compiled: Compiled) -> Refusal | None:
    """The cooldown of a group holds within one decision too; `groups`: those of what was chosen so far."""
    wait = compiled.rulebook.contact_policy.cooldown_groups.get(action.group, 0)
    if not wait or action.kind == "internal" or action.group not in groups:
        return None
    detail = f"group {action.group}: one of it is chosen here, cooldown {wait // DAY} days"
    return Refusal("cooldown", Reason.COOLDOWN, detail)


def _limit(action: Action, profile: Profile, now: int) -> Refusal | None:
    limit, contact = action.per_customer, profile.contacts.get(action.id)
    if limit is None or contact is None:
        return None
    recent = sorted(at for times in contact.touches.values() for at in times if at > now - limit.within)
    if len(recent) < limit.count:
        return None
    detail = f"{action.id}: {len(recent)} of {limit.count} in {limit.within // DAY} days"
    return Refusal("limit", Reason.LIMIT_REACHED, detail, recent[-limit.count] + limit.within)


def may_use(channel: Channel, action: Action, situation: Situation) -> Refusal | None:
    """Reachable and consented: the customer's link to the channel, and a consent to the purpose where one is needed."""
    profile = situation.profile
    if channel.link is not None:
        _, linked = profile.links.get(channel.link, (0, False))
        if not linked:
            return Refusal("channel", Reason.NO_REACHABLE_CHANNEL, f"{channel.id}: no {channel.link} link")
    purpose = situation.compiled.rulebook.contact_policy.consent_purpose.get(action.kind)
    if channel.consent and purpose is not None and not has_consent(profile, channel.id, purpose):
        return Refusal("consent", Reason.NO_CONSENT, f"{channel.id}: no consent to {purpose}")
    return None
