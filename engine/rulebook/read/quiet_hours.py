"""`quiet_hours:` of contact_policy.yaml: when nothing is sent."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields
from engine.rulebook.read.words import DROP, QUIET, WEEKDAYS
from engine.rulebook.shop import QuietHours
from engine.rulebook.source import Node
from engine.rulebook.values import BadValue, Raw

DAY: Final = 24 * 60
WEEK: Final = 7 * DAY
"""Minutes."""

_REQUIRED: Final = ("channels", "from", "until", "then")
CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_SHORT_CLOCK: Final = re.compile(r"[0-9]:[0-5][0-9]")
END_OF_DAY: Final = "24:00"
_WHOLE_DAY: Final = 'the whole day is from "00:00" until "24:00"'


def read_quiet_hours(context: Context, fields: Fields) -> tuple[QuietHours, ...]:
    found = tuple(_quiet_hours(context, node) for node in fields.items("quiet_hours"))
    _check_overlaps(context, found)
    return found


def _quiet_hours(context: Context, node: Node) -> QuietHours:
    fields = Fields(context.report, node, "an entry of quiet hours", _REQUIRED, ("days",))
    start, end = _times(context, fields)
    days = fields.words("days", WEEKDAYS, at_least=1) if "days" in fields else WEEKDAYS
    return QuietHours(
        channels=_channels(context, fields),
        start=start,
        end=end,
        days=frozenset(map(WEEKDAYS.index, days)),
        hold=fields.word("then", QUIET) != DROP,
        place=node.place,
    )


def _times(context: Context, fields: Fields) -> tuple[int, int]:
    """Minutes of the day; twice the same when they cannot be told."""
    start, end = fields.value("from", _beginning, None), fields.value("until", parse_clock, None)
    if start is None or end is None:
        return 0, 0
    if start == end:
        message = "quiet hours that end when they begin"
        context.report.error("bad-clock", fields.place_of("until"), message, _WHOLE_DAY)
    return start, end


def _channels(context: Context, fields: Fields) -> tuple[str, ...]:
    """Channels on which something is sent."""
    found = fields.placed_texts("channels", at_least=1)
    for name, place in found:
        context.known("channel", name, context.channels, place)
        channel = context.channels.get(name)
        if channel and not channel.outbound:
            message = f"nothing is sent on {name}: a placement is shown while the customer is there"
            context.report.error("wrong-channel", place, message, "quiet hours are for channels with outbound: yes")
    return tuple(name for name, _ in found)


def parse_clock(raw: Raw) -> int:
    """ "21:30" -> 1290 minutes of the day; "24:00" is the end of it."""
    if raw == END_OF_DAY:
        return DAY
    found = CLOCK.fullmatch(raw) if isinstance(raw, str) else None
    if found:
        return int(found[1]) * 60 + int(found[2])
    hint = 'write it in quotes with hours and minutes: "21:00"'
    if isinstance(raw, str) and _SHORT_CLOCK.fullmatch(raw):
        hint = f'write it as "0{raw}"'
    elif type(raw) is int and 0 <= raw < 24:
        hint = f'write it as "{raw:02}:00"'
    shown = str(raw)[:20] if isinstance(raw, str | int | float) else "nothing"
    raise BadValue(f"{shown} is no time of the day", hint, "bad-clock")


def _beginning(raw: Raw) -> int:
    if raw == END_OF_DAY:
        raise BadValue("a day does not begin at its end", 'write it as "00:00"', "bad-clock")
    return parse_clock(raw)


class _Piece(NamedTuple):
    """Minutes of the week during which the entry of this number is quiet, `end` not included."""

    start: int
    end: int
    number: int


def _check_overlaps(context: Context, found: Sequence[QuietHours]) -> None:
    """At one moment only one entry can say what happens on a channel. Each pair is reported once."""
    reported: set[tuple[int, int]] = set()
    channels = dict.fromkeys(channel for hours in found for channel in hours.channels)
    for channel in channels:
        for moment, first, second in _overlaps(found, channel):
            if (first, second) not in reported:
                reported.add((first, second))
                _report_overlap(context, channel, moment, found[first], found[second])


def _overlaps(found: Sequence[QuietHours], channel: str) -> Iterator[tuple[int, int, int]]:
    """(minute of the week, the earlier entry, the later one), in the order of the week."""
    pieces = [
        piece for number, hours in enumerate(found) if channel in hours.channels for piece in _pieces(hours, number)
    ]
    furthest: _Piece | None = None
    for piece in sorted(pieces):
        if furthest and piece.start < furthest.end and piece.number != furthest.number:
            yield piece.start, min(furthest.number, piece.number), max(furthest.number, piece.number)
        if not furthest or piece.end > furthest.end:
            furthest = piece


def _pieces(hours: QuietHours, number: int) -> Iterator[_Piece]:
    """What goes over the end of the week comes again at its beginning."""
    if hours.start == hours.end:
        return
    length = hours.end - hours.start if hours.end > hours.start else hours.end + DAY - hours.start
    for day in hours.days:
        start = day * DAY + hours.start
        yield _Piece(start, min(start + length, WEEK), number)
        if start + length > WEEK:
            yield _Piece(0, start + length - WEEK, number)


def _report_overlap(context: Context, channel: str, moment: int, first: QuietHours, second: QuietHours) -> None:
    assert first.place is not None
    assert second.place is not None
    day, minute = divmod(moment, DAY)
    at = f"{WEEKDAYS[day]} {minute // 60:02}:{minute % 60:02}"
    message = f"on {channel} they overlap the quiet hours at {first.place}, from {at} on"
    hint = "give one of them other days, or other hours"
    context.report.error("quiet-overlap", second.place, message, hint)
