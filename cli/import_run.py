"""Options that all imports have, the run of an import, and its summary."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from cli.files import replacing
from cli.importers.counts import ImportCounts, ImportFailure, TooManyLosses
from cli.importers.csv_rows import DELIMITERS
from cli.importers.tables import Advance
from cli.output import FOUND, counted, fail, progress

Import = Callable[[ImportCounts, Advance], Iterable[bytes]]
"""Reads the file and returns the lines to write."""

file_argument = click.argument("file", type=click.Path(path_type=Path))
out_option = click.option(
    "--out",
    "-o",
    default="-",
    metavar="FILE",
    help="Write to FILE, which is replaced once everything is written (default: -, standard output).",
)
currency_option = click.option(
    "--currency",
    default="EUR",
    show_default=True,
    metavar="CODE",
    help="The shop's currency, which sets the number of decimals.",
)
encoding_option = click.option(
    "--encoding",
    metavar="NAME",
    help="Text encoding, such as latin-1 (default: by byte order mark, else UTF-8, else cp1252 with a notice).",
)
delimiter_option = click.option(
    "--delimiter",
    "-d",
    metavar="CHAR",
    help="Separator of cells, a character or tab (default: from the line sep= or the header: , ; tab or |).",
)
quotes_option = click.option(
    "--quotes",
    type=click.Choice(["double", "none"]),
    default="double",
    show_default=True,
    help='double: cells may stand in double quotes; none: a quote is a character like others, as in 12" pan.',
)
losses_option = click.option(
    "--accept-losses", is_flag=True, help="Write the usable lines even if more than 5 % of all lines are unusable."
)


def currency_code(currency: str) -> str:
    if len(currency) == 3 and currency.isascii() and currency.isalpha():
        return currency.upper()
    raise click.BadParameter(f"{currency!r} is not a currency code; write one such as EUR", param_hint="--currency")


def delimiter_character(delimiter: str | None) -> str | None:
    character = DELIMITERS.get(delimiter or "", delimiter)
    if character is not None and (len(character) != 1 or character in '"\r\n'):
        raise click.BadParameter("must be one character other than a quote, or tab", param_hint="--delimiter")
    return character


def check_encoding(encoding: str | None) -> str | None:
    """Reads a byte order mark also where UTF-8 was named."""
    try:
        "".encode(encoding or "utf-8")
    except LookupError as error:
        raise click.BadParameter(str(error), param_hint="--encoding") from None
    return "utf-8-sig" if encoding and encoding.lower() in {"utf-8", "utf8"} else encoding


def run(file: Path, out: str, as_json: bool, imported: Import) -> None:
    """Import, and print the counts. Exits with 1 if too many lines are unusable or none is left, 2 on ImportFailure."""
    counts, began = ImportCounts(), time.monotonic()
    losses = ""
    try:
        total = None if file.suffix == ".parquet" or not file.is_file() else file.stat().st_size
        with progress(f"reading {file.name}", total) as advance, _target(out) as target:
            target.writelines(imported(counts, advance))
    except ImportFailure as failure:
        fail(str(failure))
    except TooManyLosses as error:
        counts.events = counts.customers = 0
        losses = str(error)
    _print(counts.summary(time.monotonic() - began), losses, as_json, to_stderr=not as_json or out == "-")
    if losses or (counts.read and not counts.events + counts.products):
        sys.exit(FOUND)


@contextmanager
def _target(out: str) -> Iterator[IO[bytes]]:
    if out == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with replacing(Path(out)) as file:
            yield file
    except OSError as error:
        raise ImportFailure(f"{out} cannot be written: {error.strerror}") from None


def _print(summary: dict[str, Any], losses: str, as_json: bool, to_stderr: bool) -> None:
    if as_json:
        click.echo(json.dumps({**summary, "refused": losses or None}, ensure_ascii=False), err=to_stderr)
        return
    for guess in summary["guesses"]:
        click.echo(f"  found   {guess}", err=True)
    written = f"{counted(summary['events'], 'event')} of {counted(summary['customers'], 'customer')}"
    if summary["products"]:
        written = counted(summary["products"], "product")
    counts = f"{counted(summary['lines'], 'line')} read, {written}"
    click.echo(f"{_of_file(summary)}{counts} written in {summary['seconds']} s", err=True)
    for reason, dropped in summary["dropped"].items():
        cell = f": {summary['cells'][reason]}" if reason in summary["cells"] else ""
        click.echo(f"  skipped {dropped['lines']:>9,}  {reason} (first in line {dropped['first']:,}){cell}", err=True)
    for note, count in summary["notes"].items():
        click.echo(f"  note    {count:>9,}  {note}", err=True)
    if losses:
        click.echo(f"patron: {losses}", err=True)


def _of_file(summary: dict[str, Any]) -> str:
    """ "6 lines in the file (1 header), "."""
    if summary["file_lines"] is None:
        return ""
    others = ", ".join(f"{count:,} {kind}" for kind, count in summary["not_data"].items())
    return f"{counted(summary['file_lines'], 'line')} in the file ({others}), " if others else ""
