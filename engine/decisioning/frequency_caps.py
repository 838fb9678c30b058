"""Frequency caps: the maximum number of contacts in a period, over channels and actions, per action and channel.

A rolling window holds the times in (now - window, now]; a calendar one those since its day, week or month began.
Pending recommendations count until seen or expired; earlier choices of the same decision count as made now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.decisioning.contact_policy import customer_zone, is_asked_again, leaves, room
from engine.decisioning.draft import Attempt, Draft
from engine.decisioning.evaluation_context import EvaluationContext
from engine.domain.calendar import bounds, period_key
from engine.domain.profile.state import Pending
from engine.domain.refusal import FrequencyCap, Refusal, Span, refused
from engine.rulebook.offers import Action
from engine.rulebook.shop import Cap

if TYPE_CHECKING:
    from engine.compiled.contact_policy import CompiledCap

Chosen = Sequence[tuple[Action, str]]
"""Earlier choices of the same decision: actions with the ids of their channels."""


@dataclass(frozen=True, slots=True)
class _Count:
    """The contacts in one cap, for any candidate. `zone` None: unknown."""

    zone: str | None
    touches: Sequence[int] = ()
    waits: Sequence[Pending] = ()


def below_caps(attempt: Attempt, draft: Draft) -> Refusal | None:
    """Placement stage: every frequency cap for the action on the channel has room."""
    return exceeded(attempt.candidate.action, attempt.treatment.channel.id, draft)


def exceeded(action: Action, channel: str, draft: Draft) -> Refusal | None:
    """The most restrictive cap without room; None: all applicable caps have room."""
    worst: Refusal | None = None
    context, memo = draft.context, draft.memo
    for cap in context.compiled.policy.caps.get((action.id, channel), ()):
        if cap not in memo:
            memo[cap] = _count(cap, context)
        count: _Count | None = memo[cap]
        if count is not None and _may_be_full(cap, count, draft.chosen):
            refusal = _judged(cap, count, action, context, draft.chosen)
            if refusal is not None and (worst is None or _is_later(refusal, worst)):
                worst = refusal
    return worst


def _may_be_full(cap: "CompiledCap", count: _Count, chosen: Chosen) -> bool:
    return count.zone is None or len(count.touches) + len(count.waits) + len(chosen) >= cap.cap.at_most


def _is_later(refusal: Refusal, than: Refusal) -> bool:
    if refusal.retry_after is None or than.retry_after is None:
        return than.retry_after is not None
    return refusal.retry_after > than.retry_after


def _count(compiled: "CompiledCap", context: EvaluationContext) -> _Count | None:
    """The contacts that count now; None: no cap for this customer."""
    if compiled.holds is not None and not compiled.holds(context.facts):
        return None
    zone = _zone(compiled.cap, context)
    if zone is None:
        return _Count(None)
    waits = [
        p
        for p in context.profile.pending
        if p.expires > context.now and compiled.counts(p.action) and compiled.counts_on(p.channel)
    ]
    return _Count(zone, _touches(compiled, context, _since(compiled.cap, zone, context.now)), waits)


def _judged(
    compiled: "CompiledCap", count: _Count, action: Action, context: EvaluationContext, chosen: Chosen
) -> Refusal | None:
    cap, now, zone = compiled.cap, context.now, count.zone
    if zone is None:
        return refused(_params(cap))
    given = (action.id, *(one.id for one, _ in chosen))
    waits = [p for p in count.waits if not (p.action in given and is_asked_again(p, context))]
    said = [one for one, on in chosen if compiled.counts(one.id) and compiled.counts_on(on)]
    number = len(count.touches) + len(waits) + len(said)
    if number < cap.at_most:
        return None
    free = [_end(cap, zone, at) for at in count.touches]
    free += [leaves(p, _end(cap, zone, p.decided), now) for p in waits]
    free += [min(_end(cap, zone, now), now + one.expires) for one in said]
    return refused(_params(cap, number, zone, now), room(free, cap.at_most))


def _params(cap: Cap, count: int | None = None, zone: str | None = None, now: int = 0) -> FrequencyCap:
    in_period = period_key(now, cap.period, zone) if cap.period is not None and zone is not None else None
    return FrequencyCap(
        most=cap.at_most,
        count=count,
        within=Span(cap.within) if cap.period is None else None,
        period=cap.period,
        in_period=in_period,
        zone=zone if in_period else None,
        actions=cap.actions,
        groups=cap.groups,
        tags=cap.tags,
        channels=cap.channels,
    )


def _touches(compiled: "CompiledCap", context: EvaluationContext, since: int) -> list[int]:
    """The times of the contacts that count."""
    found: list[int] = []
    for action, contact in context.profile.contacts.items():
        if compiled.counts(action):
            for channel, times in contact.touches.items():
                if times[-1] >= since and compiled.counts_on(channel):
                    found += [at for at in times if at >= since]
    return found


def _zone(cap: Cap, context: EvaluationContext) -> str | None:
    """The time zone of the cap's calendar; a rolling window has the shop's, unused."""
    if cap.zone == "customer":
        return customer_zone(context)
    return context.compiled.rulebook.shop.zone if cap.zone == "shop" else cap.zone


def _since(cap: Cap, zone: str, now: int) -> int:
    """The first moment that counts."""
    return now - cap.within + 1 if cap.period is None else bounds(now, cap.period, zone)[0]


def _end(cap: Cap, zone: str, at: int) -> int:
    """When a contact made `at` stops counting."""
    return at + cap.within if cap.period is None else bounds(at, cap.period, zone)[1]
