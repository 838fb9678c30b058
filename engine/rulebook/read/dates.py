"""Dates as days of the shop's calendar."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields
from engine.rulebook.values import DATE, did_you_mean

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def read_valid(context: Context, fields: Fields) -> tuple[int | None, int | None]:
    """`valid: {from, until}` as milliseconds: the first midnight, and the midnight after the last day."""
    valid = fields.sub("valid", "valid", (), ("from", "until"))
    first, last = _date(context, valid, "from"), _date(context, valid, "until")
    if first and last and last < first:
        context.report.error("bad-date", valid.place_of("until"), "until lies before from", "swap the two")
    zone = ZoneInfo(context.shop.zone)
    return (
        midnight(first, zone) if first else None,
        midnight(last + timedelta(days=1), zone) if last else None,
    )


def midnight(day: date, zone: ZoneInfo) -> int:
    """The first moment of a day in a zone, in milliseconds."""
    moment = datetime(day.year, day.month, day.day, tzinfo=zone)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _date(context: Context, fields: Fields, key: str) -> date | None:
    if key not in fields:
        return None
    text = fields.text(key)
    try:
        if DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    if text:
        message = f"{text[:40]} is not a date"
        context.report.error("bad-date", fields.place_of(key), message, "write it as 2026-12-31")
    return None


# ---- Time zones by their IANA names ----


def read_zone(context: Context, fields: Fields, key: str, default: str, words: Sequence[str] = ()) -> str:
    """An IANA zone, or one of some words that stand for one; the default when absent, or reported."""
    zone = fields.text(key, default) or default
    if zone in words or exists(zone):
        return zone
    hint = did_you_mean(zone, (*words, *_zones())) or f"{', '.join((*words, 'an IANA name'))} such as Europe/Berlin"
    context.report.error("unknown-zone", fields.place_of(key), f"{zone[:60]} is not a time zone", hint)
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
