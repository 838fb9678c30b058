"""`patron new rule`."""

from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click

from cli.new.book import asked, folder_option, print_option, read_book, write
from cli.new.pieces import likely_condition, rule_piece, test_piece
from cli.output import json_option, say
from engine.rulebook.model import Rulebook
from engine.rulebook.read.book import RULE_FILES
from engine.rulebook.read.triggers import ASKED
from engine.rulebook.read.words import STATEMENTS

_FILES: Final = dict(zip("123456", RULE_FILES, strict=True))
"""Statements S10 to S19 are about connection, and so on; the first ones are about all, and go with operation."""


@click.command("rule", short_help="A rule, with a test.")
@click.option("--id", "name", help="Its permanent id: lower-case words joined by hyphens.")
@click.option("--title", help='The answer to "why did I get this?".')
@click.option("--serves", multiple=True, metavar="S41", help="A statement of the strategy; more than once for more.")
@click.option("--recommend", "action", metavar="ACTION", help="What is recommended, from actions/.")
@click.option("--trigger", default="asked", show_default=True, help="What makes it look.")
@click.option("--when", metavar="CONDITION", help='Such as "customer.orders: {at_least: 3}".')
@click.option("--owner", help="Who answers for it.")
@click.option(
    "--file", "file", type=click.Choice(RULE_FILES), metavar="FILE", help="Where it goes; otherwise by what it serves."
)
@folder_option
@print_option
@json_option
def rule_command(
    name: str | None,
    title: str | None,
    serves: tuple[str, ...],
    action: str | None,
    trigger: str,
    when: str | None,
    owner: str | None,
    file: str | None,
    folder: Path,
    only_print: bool,
    as_json: bool,
) -> None:
    """Add a rule with `status: draft` behind the others of its file, and a test for it in tests/.

    \b
    Example:
      patron new rule --id call-who-is-quiet --serves S41 \\
        --title "Who is quiet is called" --recommend personal-call

    Exit codes: 0 written, 1 it would be an error, 2 wrong call.
    """
    book = read_book(folder)
    name = book.fresh("rule", asked(name, "--id", "its permanent id"), book.rules.rules)
    serves = serves or (asked(None, "--serves", "the statement it serves, such as S41"),)
    for statement in serves:
        book.known("statement", statement, sorted(STATEMENTS))
    action = book.known("action", asked(action, "--recommend", "the action it recommends"), tuple(book.rules.actions))
    title = asked(title, "--title", 'the answer to "why did I get this?"', name.replace("-", " ").capitalize())
    owner = asked(owner, "--owner", "who answers for it", "crm")
    piece = rule_piece(name, title, serves, owner, trigger, action, when or likely_condition(book.rules))
    file = file or _FILES.get(serves[0][1] if len(serves[0]) > 2 else "4", "operation.yaml")
    if only_print and not as_json:
        say(piece.rstrip("\n"))
    test = rule_test(book.rules, book.new_test(title), trigger, action, f"{{none: [{action}]}}")
    note = f"   # a draft is never shown; when it is live: {{first: {action}, rule: {name}}}"
    changes = {
        file: book.with_piece(file, "rules", piece),
        f"tests/{file}": book.with_piece(f"tests/{file}", "tests", test.rstrip("\n") + note),
    }
    write(book, changes, only_print, as_json)


def rule_test(book: Rulebook, title: str, ask: str, action: str, expect: str, given: str = "{}") -> str:
    """A test in which somebody asks in the way in which the rule looks."""
    slots = [
        slot
        for treatment in book.actions[action].treatments
        if not book.channels[treatment.channel].outbound
        for slot in treatment.placements or [one.id for one in book.channels[treatment.channel].placements]
    ]
    asks = [f"placements: [{slots[0]}]"] if slots and ask == ASKED else []
    return test_piece(title, now_in(book), asks if ask == ASKED else [f"ask: {ask}"], given, expect)


def now_in(book: Rulebook) -> str:
    """Today at ten, where the shop is."""
    today = datetime.now(ZoneInfo(book.shop.zone)).replace(hour=10, minute=0, second=0, microsecond=0)
    return today.isoformat()
