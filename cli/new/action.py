"""`patron new action`."""

from pathlib import Path

import click

from cli.new.book import Book, asked, folder_option, print_option, read_book, write
from cli.new.pieces import action_piece
from cli.output import fail, json_option, say
from engine.rulebook.offers import Channel
from engine.rulebook.read.words import KINDS


@click.command("action", short_help="Something that can be recommended.")
@click.option("--id", "name", help="Its permanent id: lower-case words joined by hyphens.")
@click.option("--title", help="What it is, for the people who run the shop.")
@click.option("--kind", type=click.Choice(KINDS), default="marketing", show_default=True, help="What it is.")
@click.option("--group", help="Actions that count as one thing in caps and cooldowns.")
@click.option("--channel", help="Where it is said; the first that suits its kind without it.")
@click.option("--value", help="The margin that is gained when it is accepted, such as 10 EUR.")
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
    """Add an action, with a text in each language of the shop to be written anew, to the file of its group.

    \b
    Example:
      patron new action --id spring-letter --title "What is new in spring" \\
        --group news --channel email

    Exit codes: 0 written, 1 it would be an error, 2 wrong call.
    """
    book = read_book(folder)
    name = book.fresh("action", asked(name, "--id", "its permanent id"), book.rules.actions)
    title = asked(title, "--title", "what it is", name.replace("-", " ").capitalize())
    group = asked(group, "--group", "the group it belongs to", "offers")
    value = asked(value, "--value", "the margin that is gained", f"10 {book.rules.shop.currency.code}")
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
        fail(f"no channel suits an action of kind {kind}; name one with --channel")
    return found


def _for_staff(channel: Channel) -> bool:
    """A list that needs no customer to be reachable."""
    return channel.outbound and not channel.link


def _for_customers(channel: Channel) -> bool:
    return bool(channel.placements or channel.link)


def _file(book: Book, group: str) -> str:
    """Where the group's other actions are; a file of its own for a new one."""
    for action in book.rules.actions.values():
        if action.group == group and action.place and "action:" not in book.files[action.place.file][:8]:
            return action.place.file
    return f"actions/{group}.yaml"
