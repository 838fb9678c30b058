"""Any CSV (or parquet) file of order lines, with a map that says which column is what."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeVar

from cli.importers.counts import Dropped, ImportCounts
from cli.importers.csv_rows import UNKNOWN, Form
from cli.importers.numbers import Evidence, Numbers
from cli.importers.orders import Line, Source, parsed
from cli.importers.tables import Advance, Row, is_parquet, read_csv, read_parquet
from cli.importers.values import id_of, label_of, minor_units, moment_reader, text_of

T = TypeVar("T")

REQUIRED: Final = ("customer", "time", "amount")
FIELDS: Final = (*REQUIRED, "date", "category", "sku", "quantity", "order_id", "cost")
_MONEY: Final = ("amount", "cost")

TIME: Final = "time"
DAY: Final = "day"
LINE: Final = "line"
GROUPS: Final = (TIME, DAY, LINE)
"""What lines of a customer share that form one order, if they have no order_id."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is to be read. `columns`: field -> column name, with at least `REQUIRED`.

    `amount` may be absent: all orders are worth 0. With `date`, `time` is the time of day. `mark`: the decimal sign,
    None: found out. `group`: one of `GROUPS`.
    """

    columns: Mapping[str, str]
    time_format: str | None = None
    zone: tzinfo = UTC
    form: Form = UNKNOWN
    mark: str | None = None
    group: str = TIME


def lines(path: Path, layout: Layout, source: Source, counts: ImportCounts, advance: Advance) -> Iterator[Line]:
    """Lines of the file. Without order_id, all lines of a customer at one time are one order; a date alone is none.

    A negative amount is a return. Dropped: missing-columns, no-customer, bad-id, damaged-id, no-order, bad-time,
    bad-amount (or cost), other-currency, bad-quantity, spreadsheet-error. Amounts with more decimals than the currency
    has are rounded, and counted.
    """
    mark = layout.mark or _found_mark(path, layout, source, counts)
    read = _Reader(layout, source, Numbers(mark, source.currency), counts)
    return parsed(_rows(path, layout, advance, counts), counts, read.line)


def _found_mark(path: Path, layout: Layout, source: Source, counts: ImportCounts) -> str:
    """The decimal sign, from all amounts of the file: one more pass over it."""
    money = {field: layout.columns[field] for field in _MONEY if field in layout.columns}
    evidence = Evidence(source.currency)
    for line, row in _rows(path, replace(layout, columns=money), lambda _done: None, ImportCounts()) if money else ():
        for cell in row or ():
            evidence.add(cell, line)
    mark = evidence.mark(path)
    counts.guesses += evidence.guesses()
    return mark


class _Reader:
    """Makes a `Line` of the cells of a row."""

    def __init__(self, layout: Layout, source: Source, numbers: Numbers, counts: ImportCounts) -> None:
        self._layout, self._source, self._numbers, self._counts = layout, source, numbers, counts
        self._read_moment = moment_reader(layout.zone, layout.time_format)

    def line(self, row: Sequence[Any], number: int) -> Line:
        cells = dict(zip(self._layout.columns, row, strict=True))
        customer = self._cell(cells, "customer", lambda cell: id_of(cell, "no-customer")) or ""
        time, is_date = self._moment(cells)
        order_id = self._cell(cells, "order_id", lambda cell: id_of(cell, "no-order"))
        amount = self._cell(cells, "amount", self._amount) or 0
        quantity = self._cell(cells, "quantity", self._numbers.whole)
        many = 1 if quantity is None else abs(quantity)
        sku, category = (label_of(cells.get(field, ""), self._counts) for field in ("sku", "category"))
        cost = self._cell(cells, "cost", self._cost)
        alone = order_id is None and (self._layout.group == LINE or (self._layout.group == TIME and is_date))
        order = _order(customer, order_id or self._group(time, (amount, many, sku) if alone else ()))
        return Line(customer, order, amount < 0, time, number, many, abs(amount), sku, category, cost, alone)

    def _cell(self, cells: Mapping[str, Any], field: str, read: Callable[[Any], T]) -> T | None:
        """The value of a field; None if no column has it. A cell that cannot be read is shown with its column."""
        if field not in cells:
            return None
        try:
            return read(cells[field])
        except Dropped as dropped:
            shown = f"{str(cells[field])[:40]!r} in the column {self._layout.columns[field]!r}"
            hint = "; write its format as --time-format" if dropped.reason == "bad-time" else ""
            raise Dropped(dropped.reason, shown + hint) from None

    def _moment(self, cells: Mapping[str, Any]) -> tuple[int, bool]:
        """The time, and whether it is a date alone; of one column or two."""
        if "date" in cells:
            both = f"{text_of(cells['date'])} {text_of(cells.get('time', ''))}".strip()
            return self._cell({**cells, "date": both}, "date", self._read_moment) or (0, False)
        return self._cell(cells, "time", self._read_moment) or (0, False)

    def _amount(self, cell: Any) -> int:
        value = self._numbers.amount(cell)
        amount = minor_units(value, self._source.currency)
        if value.scaleb(self._source.currency.decimals) != amount:
            self._counts.notes["amounts rounded"] += 1
        return amount

    def _cost(self, cell: Any) -> int | None:
        """Of the whole line; None where the cell is empty: not known."""
        return minor_units(abs(self._numbers.amount(cell)), self._source.currency) if text_of(cell) else None

    def _group(self, time: int, content: tuple[object, ...]) -> str:
        """What the lines of one order share if they have no order_id."""
        if self._layout.group == DAY:
            return datetime.fromtimestamp(time / 1000, self._layout.zone).strftime("%Y%m%d")
        return repr((time, *content))


def _rows(path: Path, layout: Layout, advance: Advance, counts: ImportCounts) -> Iterator[Row]:
    wanted = [(column,) for column in layout.columns.values()]
    if is_parquet(path):
        return read_parquet(path, wanted, advance)
    return read_csv(path, wanted, advance, layout.form, counts)


def _order(customer: str, order: str) -> str:
    """An id of fixed length that is the customer's own: two customers may carry the same number."""
    return sha256(f"{customer}\0{order}".encode()).hexdigest()[:20]
