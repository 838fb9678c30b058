"""`patron new table`."""

from pathlib import Path

import click

from cli.new.book import folder_option, print_option, prompted, read_book, write
from cli.new.pieces import fact_piece, table_piece
from cli.output import fail, json_option, say

_USUAL = "customer.orders"


@click.command("table", short_help="Create a decision table and its fact.")
@click.option("--id", "name", metavar="ID", help="Name of the table and of its file in tables/.")
@click.option("--decides", metavar="FACT", help="Fact to decide; must be new (default: customer.ID).")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FACT",
    help="Fact to read; repeat for several (default: customer.orders).",
)
@click.option(
    "--value",
    "values",
    multiple=True,
    metavar="WORD",
    help="Value of the fact; repeat for several (default: high, low).",
)
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
    """Create a decision table with one row of dashes, and declare the fact that it decides in vocabulary.yaml.

    \b
    Example:
      patron new table --id season --decides customer.season \\
        --column customer.orders --value high --value low

    Exit codes: 0 success, 1 the rulebook has errors, or would have, 2 invalid arguments.
    """
    book = read_book(folder)
    name = book.fresh("table", prompted(name, "--id", "name"), [table.id for table in book.rules.tables])
    decides = prompted(decides, "--decides", "fact to decide", f"customer.{name.replace('-', '_')}")
    facts = book.rules.vocabulary
    columns = columns or ((_USUAL,) if _USUAL in facts else (prompted(None, "--column", "fact to read"),))
    for column in columns:
        book.known("fact", column, tuple(facts))
    words = values or ("high", "low")
    if decides in facts:
        fail(f"{decides} is declared already (built in, a counter, or decided by another table); name a new fact")
    piece = table_piece(name, decides, columns, words)
    if only_print and not as_json:
        say(piece.rstrip("\n"))
    changes = {
        "vocabulary.yaml": book.with_piece("vocabulary.yaml", "facts", fact_piece(decides, words, name)),
        f"tables/{name}.yaml": book.head(f"tables/{name}.yaml") + piece,
    }
    write(book, changes, only_print, as_json)
