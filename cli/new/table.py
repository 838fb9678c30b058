"""`patron new table`."""

from pathlib import Path

import click

from cli.new.book import asked, folder_option, print_option, read_book, write
from cli.new.pieces import fact_piece, table_piece
from cli.output import fail, json_option, say

_USUAL = "customer.orders"


@click.command("table", short_help="A decision table, with the fact that it decides.")
@click.option("--id", "name", help="Its name, and that of its file in tables/.")
@click.option("--decides", metavar="FACT", help="The fact that it gives a value; declared where it is new.")
@click.option("--column", "columns", multiple=True, metavar="FACT", help="A fact that it looks at; more than once.")
@click.option("--value", "values", multiple=True, metavar="WORD", help="A word that it can give; more than once.")
@folder_option
@print_option
@json_option
def table_command(
    name: str | None,
    decides: str | None,
    columns: tuple[str, ...],
    values: tuple[str, ...],
    folder: Path,
    only_print: bool,
    as_json: bool,
) -> None:
    """Add a decision table with one row of dashes, and declare the fact that it decides in vocabulary.yaml.

    \b
    Example:
      patron new table --id season --decides customer.season \\
        --column customer.orders --value high --value low

    Exit codes: 0 written, 1 it would be an error, 2 wrong call.
    """
    book = read_book(folder)
    name = book.fresh("table", asked(name, "--id", "its name"), [table.id for table in book.rules.tables])
    decides = asked(decides, "--decides", "the fact that it decides", f"customer.{name.replace('-', '_')}")
    facts = book.rules.vocabulary
    columns = columns or ((_USUAL,) if _USUAL in facts else (asked(None, "--column", "a fact that it looks at"),))
    for column in columns:
        book.known("fact", column, tuple(facts))
    words = values or ("high", "low")
    if decides in facts:
        fail(f"{decides} is declared already: built in, counted, or decided by another table")
    piece = table_piece(name, decides, columns, words)
    if only_print and not as_json:
        say(piece.rstrip("\n"))
    changes = {
        "vocabulary.yaml": book.with_piece("vocabulary.yaml", "facts", fact_piece(decides, words, name)),
        f"tables/{name}.yaml": book.head(f"tables/{name}.yaml") + piece,
    }
    write(book, changes, only_print, as_json)
