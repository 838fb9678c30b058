"""`patron import`: purchase logs become customer events, one JSON object per line, ordered by time."""

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
from cli.importers.orders import Line, Source, events
from cli.importers.tables import Advance
from cli.importers.tally import ImportFailure, Tally
from cli.importers.values import currency_of
from cli.output import FOUND, fail, json_option, progress

Lines = Callable[[Tally, Advance], Iterator[Line]]


@click.group("import", short_help="Turn purchase logs into customer events.")
def import_group() -> None:
    """Turn purchase logs into customer events (JSON lines, ordered by time).

    Bad lines are left out and counted per reason; a file that cannot be read at all stops the import and nothing is
    written. The counts go to stderr (with --json and --out FILE to stdout). The same file always gives the same bytes.

    \b
    Example:
      patron import cdnow cdnow.csv.gz --out events.jsonl
      patron load events.jsonl

    Exit codes: 0 events were written, 1 no line could be used, 2 wrong call or an unreadable file.
    """


_file = click.argument("file", type=click.Path(path_type=Path))
_out = click.option("--out", default="-", metavar="FILE", help="Where the events go; - is standard output (default).")
_currency = click.option("--currency", default="EUR", metavar="CODE", help="The shop's currency: its decimals count.")
_encoding = click.option("--encoding", default="utf-8-sig", help="Text encoding, for example latin-1 (default utf-8).")


@import_group.command("cdnow", short_help="The CDNOW log of 1997 and 1998.")
@_file
@_out
@_currency
@json_option
def cdnow_command(file: Path, out: str, currency: str, as_json: bool) -> None:
    """CDNOW: .csv, .csv.gz, CDNOW_master.txt, or the archive of the lifetimes package that holds it.

    One order per customer and day, at noon UTC. Amounts of zero are kept. Lines are sorted on disk where there are more
    than 100,000, so memory stays bounded.

    \b
    Example:
      patron import cdnow cdnow.csv.gz --out events.jsonl

    Exit codes: 0 events were written, 1 no line could be used, 2 wrong call or an unreadable file.
    """
    source = cdnow.source(_code(currency))
    _run(file, out, as_json, source, lambda tally, advance: cdnow.lines(file, source, tally, advance))


@import_group.command("online-retail", short_help="UCI Online Retail I or II.")
@_file
@_out
@_currency
@_encoding
@json_option
def online_retail_command(file: Path, out: str, currency: str, encoding: str, as_json: bool) -> None:
    """UCI Online Retail I or II: .parquet (needs the extra `analytics`), .csv or .csv.gz.

    One order per invoice; cancelled invoices and negative quantities become returns at their own time. Left out: lines
    without customer, service codes (POST, D, M, DOT ...), prices of zero or less. Amounts are taken as they are (pounds
    in the original): they count as the shop's currency.

    \b
    Example:
      patron import online-retail online_retail_ii.parquet --out events.jsonl

    Exit codes: 0 events were written, 1 no line could be used, 2 wrong call or an unreadable file.
    """
    source = online_retail.source(_code(currency))
    _run(file, out, as_json, source, lambda tally, advance: online_retail.lines(file, source, tally, advance, encoding))


@import_group.command("csv", short_help="Any table of order lines.")
@_file
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help=f"Fields: {', '.join(csv_file.FIELDS)}.")
@click.option("--time-format", metavar="FORMAT", help="strptime format such as '%d.%m.%Y %H:%M' (default ISO 8601).")
@click.option("--zone", default="UTC", metavar="ZONE", help="Zone of times without an offset (default UTC).")
@click.option("--delimiter", default=",", help="Between the cells (default a comma).")
@click.option("--channel", metavar="CHANNEL", help="The channel all orders came over, for example store.")
@_out
@_currency
@_encoding
@json_option
def csv_command(file: Path, out: str, currency: str, as_json: bool, channel: str | None, **layout: Any) -> None:
    """Any CSV (.csv, .csv.gz) or parquet file of order lines, with a header.

    --map names the column of each field; customer, time and amount (of the line, in the shop's currency) are required.
    Lines with the same order_id are one order; without order_id all lines of a customer's day are. A negative amount is
    a return. A date without a time counts as noon.

    \b
    Example:
      patron import csv till.csv --map customer=cust_no --map time=date \\
          --map amount=paid --time-format %d.%m.%Y --zone Europe/Berlin \\
          --out events.jsonl

    Exit codes: 0 events were written, 1 no line could be used, 2 wrong call or an unreadable file.
    """
    source = Source("csv", currency_of(_code(currency)), channel)
    how = _layout(**layout)
    _run(file, out, as_json, source, lambda tally, advance: csv_file.lines(file, how, source, tally, advance))


def _code(currency: str) -> str:
    if len(currency) == 3 and currency.isascii() and currency.isalpha():
        return currency.upper()
    raise click.BadParameter(f"{currency!r} is no currency code such as EUR", param_hint="--currency")


def _layout(
    mapping: tuple[str, ...], time_format: str | None, zone: str, delimiter: str, encoding: str
) -> csv_file.Layout:
    columns: dict[str, str] = {}
    for item in mapping:
        field, _, column = item.partition("=")
        if field not in csv_file.FIELDS or not column or field in columns:
            hint = f"{item!r}: expected FIELD=COLUMN, each field once, of {', '.join(csv_file.FIELDS)}"
            raise click.BadParameter(hint, param_hint="--map")
        columns[field] = column
    missing = [field for field in csv_file.REQUIRED if field not in columns]
    if missing:
        raise click.BadParameter(f"{', '.join(missing)} must be mapped to a column", param_hint="--map")
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
    """Imports and tells the counts. Exits 1 when lines were read but none could be used, 2 on ImportFailure."""
    tally, began = Tally(), time.monotonic()
    try:
        total = None if file.suffix == ".parquet" or not file.is_file() else file.stat().st_size
        with progress(f"reading {file.name}", total) as advance, _target(out) as target:
            target.writelines(events(lines(tally, advance), source, tally))
    except ImportFailure as failure:
        fail(str(failure))
    _tell(tally.summary(time.monotonic() - began), as_json, to_stderr=not as_json or out == "-")
    if tally.read and not tally.events:
        sys.exit(FOUND)


@contextmanager
def _target(out: str) -> Iterator[IO[bytes]]:
    """Standard output, or a file that appears under its name only when it is complete."""
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


def _tell(summary: dict[str, Any], as_json: bool, to_stderr: bool) -> None:
    if as_json:
        click.echo(json.dumps(summary), err=to_stderr)
        return
    counts = f"{summary['lines']:,} lines read, {summary['events']:,} events of {summary['customers']:,} customers"
    click.echo(f"{counts} written in {summary['seconds']} s", err=True)
    for reason, dropped in summary["dropped"].items():
        click.echo(f"  dropped {dropped['lines']:>9,}  {reason} (first in line {dropped['first']})", err=True)
    for note, count in summary["notes"].items():
        click.echo(f"  noted   {count:>9,}  {note}", err=True)
