"""Quiet hours: when nothing is sent, by the clock of the customer.

A moment is quiet when the clock there shows a time within quiet hours of the day on which they began. So an hour that
comes twice is quiet twice, and one that is skipped is nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from engine.decisioning.contact_policy import customer_zone
from engine.decisioning.draft import Attempt, Draft
from engine.decisioning.evaluation_context import EvaluationContext
from engine.domain.calendar import moment, wall
from engine.domain.refusal import QuietHours as Quiet
from engine.domain.refusal import Refusal, Time, refused
from engine.rulebook.offers import Action, Channel
from engine.rulebook.shop import QuietHours

DAY: Final = 24 * 60
"""Minutes."""
LOOKS_PER_ENTRY: Final = 9
"""Each entry begins at most so often in eight days. What is quiet for longer than a week is quiet for ever."""


@dataclass(frozen=True, slots=True)
class _Quiet:
    """It is quiet now, until `end` (None: for ever; also where nobody knows the `zone`)."""

    zone: str | None
    end: int | None = None
    drops: bool = False


def not_quiet(attempt: Attempt, draft: Draft) -> Refusal | None:
    """Placement stage: what is sent is not sent in quiet hours; it may have to wait for their end."""
    if attempt.placement is not None:
        return None
    found = held_until(attempt.treatment.channel, attempt.candidate.action, draft)
    if isinstance(found, Refusal):
        return found
    attempt.deliver_after = found
    return None


def held_until(channel: Channel, action: Action, draft: Draft) -> Refusal | int | None:
    """None: it may be sent now. A time (ms): it is held until then. Otherwise why it is not sent.

    For what is sent without a placement. What must be said is held where other things are dropped.
    """
    context, memo = draft.context, draft.memo
    hours = context.compiled.policy.quiet.get(channel.id)
    if not hours or action.kind == "transactional":
        return None
    key = (held_until, channel.id)
    if key not in memo:
        memo[key] = _quiet_now(hours, context)
    quiet: _Quiet | None = memo[key]
    if quiet is None:
        return None
    if quiet.end is None:
        return refused(Quiet(channel.id, quiet.zone))
    is_held = action.kind == "mandatory" or not quiet.drops
    if is_held and quiet.end < context.now + action.expires:
        return quiet.end
    return refused(Quiet(channel.id, quiet.zone, Time(quiet.end), is_held), quiet.end)


def _quiet_now(hours: Sequence[QuietHours], context: EvaluationContext) -> _Quiet | None:
    zone = customer_zone(context)
    if zone is None:
        return _Quiet(None)
    clock = wall(context.now, zone)
    quiet = [one for one in hours if _until(one, clock)]
    if not quiet:
        return None
    return _Quiet(zone, _end(hours, context.now, zone), not all(one.hold for one in quiet))


def _end(hours: Sequence[QuietHours], now: int, zone: str) -> int | None:
    """When none of these is quiet any more: one may begin where another ends. None: never."""
    at = now
    for _ in range(LOOKS_PER_ENTRY * len(hours)):
        clock = wall(at, zone)
        ends = [end for one in hours if (end := _until(one, clock))]
        if not ends:
            return at
        at = moment(max(ends), zone, at)
    return None


def _until(hours: QuietHours, clock: datetime) -> datetime | None:
    """What the clock shows when it is over; None: it is not quiet."""
    minute = clock.hour * 60 + clock.minute
    midnight = clock.replace(hour=0, minute=0, second=0)
    over_midnight = hours.end <= hours.start
    if clock.weekday() in hours.days and hours.start <= minute and (over_midnight or minute < hours.end):
        return midnight + timedelta(minutes=hours.end + DAY * over_midnight)
    if over_midnight and (clock.weekday() - 1) % 7 in hours.days and minute < hours.end:
        return midnight + timedelta(minutes=hours.end)
    return None
