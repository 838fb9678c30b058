"""`frequency_caps:` of contact_policy.yaml: how many contacts are too many."""

import re
from typing import Final

from engine.domain.profile.state import TOUCHES_KEPT
from engine.domain.times import DAY, MINUTE
from engine.rulebook.read.conditions import read_conditions
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields
from engine.rulebook.read.names import names
from engine.rulebook.read.words import CALENDAR, CAP_ZONES, ROLLING, SHOP, WINDOWS
from engine.rulebook.read.zones import read_zone
from engine.rulebook.shop import Cap
from engine.rulebook.source import Node
from engine.rulebook.values import BadValue, Raw, parse_decimal

LONGEST_WINDOW: Final = 365 * DAY

_REQUIRED: Final = ("at_most", "in", "window")
_OPTIONAL: Final = ("zone", "channels", "actions", "groups", "tags", "when")
PERIOD: Final = re.compile(r"1 (day|week|month)")


def read_caps(context: Context, fields: Fields) -> tuple[Cap, ...]:
    return tuple(_cap(context, node) for node in fields.items("frequency_caps"))


def _cap(context: Context, node: Node) -> Cap:
    fields = Fields(context.report, node, "a frequency cap", _REQUIRED, _OPTIONAL)
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
        hint = "a rule with forbid says so, too, and why"
        context.report.warning("cap-of-zero", fields.place_of("at_most"), "at most 0 means never", hint)
    return number


def _contacts(raw: Raw) -> int:
    number = parse_decimal(raw, "at_most is a whole number of contacts")
    if number != int(number):
        raise BadValue(f"at_most is a whole number of contacts, not {number}")
    if number < 0:
        raise BadValue(f"at_most lies between 0 and {TOUCHES_KEPT}, not {number}", code="out-of-range")
    if number > TOUCHES_KEPT:
        message = f"no more than {TOUCHES_KEPT} contacts are remembered per action and channel"
        hint = f"at most {TOUCHES_KEPT}: a window of fewer days does the same"
        raise BadValue(f"{message}, so this would never hold", hint, "out-of-range")
    return int(number)


def _period(raw: Raw) -> str:
    """ "1 week" -> week."""
    found = PERIOD.fullmatch(raw) if isinstance(raw, str) else None
    if not found:
        hint = "write it as 1 day, 1 week or 1 month; any other time is window: rolling"
        raise BadValue("a calendar window is one day, week or month", hint)
    return found[1]


def _zone(context: Context, fields: Fields, window: str) -> str:
    """Where the days of the calendar begin; a window that rolls has none."""
    if window == CALENDAR and "zone" not in fields:
        message = "a calendar window needs the key zone"
        context.report.error("missing-key", fields.place, message, "zone: customer, shop or an IANA name")
    if window == ROLLING and "zone" in fields:
        message = "a rolling window is the same in every zone"
        context.report.error("unknown-key", fields.key_place("zone"), message, "take it out, or window: calendar")
    return read_zone(context, fields, "zone", SHOP, CAP_ZONES)
