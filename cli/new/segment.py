"""`patron new segment`."""

from pathlib import Path

import click

from cli.new.book import folder_option, print_option, prompted, read_book, write
from cli.new.pieces import likely_condition
from cli.output import json_option, say


@click.command("segment", short_help="Create a segment.")
@click.option("--id", "name", metavar="ID", help="Name, used as `segment: name`.")
@click.option("--when", metavar="CONDITION", help='Condition, such as "customer.tier: [platinum, gold]".')
@folder_option
@print_option
@json_option
def segment_command(name: str | None, when: str | None, folder: Path, only_print: bool, as_json: bool) -> None:
    """Create a named condition in segments.yaml.

    \b
    Example:
      patron new segment --id loyal --when "customer.orders: {at_least: 5}"

    Exit codes: 0 success, 1 the rulebook has errors, or would have, 2 invalid arguments.
    """
    book = read_book(folder)
    name = book.fresh("segment", prompted(name, "--id", "name"), book.rules.segments)
    piece = f"# What it means, in a sentence.\n{name}:\n  {when or likely_condition(book.rules)}\n"
    if only_print and not as_json:
        say(piece.rstrip("\n"))
    write(book, {"segments.yaml": book.with_piece("segments.yaml", "segments", piece)}, only_print, as_json)
