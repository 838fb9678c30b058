"""`patron import`: convert purchase logs to customer events, one JSON object per line, ordered by time."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from cli.importers import cdnow, csv_file, online_retail
from cli.importers.counts import ImportCounts, ImportFailure
from cli.importers.orders import Line, Source, events
from cli.importers.tables import Advance
from cli.importers.values import currency_of
from cli.output import FOUND, fail, json_option, progress

_MAP_HELP = f"Column of a field; repeat for each of {', '.join(csv_file.FIELDS)}."

Lines = Callable[[ImportCounts, Advance], Iterator[Line]]


@click.group("import", short_help="Convert purchase logs to events.")
def import_group() -> None:
    """Convert purchase logs to customer events (JSON lines, ordered by time).

    Invalid lines are skipped and counted by reason; if the file cannot be read, nothing is written. The counts go to
    stderr (with --json and --out FILE to stdout). The same file always gives the same bytes.

    \b
    Example:
      patron import cdnow cdnow.csv.gz --out events.jsonl
      patron load events.jsonl

    Exit codes: 0 success, 1 no usable line, 2 invalid arguments or an unreadable file.
    """


_file = click.argument("file", type=click.Path(path_type=Path))
_out = click.option(
    "--out", "-o", default="-", metavar="FILE", help="Write the events to FILE (default: -, standard output)."
)
_currency = click.option(
    "--currency",
    default="EUR",
    show_default=True,
    metavar="CODE",
    help="The shop's currency, which sets the number of decimals.",
)
_encoding = click.option(
    "--encoding", default="utf-8-sig", metavar="NAME", help="Text encoding, such as latin-1 (default: utf-8)."
)


@import_group.command("cdnow", short_help="Import the CDNOW log of 1997 and 1998.")
@_file
@_out
@_currency
@json_option
def cdnow_command(file: Path, out: str, currency: str, as_json: bool) -> None:
    """Import the CDNOW log: .csv, .csv.gz, CDNOW_master.txt, or the archive of the lifetimes package.

    Writes one order per customer and day, at noon UTC. Amounts of zero are kept. More than 100,000 lines are sorted on
    disk, so memory use is bounded.

    \b
    Example:
      patron import cdnow cdnow.csv.gz --out events.jsonl

    Exit codes: 0 success, 1 no usable line, 2 invalid arguments or an unreadable file.
    """
    source = cdnow.source(_code(currency))
    _run(file, out, as_json, source, lambda counts, advance: cdnow.lines(file, source, counts, advance))


@import_group.command("online-retail", short_help="Import UCI Online Retail I or II.")
@_file
@_out
@_currency
@_encoding
@json_option
def online_retail_command(file: Path, out: str, currency: str, encoding: str, as_json: bool) -> None:
    """Import UCI Online Retail I or II: .parquet (needs the extra `analytics`), .csv or .csv.gz.

    Writes one order per invoice; cancelled invoices and negative quantities become returns at their own time. Skips
    lines without customer, service codes (POST, D, M, DOT ...), and prices of zero or less. Amounts are not converted
    (the original is in pounds): they count as the shop's currency.

    \b
    Example:
      patron import online-retail online_retail_ii.parquet --out events.jsonl

    Exit codes: 0 success, 1 no usable line, 2 invalid arguments or an unreadable file.
    """
    source = online_retail.source(_code(currency))
    _run(
        file, out, as_json, source, lambda counts, advance: online_retail.lines(file, source, counts, advance, encoding)
    )


@import_group.command("csv", short_help="Import any table of order lines.")
@_file
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
@click.option("--delimiter", "-d", default=",", metavar="CHAR", help="Separator of cells (default: a comma).")
@click.option("--channel", metavar="CHANNEL", help="Channel of all orders, such as store (default: none).")
@_out
@_currency
@_encoding
@json_option
def csv_command(file: Path, out: str, currency: str, as_json: bool, channel: str | None, **layout: Any) -> None:
    """Import a CSV (.csv, .csv.gz) or parquet file of order lines, with a header.

    --map names the column of each field; customer, time and amount (of the line, in the shop's currency) are required.
    Lines with the same order_id form one order; without order_id, all lines of a customer on a day do. A negative
    amount is a return. A date without a time counts as noon.

    \b
    Example:
      patron import csv till.csv --map customer=cust_no --map time=date \\
          --map amount=paid --time-format %d.%m.%Y --zone Europe/Berlin \\
          --out events.jsonl

    Exit codes: 0 success, 1 no usable line, 2 invalid arguments or an unreadable file.
    """
    source = Source("csv", currency_of(_code(currency)), channel)
    how = _layout(**layout)
    _run(file, out, as_json, source, lambda counts, advance: csv_file.lines(file, how, source, counts, advance))


def _code(currency: str) -> str:
    if len(currency) == 3 and currency.isascii() and currency.isalpha():
        return currency.upper()
    raise click.BadParameter(f"{currency!r} is not a currency code; write one such as EUR", param_hint="--currency")


def _layout(
    mapping: tuple[str, ...], time_format: str | None, zone: str, delimiter: str, encoding: str
) -> csv_file.Layout:
    columns: dict[str, str] = {}
    for item in mapping:
        field, _, column = item.partition("=")
        if field not in csv_file.FIELDS or not column or field in columns:
            hint = f"{item!r}: expected FIELD=COLUMN with each field once; the fields are {', '.join(csv_file.FIELDS)}"
            raise click.BadParameter(hint, param_hint="--map")
        columns[field] = column
    missing = [field for field in csv_file.REQUIRED if field not in columns]
    if missing:
        raise click.BadParameter(
            f"{', '.join(missing)} must be mapped to a column; add --map {missing[0]}=COLUMN", param_hint="--map"
        )
    if len(delimiter) != 1:
        raise click.BadParameter("must be one character", param_hint="--delimiter")
    try:
        "".encode(encoding)
        return csv_file.Layout(columns, time_format, ZoneInfo(zone), encoding, delimiter)
    except LookupError as error:  # ZoneInfoNotFoundError is one too
        hint = "--zone" if isinstance(error, ZoneInfoNotFoundError) else "--encoding"
        raise click.BadParameter(str(error).strip("'\""), param_hint=hint) from None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--zone") from None


def _run(file: Path, out: str, as_json: bool, source: Source, lines: Lines) -> None:
    """Import, and print the counts. Exits with 1 when no line was usable, 2 on ImportFailure."""
    counts, began = ImportCounts(), time.monotonic()
    try:
        total = None if file.suffix == ".parquet" or not file.is_file() else file.stat().st_size
        with progress(f"reading {file.name}", total) as advance, _target(out) as target:
            target.writelines(events(lines(counts, advance), source, counts))
    except ImportFailure as failure:
        fail(str(failure))
    _print(counts.summary(time.monotonic() - began), as_json, to_stderr=not as_json or out == "-")
    if counts.read and not counts.events:
        sys.exit(FOUND)


@contextmanager
def _target(out: str) -> Iterator[IO[bytes]]:
    """Standard output, or a file that gets its name only when it is complete."""
    if out == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(out)
    try:
        file = NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False)  # noqa: SIM115
    except OSError as error:
        raise ImportFailure(f"{path} cannot be written: {error.strerror}") from None
    try:
        with file:
            yield file
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as error:
        raise ImportFailure(f"{path} cannot be written: {error.strerror}") from None
    finally:
        Path(file.name).unlink(missing_ok=True)


def _print(summary: dict[str, Any], as_json: bool, to_stderr: bool) -> None:
    if as_json:
        click.echo(json.dumps(summary), err=to_stderr)
        return
    counts = f"{summary['lines']:,} lines read, {summary['events']:,} events of {summary['customers']:,} customers"
    click.echo(f"{counts} written in {summary['seconds']} s", err=True)
    for reason, dropped in summary["dropped"].items():
        click.echo(f"  skipped {dropped['lines']:>9,}  {reason} (first in line {dropped['first']:,})", err=True)
    for note, count in summary["notes"].items():
        click.echo(f"  note    {count:>9,}  {note}", err=True)
