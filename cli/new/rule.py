"""`patron new rule`."""

from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click

from cli.new.book import folder_option, print_option, prompted, read_book, write
from cli.new.pieces import likely_condition, rule_piece, test_piece
from cli.output import json_option, say
from engine.domain.trigger import REQUESTED
from engine.rulebook.model import Rulebook
from engine.rulebook.read.book import RULE_FILES
from engine.rulebook.read.words import STATEMENTS

_FILES: Final = dict(zip("123456", RULE_FILES, strict=True))
"""Statements S10 to S19 are about connection, and so on; the first ones are about all, and go with operation."""


@click.command("rule", short_help="Create a rule and its test.")
@click.option("--id", "name", metavar="ID", help="Permanent id: lower-case words joined by hyphens.")
@click.option("--title", help="Title: a short sentence for staff (default: from the id).")
@click.option("--serves", multiple=True, metavar="S41", help="Statement of the strategy; repeat for several.")
@click.option("--recommend", "action", metavar="ACTION", help="Action to recommend, from actions/.")
@click.option("--trigger", default="requested", show_default=True, help="Trigger to evaluate the rule on.")
@click.option("--when", metavar="CONDITION", help='Condition, such as "customer.orders: {at_least: 3}".')
@click.option("--owner", help="Team or person responsible (default: crm).")
@click.option(
    "--file",
    "-f",
    "file",
    type=click.Choice(RULE_FILES),
    metavar="FILE",
    help="Rule file to add to (default: the file of the statement).",
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
    """Create a rule with `status: draft` at the end of its file, and a test for it in tests/.

    \b
    Example:
      patron new rule --id call-inactive --serves S41 \\
        --title "Inactive customers get a call" --recommend personal-call

    Exit codes: 0 success, 1 the rulebook has errors, or would have, 2 invalid arguments.
    """
    book = read_book(folder)
    name = book.fresh("rule", prompted(name, "--id", "permanent id"), book.rules.rules)
    serves = serves or (prompted(None, "--serves", "statement that the rule serves, such as S41"),)
    for statement in serves:
        book.known("statement", statement, sorted(STATEMENTS))
    action = book.known("action", prompted(action, "--recommend", "action to recommend"), tuple(book.rules.actions))
    title = prompted(title, "--title", "a short sentence for staff", name.replace("-", " ").capitalize())
    owner = prompted(owner, "--owner", "team or person responsible", "crm")
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
    """A test with the trigger of the rule."""
    slots = [
        slot
        for treatment in book.actions[action].treatments
        if not book.channels[treatment.channel].outbound
        for slot in treatment.placements or [one.id for one in book.channels[treatment.channel].placements]
    ]
    asks = [f"placements: [{slots[0]}]"] if slots and ask == REQUESTED else []
    return test_piece(title, now_in(book), asks if ask == REQUESTED else [f"ask: {ask}"], given, expect)


def now_in(book: Rulebook) -> str:
    """Today at ten, in the shop's time zone."""
    today = datetime.now(ZoneInfo(book.shop.zone)).replace(hour=10, minute=0, second=0, microsecond=0)
    return today.isoformat()
