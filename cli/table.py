"""`patron table`: export decision tables as CSV, and import them."""

import sys
from pathlib import Path
from typing import NoReturn

import click

from authoring.spreadsheets import (
    MOST_BYTES,
    SEPARATORS,
    BadSheet,
    Checked,
    Mistake,
    checked,
    csv_of,
    rows_from,
    rows_of,
    sheet_from,
    sheet_of,
)
from authoring.spreadsheets.checked import file_of
from cli.files import out_option, write_whole, writing
from cli.output import FOUND, OK, counted, fail, json_option, say, say_json
from cli.rulebook_folder import rules_option, say_rulebook
from engine.rulebook.findings import Finding, Report, RulebookError, render
from engine.rulebook.loader import load_texts
from engine.rulebook.read.book import TABLES
from engine.rulebook.source import MAX_BYTES
from engine.rulebook.values import did_you_mean
from runtime.rule_folder import read_bundle


@click.group("table", short_help="Export and import decision tables as CSV.")
def table_group() -> None:
    """Export a decision table as CSV for Excel or LibreOffice, and import it again.

    \b
    Example:
      patron table export churn_risk --out churn_risk.csv
      patron table import churn_risk.csv --check
      patron table import churn_risk.csv

    Exit codes: 0 success, 1 errors in the table, 2 invalid arguments, or a file cannot be read or written.
    """


@table_group.command("export", short_help="Export a decision table as CSV.")
@click.argument("table", metavar="FILE|TABLE")
@out_option
@click.option(
    "--separator",
    "--delimiter",
    "separator",
    type=click.Choice(list(SEPARATORS)),
    default="comma",
    show_default=True,
    help="Separator of cells. Excel expects semicolons where the decimal sign is a comma.",
)
@rules_option
def export_command(table: str, out: Path | None, separator: str, rules: Path) -> None:
    """Export the decision table TABLE of a rulebook, or the one in a YAML FILE, as CSV.

    The first rows hold the table's name, the fact it decides and the pick policy; below are the columns and rows, with
    cells as in the YAML file. The last column, # note, holds the comments of rows. The file is UTF-8 with a byte order
    mark, for Excel.

    \b
    Example:
      patron table export churn_risk --out churn_risk.csv
      patron table export trust --separator semicolon > trust.csv

    Exit codes: 0 success, 1 the file is not a decision table, 2 no such table, or a file cannot be read or written.
    """
    path = _path_of(table, rules)
    report = Report()
    sheet = sheet_of(str(path), _bytes(path, MAX_BYTES), report)
    if sheet is None:
        click.echo(render(report.findings), err=True)
        sys.exit(FOUND)
    data = csv_of(rows_from(sheet), SEPARATORS[separator])
    if out is None:
        sys.stdout.buffer.write(data)
        return
    _write(out, data)
    say(f"{out}: {counted(len(sheet.rows), 'row')} of the table {sheet.one('table')}")


@table_group.command("import", short_help="Import a decision table from CSV.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", "--dry-run", "only_check", is_flag=True, help="Check only; write nothing.")
@rules_option
@json_option
def import_command(file: Path, only_check: bool, rules: Path, as_json: bool) -> None:
    """Check the decision table in FILE as part of the rulebook, and write it there if it has no errors.

    Separators may be commas, semicolons or tabs. Each error names its row and column, and what to write instead. The
    whole table of that name is replaced; with any error, nothing is written. Comments above the table are kept; those
    of rows come from the column # note. A new table becomes a new file in tables/.

    \b
    Example:
      patron table import churn_risk.csv --check
      patron table import churn_risk.csv

    Exit codes: 0 success, 1 errors, 2 invalid arguments, or a file cannot be read or written.
    """
    bundle = _rulebook(rules)
    try:
        sheet, mistakes = sheet_from(rows_of(_bytes(file, MOST_BYTES)))
    except BadSheet as error:
        _end(file, Checked("", "", (error.mistake,)), as_json, 0, "")
    result = checked(sheet, mistakes, bundle)
    if result.mistakes or result.others:
        _end(file, result, as_json, len(sheet.rows), "")
    data = result.text.encode("utf-8")
    changes = bundle.get(result.file) != data
    if changes and not only_check:
        _write(rules / result.file, data)
    done = "would change" if only_check else "written"
    _end(file, result, as_json, len(sheet.rows), done if changes else "is up to date")


def _path_of(table: str, rules: Path) -> Path:
    """The file of that name, or the file of the table in the rulebook."""
    if Path(table).is_file():
        return Path(table)
    bundle = _rulebook(rules)
    name = file_of(table, bundle)
    if name not in bundle:
        known = [Path(file).stem for file in bundle if file.startswith(TABLES)]
        hint = did_you_mean(table, known)
        fail(f"{rules} has no table {table}" + (f": {hint}" if hint else ""))
    return rules / name


def _rulebook(rules: Path) -> dict[str, bytes]:
    try:
        bundle = read_bundle(rules)
    except RulebookError as error:
        fail(render(error.findings))
    say_rulebook(rules, load_texts(bundle)[0])
    return bundle


def _bytes(path: Path, most: int) -> bytes:
    """At most one byte more than allowed, to detect a file that is too large."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}")


def _write(path: Path, data: bytes) -> None:
    with writing(path):
        path.parent.mkdir(exist_ok=True)
        write_whole(path, data)


def _end(file: Path, result: Checked, as_json: bool, rows: int, done: str) -> NoReturn:
    """Print the errors and what was done ("": nothing), and end."""
    errors = len(result.mistakes) + len(result.others)
    if as_json:
        say_json(
            {
                "file": result.file or None,
                "rows": rows,
                "written": done == "written",
                "errors": [_as_json(mistake) for mistake in result.mistakes],
                "warnings": [_as_json(mistake) for mistake in result.warnings],
                "elsewhere": [finding.render() for finding in result.others],
            }
        )
    else:
        for mistake in result.mistakes:
            say(_in_words(file, mistake))
        for mistake in result.warnings:
            say(_in_words(file, mistake, " (warning)"))
        _render_others(result.others)
        outcome = f"{result.file} {done}" if done else "nothing was written"
        say(f"{file}: {counted(errors, 'error') if errors else counted(rows, 'row')}; {outcome}")
    sys.exit(FOUND if errors else OK)


def _render_others(others: tuple[Finding, ...]) -> None:
    if others:
        say(render(others) + "\n")


def _in_words(file: Path, mistake: Mistake, kind: str = "") -> str:
    place = f" {mistake.at}" if mistake.at else ""
    name = f" ({mistake.name})" if mistake.name and mistake.at and mistake.at.column else ""
    hint = f"\n  {mistake.hint}" if mistake.hint else ""
    return f"{file.name}:{place}{name}{':' if place else ''} {mistake.message}{kind}{hint}"


def _as_json(mistake: Mistake) -> dict[str, object]:
    at = mistake.at
    return {
        "row": at.row if at else None,
        "column": at.letters if at and at.column else None,
        "name": mistake.name or None,
        "message": mistake.message,
        "hint": mistake.hint,
    }
