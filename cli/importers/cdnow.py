"""CDNOW: purchases of music CDs 1997-98. One order per customer-day, at noon UTC, as the data knows no hour."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from cli.importers.counts import Dropped, ImportCounts, ImportFailure
from cli.importers.orders import Line, Source, parsed
from cli.importers.tables import Advance, Row, read_csv
from cli.importers.text_file import open_text
from cli.importers.values import currency_of, decimal_of, id_of, minor_units, text_of, time_reader, whole_of

_COLUMNS: Final = (("customer_id", "id"), ("date",), ("cds", "number_of_cds", "number"), ("amount", "dollar_value"))
_EVERY: Final = 2_000


def source(currency: str) -> Source:
    return Source("cdnow", currency_of(currency), "web")


def lines(path: Path, source: Source, counts: ImportCounts, advance: Advance) -> Iterator[Line]:
    """Lines of the CSV form (customer_id, date, cds, amount; .csv or .csv.gz) or of CDNOW_master.txt, also inside
    the archive of the `lifetimes` package.

    Dropped: missing-columns, no-customer, bad-id, bad-time, bad-quantity, bad-amount, negative-amount.
    Amounts of zero are kept: a day with a free CD is a day on which the customer came.
    """
    read_time = time_reader(UTC)

    def parse(row: Sequence[Any], number: int) -> Line:
        customer, time = id_of(row[0], "no-customer"), read_time(row[1])
        quantity, amount = whole_of(row[2]), minor_units(decimal_of(row[3]), source.currency)
        if quantity < 0:
            raise Dropped("bad-quantity")
        if amount < 0:
            raise Dropped("negative-amount")
        order = f"{customer}-{text_of(row[1]).replace('-', '')}"
        return Line(customer, order, False, time, number, quantity, amount, "cd", "music")

    rows = read_csv(path, _COLUMNS, advance, counts=counts) if _is_csv(path) else _master(path, advance, counts)
    return parsed(rows, counts, parse)


def _is_csv(path: Path) -> bool:
    with open_text(path) as (text, _):
        return "," in text.readline(10_000)


def _master(path: Path, advance: Advance, counts: ImportCounts) -> Iterator[Row]:
    """CDNOW_master.txt: `id date number dollar`, CDNOW_sample.txt has a second id; columns apart by spaces."""
    with open_text(path) as (text, raw):
        for number, line in enumerate(text, 1):
            if number % _EVERY == 0:
                advance(raw.tell())
            cells = line.split()
            counts.file_lines = number
            if number == 1:
                _check_first(path, cells)
                if not cells[0].isdigit():
                    counts.of_file["header"] += 1
                    continue
            if cells:
                yield number, [cells[0], *cells[-3:]] if len(cells) in {4, 5} else None
            else:
                counts.of_file["blank"] += 1


def _check_first(path: Path, cells: Sequence[str]) -> None:
    if len(cells) not in {4, 5}:
        raise ImportFailure(
            f"{path} is not CDNOW: expected a CSV with customer_id, date, cds, amount, "
            "or CDNOW_master.txt with `id date number dollar`"
        )
