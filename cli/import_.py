"""`patron import`: convert purchase logs, customers, products and the reports of mail services."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from cli.import_feedback import feedback_command
from cli.import_run import (
    check_encoding,
    currency_code,
    currency_option,
    delimiter_character,
    delimiter_option,
    encoding_option,
    file_argument,
    losses_option,
    out_option,
    quotes_option,
    run,
)
from cli.import_tables import catalogue_command, customers_command
from cli.importers import cdnow, csv_file, online_retail
from cli.importers.counts import ImportCounts
from cli.importers.csv_rows import Form
from cli.importers.numbers import MARKS
from cli.importers.orders import Source, events
from cli.importers.tables import Advance
from cli.importers.values import currency_of
from cli.output import json_option

_MAP_HELP = f"Column of a field; repeat for each of {', '.join(csv_file.FIELDS)}."


@click.group("import", short_help="Convert purchase logs, customers, products and mail reports.")
def import_group() -> None:
    """Convert purchase logs, customers and the reports of mail services to events (JSON lines, ordered by time), and
    products to a catalogue.

    Invalid lines are skipped and counted by reason. If the file cannot be read, or more than 5 % of its lines are
    unusable, nothing is written. The counts go to stderr (with --json and --out FILE to stdout). The same file always
    gives the same bytes.

    \b
    Example:
      patron import cdnow cdnow.csv.gz --out events.jsonl
      patron load events.jsonl

    Exit codes: 0 success, 1 too many unusable lines, 2 invalid arguments or an unreadable file.
    """


import_group.add_command(customers_command)
import_group.add_command(catalogue_command)
import_group.add_command(feedback_command)


@import_group.command("cdnow", short_help="Import the CDNOW log of 1997 and 1998.")
@file_argument
@out_option
@currency_option
@losses_option
@json_option
def cdnow_command(file: Path, out: str, currency: str, accept_losses: bool, as_json: bool) -> None:
    """Import the CDNOW log: .csv, .csv.gz, CDNOW_master.txt, or the archive of the lifetimes package.

    Writes one order per customer and day, at noon UTC. Amounts of zero are kept. More than 100,000 lines are sorted on
    disk, so memory use is bounded.

    \b
    Example:
      patron import cdnow cdnow.csv.gz --out events.jsonl

    Exit codes: 0 success, 1 too many unusable lines, 2 invalid arguments or an unreadable file.
    """
    source = cdnow.source(currency_code(currency))

    def imported(counts: ImportCounts, advance: Advance) -> Iterator[bytes]:
        lines = cdnow.lines(file, source, counts, advance)
        return events(lines, source, counts, accept_losses=accept_losses)

    run(file, out, as_json, imported)


@import_group.command("online-retail", short_help="Import UCI Online Retail I or II.")
@file_argument
@out_option
@currency_option
@encoding_option
@losses_option
@json_option
def online_retail_command(
    file: Path, out: str, currency: str, encoding: str | None, accept_losses: bool, as_json: bool
) -> None:
    """Import UCI Online Retail I or II: .parquet (needs the extra `analytics`), .csv or .csv.gz.

    Writes one order per invoice; cancelled invoices and negative quantities become returns at their own time. Skips
    lines without customer, service codes (POST, D, M, DOT ...), and prices of zero or less. Amounts are not converted
    (the original is in pounds): they count as the shop's currency.

    \b
    Example:
      patron import online-retail online_retail_ii.parquet --out events.jsonl

    Exit codes: 0 success, 1 too many unusable lines, 2 invalid arguments or an unreadable file.
    """
    source = online_retail.source(currency_code(currency))
    known = check_encoding(encoding)

    def imported(counts: ImportCounts, advance: Advance) -> Iterator[bytes]:
        lines = online_retail.lines(file, source, counts, advance, known)
        return events(lines, source, counts, accept_losses=accept_losses)

    run(file, out, as_json, imported)


@import_group.command("csv", short_help="Import any table of order lines.")
@file_argument
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help=_MAP_HELP)
@click.option("--time-format", metavar="FORMAT", help="strptime format, such as '%d.%m.%Y %H:%M' (default: ISO 8601).")
@click.option(
    "--zone",
    "--timezone",
    "zone",
    default="UTC",
    show_default=True,
    metavar="ZONE",
    help="Time zone of times without an offset.",
)
@click.option(
    "--decimal",
    type=click.Choice([*MARKS, "auto"]),
    default="auto",
    show_default=True,
    help="Decimal sign of amounts: comma (1.250,00), point (1,250.00), or auto: as all amounts of the file show.",
)
@click.option("--no-amounts", is_flag=True, help="The file has no amounts: all orders have the total 0.")
@click.option(
    "--group-by",
    type=click.Choice(csv_file.GROUPS),
    default=csv_file.TIME,
    show_default=True,
    help="Without order_id: lines of a customer at the same time or day form one order, or each line does.",
)
@delimiter_option
@quotes_option
@click.option("--channel", metavar="CHANNEL", help="Channel of all orders, such as store (default: none).")
@out_option
@currency_option
@encoding_option
@losses_option
@json_option
def csv_command(
    file: Path, out: str, currency: str, accept_losses: bool, as_json: bool, channel: str | None, **layout: Any
) -> None:
    """Import a CSV (.csv, .csv.gz) or parquet file of order lines, with a header.

    --map names the column of each field; customer, time and amount (of the line, in the shop's currency) are required.
    If date and time stand in two columns, map both; --time-format then describes them joined by a blank. A negative
    amount is a return.

    Lines with the same order_id form one order. Without order_id, lines of a customer at the same time do, and a line
    with a date alone is an order of its own, at noon; see --group-by. The id of an event is derived from its lines: the
    same line of a later export is the same event, and a new line a new one.

    If more than 5 % of the lines are unusable, nothing is written and the exit code is 1.

    \b
    Example:
      patron import csv till.csv --map customer=cust_no --map time=date \\
          --map amount=paid --time-format %d.%m.%Y --zone Europe/Berlin \\
          --decimal comma --out events.jsonl

    Exit codes: 0 success, 1 too many unusable lines, 2 invalid arguments or an unreadable file.
    """
    source = Source("csv", currency_of(currency_code(currency)), channel, by_content=True)
    how = _layout(**layout)

    def imported(counts: ImportCounts, advance: Advance) -> Iterator[bytes]:
        lines = csv_file.lines(file, how, source, counts, advance)
        return events(lines, source, counts, accept_losses=accept_losses)

    run(file, out, as_json, imported)


def _layout(mapping: tuple[str, ...], no_amounts: bool, group_by: str, zone: str, **form: Any) -> csv_file.Layout:
    columns = _columns(mapping, no_amounts)
    mark = MARKS.get(form["decimal"])
    csv_form = Form(
        check_encoding(form["encoding"]), delimiter_character(form["delimiter"]), form["quotes"] == "double"
    )
    return csv_file.Layout(columns, form["time_format"], _zone(zone), csv_form, mark, group_by)


def _columns(mapping: tuple[str, ...], no_amounts: bool) -> dict[str, str]:
    columns: dict[str, str] = {}
    for item in mapping:
        field, _, column = item.partition("=")
        if field not in csv_file.FIELDS or not column or field in columns:
            hint = f"{item!r}: expected FIELD=COLUMN with each field once; the fields are {', '.join(csv_file.FIELDS)}"
            raise click.BadParameter(hint, param_hint="--map")
        columns[field] = column
    if no_amounts and "amount" in columns:
        raise click.BadParameter("cannot be combined with --map amount=COLUMN", param_hint="--no-amounts")
    given = {*columns} | ({"amount"} if no_amounts else set()) | ({"time"} if "date" in columns else set())
    missing = [field for field in csv_file.REQUIRED if field not in given]
    if missing:
        without = ", or --no-amounts" if missing == ["amount"] else ""
        raise click.BadParameter(
            f"{', '.join(missing)} must be mapped to a column; add --map {missing[0]}=COLUMN{without}",
            param_hint="--map",
        )
    return columns


def _zone(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise click.BadParameter(str(error).strip("'\""), param_hint="--zone") from None
