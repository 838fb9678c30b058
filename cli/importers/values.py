"""Cells of a table as values: amounts, times, quantities, ids. What is not one raises `Dropped` with its reason."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from cli.importers.counts import Dropped, ImportCounts
from engine.domain.money import MAX_MINOR, Currency
from engine.domain.names import normal_form
from engine.rulebook.read.words import CURRENCY_DECIMALS
from engine.schemas.base import Refused
from engine.schemas.fields import Key, Label

_KEY: Final = Key()
_LABEL: Final = Label()
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_DAMAGED_ID: Final = re.compile(r"[0-9]([.,][0-9]+)?E\+[0-9]+", re.ASCII)
"""A long id as a spreadsheet writes it back: most of its digits are lost, so that it joins strangers."""
_SPREADSHEET_ERROR: Final = re.compile(r"#(N/[A-Z]|NV|[A-ZÄÖÜÀ-Ý0/_]+[!?])|#{2,}|Err:[0-9]{3}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)


def currency_of(code: str) -> Currency:
    """The currency with its decimal places (JPY 0, KWD 3, most others 2)."""
    return Currency(code, CURRENCY_DECIMALS.get(code, 2))


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


def refuse_spreadsheet_error(cell: object) -> None:
    """Dropped: spreadsheet-error, for #N/A, #REF!, ##### and the like, in any language."""
    if isinstance(cell, str) and _SPREADSHEET_ERROR.fullmatch(cell.strip()):
        raise Dropped("spreadsheet-error")


def clean_text(cell: object) -> str:
    """A cell as one name is written, in normal form (`engine.domain.names`)."""
    return normal_form(text_of(cell))


def id_of(cell: object, missing: str) -> str:
    """An id as the engine takes it.

    Dropped: `missing` where there is none, spreadsheet-error, damaged-id (4.9E+11), or bad-id.
    """
    refuse_spreadsheet_error(cell)
    text = clean_text(cell)
    if not text:
        raise Dropped(missing)
    if _DAMAGED_ID.fullmatch(text):
        raise Dropped("damaged-id")
    try:
        return _KEY.read(text)
    except Refused:
        raise Dropped("bad-id") from None


def label_of(cell: object, counts: ImportCounts) -> str | None:
    """A product or category as the engine takes it; None where there is none.

    One that cannot be used is left out and counted: a label never costs the line.
    """
    try:
        refuse_spreadsheet_error(cell)
        text = clean_text(cell)
        if not _DAMAGED_ID.fullmatch(text):
            return _LABEL.read(text) if text else None
    except (Dropped, Refused):
        pass
    counts.notes["labels left out, because they cannot be used"] += 1
    return None


def time_reader(zone: tzinfo, form: str | None = None) -> Callable[[object], int]:
    """A function from a cell to milliseconds since 1970 UTC, see `moment_reader`."""
    read = moment_reader(zone, form)
    return lambda cell: read(cell)[0]


def moment_reader(zone: tzinfo, form: str | None = None) -> Callable[[object], tuple[int, bool]]:
    """A function from a cell to milliseconds since 1970 UTC, and whether the cell is a date alone.

    `form` is a strptime format; without it ISO 8601. A time without an offset is in `zone`; a date alone is its noon.
    Dropped: bad-time, for what is no time of 1970 to 2099; spreadsheet-error.
    """
    date_only = form is not None and not any(code in form for code in ("%H", "%I", "%X", "%c"))

    def read(cell: object) -> tuple[int, bool]:
        refuse_spreadsheet_error(cell)
        try:
            moment, is_date = _moment(cell, form, date_only)
            moment = moment.replace(hour=12) if is_date else moment
            moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
            if _EPOCH <= moment < _LATEST:
                return (moment - _EPOCH) // timedelta(milliseconds=1), is_date
        except (ValueError, OverflowError):
            pass
        raise Dropped("bad-time")

    return read


def _moment(cell: object, form: str | None, date_only: bool) -> tuple[datetime, bool]:
    """The cell as a datetime, and whether it was a date alone. ValueError when it is neither."""
    if isinstance(cell, datetime):
        return cell, False
    text = clean_text(cell)
    if form is not None:
        return datetime.strptime(text, form), date_only
    return datetime.fromisoformat(text), len(text) <= 10
