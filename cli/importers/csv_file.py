"""Any CSV (or parquet) file of order lines, with a map that says which column is what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cli.importers.counts import Dropped, ImportCounts
from cli.importers.orders import Line, Source, parsed
from cli.importers.tables import Advance, Row, is_parquet, read_csv, read_parquet
from cli.importers.values import decimal_of, id_of, minor_units, name_of, text_of, time_reader, whole_of

REQUIRED: Final = ("customer", "time", "amount")
FIELDS: Final = (*REQUIRED, "category", "sku", "quantity", "order_id", "cost")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is to be read. `columns`: field -> column name, with at least `REQUIRED`."""

    columns: Mapping[str, str]
    time_format: str | None = None
    zone: tzinfo = UTC
    encoding: str = "utf-8-sig"
    delimiter: str = ","


def lines(path: Path, layout: Layout, source: Source, counts: ImportCounts, advance: Advance) -> Iterator[Line]:
    """Lines of the file. Without order_id everything a customer bought on one day (in the zone) is one order.

    A negative amount is a return. Dropped: missing-columns, no-customer, bad-id, no-order, bad-time,
    bad-amount (or cost), bad-quantity. Amounts with more decimals than the currency has are rounded, and counted.
    """
    read_time = time_reader(layout.zone, layout.time_format)

    def parse(row: Sequence[Any], number: int) -> Line:
        cells = dict(zip(layout.columns, row, strict=True))
        customer, time, value = (
            id_of(cells["customer"], "no-customer"),
            read_time(cells["time"]),
            decimal_of(cells["amount"]),
        )
        quantity = whole_of(cells["quantity"]) if "quantity" in cells else 1
        order = _order(customer, text_of(cells["order_id"]) if "order_id" in cells else _day(time, layout.zone))
        value = decimal_of(cells["amount"])
        amount = minor_units(value, source.currency)
        if value.scaleb(source.currency.decimals) != amount:
            counts.notes["amounts rounded"] += 1
        sku, category = (name_of(cells.get(field)) for field in ("sku", "category"))
        cost = _cost(cells.get("cost"), source)
        return Line(customer, order, amount < 0, time, number, abs(quantity), abs(amount), sku, category, cost)

    return parsed(_rows(path, layout, advance), counts, parse)


def _cost(cell: Any, source: Source) -> int | None:
    """Of the whole line; None where the cell is empty: not known."""
    return minor_units(abs(decimal_of(cell)), source.currency) if text_of(cell) else None


def _rows(path: Path, layout: Layout, advance: Advance) -> Iterator[Row]:
    wanted = [(column,) for column in layout.columns.values()]
    if is_parquet(path):
        return read_parquet(path, wanted, advance)
    return read_csv(path, wanted, advance, encoding=layout.encoding, delimiter=layout.delimiter)


def _day(time: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(time / 1000, zone).strftime("%Y%m%d")


def _order(customer: str, order: str) -> str:
    """An id of fixed length that is the customer's own: two customers may carry the same number."""
    if not order:
        raise Dropped("no-order")
    return sha256(f"{customer}\0{order}".encode()).hexdigest()[:20]
