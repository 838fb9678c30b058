"""Quiet hours: when nothing is sent, in the customer's time zone.

A moment is quiet if its local time is within quiet hours of the day on which they began. So an hour that
occurs twice is quiet twice, and a skipped one never.
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
"""The most starts of an entry in eight days. Quiet for longer than a week means quiet for ever."""


@dataclass(frozen=True, slots=True)
class _Quiet:
    """It is quiet now, until `end` (None: for ever, or the `zone` is unknown)."""

    zone: str | None
    end: int | None = None
    drops: bool = False


def not_quiet(attempt: Attempt, draft: Draft) -> Refusal | None:
    """Placement stage: messages are not sent in quiet hours; they may be held until the end."""
    if attempt.placement is not None:
        return None
    found = held_until(attempt.treatment.channel, attempt.candidate.action, draft)
    if isinstance(found, Refusal):
        return found
    attempt.deliver_after = found
    return None


def held_until(channel: Channel, action: Action, draft: Draft) -> Refusal | int | None:
    """None: it may be sent now. A time (ms): it is held until then. Otherwise the refusal.

    For messages without a placement. Mandatory ones are held where others are dropped.
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
    """When all of these have ended: one may begin as another ends. None: never."""
    at = now
    for _ in range(LOOKS_PER_ENTRY * len(hours)):
        clock = wall(at, zone)
        ends = [end for one in hours if (end := _until(one, clock))]
        if not ends:
            return at
        at = moment(max(ends), zone, at)
    return None


def _until(hours: QuietHours, clock: datetime) -> datetime | None:
    """The local time of the end; None: not quiet."""
    minute = clock.hour * 60 + clock.minute
    midnight = clock.replace(hour=0, minute=0, second=0)
    over_midnight = hours.end <= hours.start
    if clock.weekday() in hours.days and hours.start <= minute and (over_midnight or minute < hours.end):
        return midnight + timedelta(minutes=hours.end + DAY * over_midnight)
    if over_midnight and (clock.weekday() - 1) % 7 in hours.days and minute < hours.end:
        return midnight + timedelta(minutes=hours.end)
    return None
