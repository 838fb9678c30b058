"""`patron new action`."""

from pathlib import Path

import click

from cli.new.book import Book, folder_option, print_option, prompted, read_book, write
from cli.new.pieces import action_piece
from cli.output import fail, json_option, say
from engine.rulebook.offers import Channel
from engine.rulebook.read.words import KINDS


@click.command("action", short_help="Create an action.")
@click.option("--id", "name", metavar="ID", help="Permanent id: lower-case words joined by hyphens.")
@click.option("--title", help="Title for staff (default: from the id).")
@click.option("--kind", type=click.Choice(KINDS), default="marketing", show_default=True, help="Kind of contact.")
@click.option("--group", help="Group of actions that share a cooldown and a history (default: offers).")
@click.option("--channel", help="Channel (default: the first that fits the kind).")
@click.option(
    "--value",
    metavar="MONEY",
    help="Margin gained when the action is accepted (default: 10, in the shop's currency).",
)
@folder_option
@print_option
@json_option
def action_command(
    name: str | None,
    title: str | None,
    kind: str,
    group: str | None,
    channel: str | None,
    value: str | None,
    folder: Path,
    only_print: bool,
    as_json: bool,
) -> None:
    """Create an action in the file of its group, with placeholder texts in each language of the shop.

    \b
    Example:
      patron new action --id spring-news --title "What is new in spring" \\
        --group news --channel email

    Exit codes: 0 success, 1 the rulebook has errors, or would have, 2 invalid arguments.
    """
    book = read_book(folder)
    name = book.fresh("action", prompted(name, "--id", "permanent id"), book.rules.actions)
    title = prompted(title, "--title", "title for staff", name.replace("-", " ").capitalize())
    group = prompted(group, "--group", "group", "offers")
    value = prompted(value, "--value", "margin gained when accepted", f"10 {book.rules.shop.currency.code}")
    where = _channel(book, channel, kind)
    piece = action_piece(book.rules, name, title, kind, group, value, where)
    if only_print and not as_json:
        say(piece.rstrip("\n"))
    file = _file(book, group)
    write(book, {file: book.with_piece(file, "actions", piece)}, only_print, as_json)


def _channel(book: Book, name: str | None, kind: str) -> Channel:
    channels = book.rules.channels
    if name is not None:
        return channels[book.known("channel", name, tuple(channels))]
    fits = _for_staff if kind == "internal" else _for_customers
    found = next(filter(fits, channels.values()), None)
    if found is None:
        fail(f"no channel fits an action of kind {kind}; name one with --channel")
    return found


def _for_staff(channel: Channel) -> bool:
    """An outbound channel without customer addresses."""
    return channel.outbound and not channel.address


def _for_customers(channel: Channel) -> bool:
    return bool(channel.placements or channel.address)


def _file(book: Book, group: str) -> str:
    """The file of the group's other actions; a new file for a new group."""
    for action in book.rules.actions.values():
        if action.group == group and action.place and "action:" not in book.files[action.place.file][:8]:
            return action.place.file
    return f"actions/{group}.yaml"
