"""UCI Online Retail (I and II): lines of invoices of a gift wholesaler. One order per invoice."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from cli.importers.counts import Dropped, ImportCounts, ImportFailure
from cli.importers.csv_rows import Form
from cli.importers.orders import Line, Source, parsed
from cli.importers.tables import Advance, Row, is_parquet, read_csv, read_parquet
from cli.importers.values import currency_of, decimal_of, id_of, label_of, minor_units, time_reader, whole_of

_COLUMNS: Final = (
    ("Invoice", "InvoiceNo"),
    ("StockCode",),
    ("Quantity",),
    ("InvoiceDate",),
    ("Price", "UnitPrice"),
    ("CustomerID", "Customer ID"),
)
# postage, carriage, fees, manual entries, discounts, samples, adjustments, bad debt, vouchers, tests: no goods
_SERVICE: Final = re.compile(
    r"POST|DOT|C2|C3|M|D|S|B|BANK CHARGES|AMAZONFEE|CRUK|ADJUST\d*|TEST\d*|SP\d+|GIFT(_.*)?", re.IGNORECASE
)


def source(currency: str) -> Source:
    return Source("retail", currency_of(currency), "web")


def lines(
    path: Path, source: Source, counts: ImportCounts, advance: Advance, encoding: str | None = None
) -> Iterator[Line]:
    """Lines of the parquet or CSV form.

    An invoice that begins with C, or a negative quantity, is a return: an event of its own at its own time.
    Dropped: missing-columns, no-customer, bad-id, service-code, no-invoice, bad-price, price-not-positive,
    bad-quantity, bad-time, bad-amount.
    """
    if path.suffix in {".xlsx", ".xls"}:
        raise ImportFailure(f"{path} is a spreadsheet: save it as CSV first")
    read_time = time_reader(UTC)
    counts.by_design = frozenset(("no-customer", "service-code", "price-not-positive"))

    def parse(row: Sequence[Any], number: int) -> Line:
        customer, sku = id_of(row[5], "no-customer"), label_of(row[1], counts)
        if sku and _SERVICE.fullmatch(sku):
            raise Dropped("service-code")
        invoice = id_of(row[0], "no-invoice")
        price, quantity, time = decimal_of(row[4], "bad-price"), whole_of(row[2]), read_time(row[3])
        if price <= 0:
            raise Dropped("price-not-positive")
        if quantity == 0:
            raise Dropped("bad-quantity")
        amount = minor_units(abs(quantity) * price, source.currency)
        returned = quantity < 0 or invoice[0] in "Cc"
        return Line(customer, invoice, returned, time, number, abs(quantity), amount, sku)

    return parsed(_rows(path, advance, Form(encoding), counts), counts, parse)


def _rows(path: Path, advance: Advance, form: Form, counts: ImportCounts) -> Iterator[Row]:
    if is_parquet(path):
        return read_parquet(path, _COLUMNS, advance)
    return read_csv(path, _COLUMNS, advance, form, counts)
