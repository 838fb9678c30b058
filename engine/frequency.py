"""Frequency caps: at most so many contacts in a time, over channels and actions, judged per action and channel.

A rolling window holds the times in (now - window, now]; a calendar one those since its day, week or month began. What
waits counts until it is seen or expires, what was chosen earlier in the same decision counts as made now.
"""

from collections.abc import Sequence

from engine.calendar import bounds, period_key
from engine.contact_policy import Refusal, customer_zone, leaves, room, waiting
from engine.policy_plan import CompiledCap
from engine.reasons import Reason
from engine.rulebook.offers import Action
from engine.rulebook.shop import Cap
from engine.situation import Situation
from engine.times import in_words

Chosen = Sequence[tuple[Action, str]]
"""What was chosen earlier in the same decision: actions with the ids of their channels."""


def exceeded(action: Action, channel: str, situation: Situation, chosen: Chosen) -> Refusal | None:
    """The most restrictive of the caps that hold here and leave no room; None: there is room in all of them."""
    worst: Refusal | None = None
    for cap in situation.compiled.policy.caps.get((action.id, channel), ()):
        if cap.holds is None or cap.holds(situation.facts):
            refusal = _judged(cap, action, situation, chosen)
            if refusal is not None and (worst is None or _is_later(refusal, worst)):
                worst = refusal
    return worst


def _is_later(refusal: Refusal, than: Refusal) -> bool:
    if refusal.retry_after is None or than.retry_after is None:
        return than.retry_after is not None
    return refusal.retry_after > than.retry_after


def _judged(compiled: CompiledCap, action: Action, situation: Situation, chosen: Chosen) -> Refusal | None:
    cap, now = compiled.cap, situation.now
    zone = _zone(cap, situation)
    if zone is None:
        return _refusal(f"at most {cap.at_most}{compiled.label} in 1 {cap.period}: no zone known")
    touches = _touches(compiled, situation, _since(cap, zone, now))
    waits = [
        p
        for p in waiting(situation, (action.id, *(one.id for one, _ in chosen)))
        if compiled.counts(p.action) and compiled.counts_on(p.channel)
    ]
    said = [one for one, on in chosen if compiled.counts(one.id) and compiled.counts_on(on)]
    number = len(touches) + len(waits) + len(said)
    if number < cap.at_most:
        return None
    free = [_end(cap, zone, at) for at in touches]
    free += [leaves(p, _end(cap, zone, p.decided), now) for p in waits]
    free += [min(_end(cap, zone, now), now + one.expires) for one in said]
    detail = f"{number} of {cap.at_most}{compiled.label} in {_window(cap, zone, now)}"
    return _refusal(detail, room(free, cap.at_most))


def _refusal(detail: str, retry_after: int | None = None) -> Refusal:
    return Refusal("frequency", Reason.FREQUENCY_CAP, detail, retry_after)


def _touches(compiled: CompiledCap, situation: Situation, since: int) -> list[int]:
    """The times of the contacts that count."""
    found: list[int] = []
    for action, contact in situation.profile.contacts.items():
        if compiled.counts(action):
            for channel, times in contact.touches.items():
                if times[-1] >= since and compiled.counts_on(channel):
                    found += [at for at in times if at >= since]
    return found


def _zone(cap: Cap, situation: Situation) -> str | None:
    """Where the cap's calendar is; a rolling window has that of the shop, and does not look at it."""
    if cap.zone == "customer":
        return customer_zone(situation)
    return situation.compiled.rulebook.shop.zone if cap.zone == "shop" else cap.zone


def _since(cap: Cap, zone: str, now: int) -> int:
    """The first moment that counts."""
    return now - cap.within + 1 if cap.period is None else bounds(now, cap.period, zone)[0]


def _end(cap: Cap, zone: str, at: int) -> int:
    """When a contact made `at` counts no longer."""
    return at + cap.within if cap.period is None else bounds(at, cap.period, zone)[1]


def _window(cap: Cap, zone: str, now: int) -> str:
    return in_words(cap.within) if cap.period is None else f"{period_key(now, cap.period, zone)} ({zone})"
