"""Cells of a table as values: amounts, times, quantities, ids. What is not one raises `Dropped` with its reason."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from cli.importers.counts import Dropped
from engine.domain.money import MAX_MINOR, Currency
from engine.schemas.fields import MAX_ID

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)

# ISO 4217 currencies whose minor unit is not a hundredth
_DECIMALS: Final = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "XAF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def currency_of(code: str) -> Currency:
    """The currency with its decimal places (JPY 0, KWD 3, others 2)."""
    return Currency(code, _DECIMALS.get(code, 2))


def text_of(cell: object) -> str:
    """A cell as trimmed text; "" for an empty one or NaN. 17850.0, as spreadsheets export ids, loses its ".0"."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).strip()
    if text.endswith(".0") and text[:-2].isdigit():
        return text[:-2]
    return "" if text.lower() in {"nan", "null", "none"} else text


def decimal_of(cell: object, reason: str = "bad-amount") -> Decimal:
    """An exact decimal. Dropped with the reason: anything that is not a plain finite number below 10^15."""
    text = str(cell).strip()
    # floats print as 1e-05 where they are small: parquet holds such prices
    small = isinstance(cell, float) and abs(cell) < 1
    if len(text) <= 40 and (small or _NUMBER.fullmatch(text)):
        value = Decimal(text)
        if abs(value) < 10**15:
            return value
    raise Dropped(reason)


def minor_units(cell: Decimal, currency: Currency) -> int:
    """Whole minor units, half away from zero. Dropped: bad-amount, where it is beyond the engine's limit."""
    minor = int(cell.scaleb(currency.decimals).quantize(Decimal(1), ROUND_HALF_UP))
    if abs(minor) > MAX_MINOR:
        raise Dropped("bad-amount")
    return minor


def whole_of(cell: object) -> int:
    """A whole number (also "3.0"). Dropped: bad-quantity."""
    value = decimal_of(cell, "bad-quantity")
    if value != value.to_integral_value() or abs(value) >= 10**9:
        raise Dropped("bad-quantity")
    return int(value)


def id_of(cell: object, missing: str) -> str:
    """An id as the engine takes it. Dropped: `missing` where there is none, bad-id where it is too long."""
    text = text_of(cell)
    if not text:
        raise Dropped(missing)
    if len(text) > MAX_ID or not text.isprintable():
        raise Dropped("bad-id")
    return text


def name_of(cell: object) -> str | None:
    """A product or category as the engine takes it; None where there is none. Dropped: bad-id."""
    return id_of(cell, "") if text_of(cell) else None


def time_reader(zone: tzinfo, form: str | None = None) -> Callable[[object], int]:
    """A function from a cell to milliseconds since 1970 UTC. Dropped: bad-time, for what is no time of 1970 to 2099.

    `form` is a strptime format; without it ISO 8601. A time without an offset is in `zone`; a date alone is its noon.
    """
    date_only = form is not None and not any(code in form for code in ("%H", "%I", "%X", "%c"))

    def read(cell: object) -> int:
        try:
            moment, is_date = _moment(cell, form, date_only)
            moment = moment.replace(hour=12) if is_date else moment
            moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
            if _EPOCH <= moment < _LATEST:
                return (moment - _EPOCH) // timedelta(milliseconds=1)
        except (ValueError, OverflowError):
            pass
        raise Dropped("bad-time")

    return read


def _moment(cell: object, form: str | None, date_only: bool) -> tuple[datetime, bool]:
    """The cell as a datetime, and whether it was a date alone. ValueError when it is neither."""
    if isinstance(cell, datetime):
        return cell, False
    text = text_of(cell)
    if form is not None:
        return datetime.strptime(text, form), date_only
    return datetime.fromisoformat(text), len(text) <= 10
