"""Time zones by their IANA names."""

from collections.abc import Sequence
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields
from engine.rulebook.values import did_you_mean


def read_zone(context: Context, fields: Fields, key: str, default: str, words: Sequence[str] = ()) -> str:
    """An IANA zone, or one of some words that stand for one; the default when absent, or reported."""
    zone = fields.text(key, default) or default
    if zone in words or exists(zone):
        return zone
    hint = did_you_mean(zone, (*words, *_zones())) or f"{', '.join((*words, 'an IANA name'))} such as Europe/Berlin"
    context.report.error("unknown-zone", fields.place_of(key), f"{zone[:60]} is no time zone", hint)
    return default


def exists(zone: str) -> bool:
    """Whether there is such a zone."""
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):  # a malformed name, a folder of the database, no such zone
        return False
    return True


@cache
def _zones() -> Sequence[str]:
    return sorted(available_timezones())
