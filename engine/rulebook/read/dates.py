"""Dates as days of the shop's calendar."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields
from engine.rulebook.values import DATE

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
        message = f"{text[:40]} is no date"
        context.report.error("bad-date", fields.place_of(key), message, "write it as 2026-12-31")
    return None
