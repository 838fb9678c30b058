"""contact_policy.yaml: limits on contacts."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from engine.domain.profile.state import REFUSALS_KEPT, TOUCHES_KEPT
from engine.domain.times import DAY, MINUTE
from engine.rulebook.read.conditions import read_conditions
from engine.rulebook.read.context import Context, names
from engine.rulebook.read.dates import read_zone
from engine.rulebook.read.fields import Fields, id_of, parsed
from engine.rulebook.read.words import (
    CALENDAR,
    CAP_ZONES,
    DROP,
    KINDS,
    QUIET,
    REFUSALS,
    ROLLING,
    SHOP,
    WEEKDAYS,
    WINDOWS,
)
from engine.rulebook.shop import Cap, ContactPolicy, QuietHours, Suppression
from engine.rulebook.source import Node
from engine.rulebook.values import BadValue, Raw, parse_decimal, parse_duration

# ---- `frequency_caps:` of contact_policy.yaml: how many contacts are too many ----


LONGEST_WINDOW: Final = 365 * DAY

_CAP_KEYS: Final = ("at_most", "in", "window")
_OPTIONAL: Final = ("zone", "channels", "actions", "groups", "tags", "when")
PERIOD: Final = re.compile(r"1 (day|week|month)")


def read_caps(context: Context, fields: Fields) -> tuple[Cap, ...]:
    return tuple(_cap(context, node) for node in fields.items("frequency_caps"))


def _cap(context: Context, node: Node) -> Cap:
    fields = Fields(context.report, node, "a frequency cap", _CAP_KEYS, _OPTIONAL)
    window = fields.word("window", WINDOWS)
    when = fields.node("when")
    return Cap(
        at_most=_at_most(context, fields),
        within=fields.duration("in", least=MINUTE, most=LONGEST_WINDOW) if window == ROLLING else 0,
        period=fields.value("in", _period, None) if window == CALENDAR else None,
        zone=_zone(context, fields, window),
        channels=names(context, fields, "channel", context.channels),
        actions=names(context, fields, "action", context.action_names),
        groups=names(context, fields, "group", context.groups),
        tags=names(context, fields, "tag", context.tags),
        when=read_conditions(context, when) if when else None,
        place=node.place,
    )


def _at_most(context: Context, fields: Fields) -> int:
    number = fields.value("at_most", _contacts, 1)
    if number == 0:
        hint = "use a rule with forbid instead; it states the reason"
        context.report.warning("cap-of-zero", fields.place_of("at_most"), "at most 0 means never", hint)
    return number


def _contacts(raw: Raw) -> int:
    number = parse_decimal(raw, "at_most is a whole number of contacts")
    if number != int(number):
        raise BadValue(f"at_most is a whole number of contacts, not {number}")
    if number < 0:
        raise BadValue(f"at_most lies between 0 and {TOUCHES_KEPT}, not {number}", code="out-of-range")
    if number > TOUCHES_KEPT:
        message = f"no more than {TOUCHES_KEPT} contacts are stored per action and channel"
        hint = f"at most {TOUCHES_KEPT}, with a shorter window"
        raise BadValue(f"{message}, so this cap could never be reached", hint, "out-of-range")
    return int(number)


def _period(raw: Raw) -> str:
    """ "1 week" -> week."""
    found = PERIOD.fullmatch(raw) if isinstance(raw, str) else None
    if not found:
        hint = "write 1 day, 1 week or 1 month; for any other time, use window: rolling"
        raise BadValue("a calendar window must be 1 day, 1 week or 1 month", hint)
    return found[1]


def _zone(context: Context, fields: Fields, window: str) -> str:
    """Where the days of the calendar begin; a window that rolls has none."""
    if window == CALENDAR and "zone" not in fields:
        message = "a calendar window needs the key zone"
        context.report.error("missing-key", fields.place, message, "zone: customer, shop or an IANA name")
    if window == ROLLING and "zone" in fields:
        message = "a rolling window is the same in every zone"
        context.report.error("unknown-key", fields.key_place("zone"), message, "delete zone, or write window: calendar")
    return read_zone(context, fields, "zone", SHOP, CAP_ZONES)


# ---- `suppression:` of contact_policy.yaml: no contacts after ignored or rejected ones ----


_SUPPRESSION_KEYS: Final = ("after", "outcomes", "within", "for", "per")
_LISTS: Final = ("actions", "groups")
_ACTION: Final = "action"
_GROUP: Final = "group"


def read_suppression(context: Context, fields: Fields) -> tuple[Suppression, ...]:
    return tuple(_suppression(context, node) for node in fields.items("suppression"))


def _suppression(context: Context, node: Node) -> Suppression:
    fields = Fields(context.report, node, "a suppression", _SUPPRESSION_KEYS, _LISTS)
    per = fields.word("per", (_ACTION, _GROUP))
    return Suppression(
        after=fields.whole("after", 1, REFUSALS_KEPT, 1),
        outcomes=fields.words("outcomes", REFUSALS, at_least=1),
        within=fields.duration("within", DAY, least=MINUTE),
        lasting=fields.duration("for", DAY, least=MINUTE),
        per=per,
        names=_names(context, fields, per),
        place=node.place,
    )


def _names(context: Context, fields: Fields, per: str) -> tuple[str, ...]:
    """What it is about: of groups that are suppressed action by action, their actions."""
    if all(key in fields for key in _LISTS):
        message = "a suppression applies to actions or to groups, not to both"
        context.report.error("one-of-keys", fields.place, message)
    if per == _GROUP and "actions" in fields:
        message = "per group, the whole group is suppressed, not single actions"
        context.report.error("unknown-key", fields.key_place("actions"), message, "write per: action")
    actions = names(context, fields, "action", context.action_names)
    groups = names(context, fields, "group", context.groups)
    if per == _GROUP:
        return groups
    return actions + tuple(action.id for action in context.actions.values() if action.group in groups)


# ---- `quiet_hours:` of contact_policy.yaml: when nothing is sent ----


DAY_MINUTES: Final = 24 * 60
WEEK_MINUTES: Final = 7 * DAY_MINUTES
"""Minutes."""

_QUIET_KEYS: Final = ("channels", "from", "until", "then")
CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_SHORT_CLOCK: Final = re.compile(r"[0-9]:[0-5][0-9]")
END_OF_DAY: Final = "24:00"
_WHOLE_DAY: Final = 'the whole day is from "00:00" until "24:00"'


def read_quiet_hours(context: Context, fields: Fields) -> tuple[QuietHours, ...]:
    found = tuple(_quiet_hours(context, node) for node in fields.items("quiet_hours"))
    _check_overlaps(context, found)
    return found


def _quiet_hours(context: Context, node: Node) -> QuietHours:
    fields = Fields(context.report, node, "an entry of quiet hours", _QUIET_KEYS, ("days",))
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
    """Minutes of the day; twice the same when they are invalid."""
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
            message = f"{name} sends no messages: its placements are shown during a visit"
            context.report.error("wrong-channel", place, message, "quiet hours are for channels with outbound: yes")
    return tuple(name for name, _ in found)


def parse_clock(raw: Raw) -> int:
    """ "21:30" -> 1290 minutes of the day; "24:00" is the end of it."""
    if raw == END_OF_DAY:
        return DAY_MINUTES
    found = CLOCK.fullmatch(raw) if isinstance(raw, str) else None
    if found:
        return int(found[1]) * 60 + int(found[2])
    hint = 'write it in quotes with hours and minutes: "21:00"'
    if isinstance(raw, str) and _SHORT_CLOCK.fullmatch(raw):
        hint = f'write it as "0{raw}"'
    elif type(raw) is int and 0 <= raw < 24:
        hint = f'write it as "{raw:02}:00"'
    shown = str(raw)[:20] if isinstance(raw, str | int | float) else "nothing"
    raise BadValue(f"{shown} is not a time of day", hint, "bad-clock")


def _beginning(raw: Raw) -> int:
    if raw == END_OF_DAY:
        raise BadValue("a day begins at 00:00, not at 24:00", 'write it as "00:00"', "bad-clock")
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
    length = hours.end - hours.start if hours.end > hours.start else hours.end + DAY_MINUTES - hours.start
    for day in hours.days:
        start = day * DAY_MINUTES + hours.start
        yield _Piece(start, min(start + length, WEEK_MINUTES), number)
        if start + length > WEEK_MINUTES:
            yield _Piece(0, start + length - WEEK_MINUTES, number)


def _report_overlap(context: Context, channel: str, moment: int, first: QuietHours, second: QuietHours) -> None:
    assert first.place is not None
    assert second.place is not None
    day, minute = divmod(moment, DAY_MINUTES)
    at = f"{WEEKDAYS[day]} {minute // 60:02}:{minute % 60:02}"
    message = f"on {channel} they overlap the quiet hours at {first.place}, from {at} on"
    hint = "change the days or the hours of one of them"
    context.report.error("quiet-overlap", second.place, message, hint)


_KEYS = ("consent", "cooldown", "frequency_caps", "suppression", "quiet_hours", "default_zone")


def read_contact_policy(context: Context, node: Node) -> ContactPolicy:
    fields = Fields(context.report, node, "the contact policy", (), _KEYS)
    cooldown = fields.sub("cooldown", "cooldown", (), ("actions", "groups"))
    return ContactPolicy(
        consent_purpose=_purposes(context, fields),
        cooldown_actions=_cooldowns(context, cooldown, "action", context.action_names),
        cooldown_groups=_cooldowns(context, cooldown, "group", context.groups),
        caps=read_caps(context, fields),
        suppression=read_suppression(context, fields),
        quiet_hours=read_quiet_hours(context, fields),
        default_zone=_default_zone(context, fields),
    )


def _purposes(context: Context, fields: Fields) -> Mapping[str, str]:
    """Marketing must have one: a policy without it would write to people who never agreed."""
    if "consent" not in fields:
        return ContactPolicy().consent_purpose
    found: dict[str, str] = {}
    fields.sub("consent", "consent", ("marketing",), KINDS)
    for kind, entry in fields.entries("consent"):
        found[kind] = id_of(context.report, entry.node)
    return found


def _cooldowns(context: Context, fields: Fields, kind: str, among: Collection[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for name, entry in fields.entries(f"{kind}s"):
        context.known(kind, name, among, entry.key.place)
        found[name] = parsed(context.report, entry.node, parse_duration, 0)
    return found


def _default_zone(context: Context, fields: Fields) -> str | None:
    if "default_zone" not in fields:
        return None
    zone = read_zone(context, fields, "default_zone", SHOP, (SHOP,))
    return context.shop.zone if zone == SHOP else zone
