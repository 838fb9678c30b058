"""`patron new test`."""

from collections.abc import Sequence
from pathlib import Path

import click

from cli.new.book import asked, folder_option, print_option, read_book, write
from cli.new.rule import rule_test
from cli.output import fail, json_option, say
from engine.domain.times import DAY
from engine.rulebook.model import Recommend, Trigger
from engine.rulebook.read.triggers import ASKED


@click.command("test", short_help="A test of a rule.")
@click.option("--rule", "name", metavar="RULE", help="The rule that it is about.")
@click.option("--title", help="The sentence that it proves; the rule's title without it.")
@click.option("--given", default="{}", help='Facts, such as "{customer.tier: gold, customer.orders: 5}".')
@folder_option
@print_option
@json_option
def test_command(
    name: str | None, title: str | None, given: str, folder: Path, only_print: bool, as_json: bool
) -> None:
    """Add a test in which the rule is to win. Run it: as long as it fails it says which condition did not hold, so
    that you see which facts to give.

    \b
    Example:
      patron new test --rule call-who-is-quiet
      patron test rules --run "quiet"

    Exit codes: 0 written, 1 it would be an error, 2 wrong call.
    """
    book = read_book(folder)
    name = book.known("rule", asked(name, "--rule", "the rule it is about"), tuple(book.rules.rules))
    rule = book.rules.rules[name]
    if not isinstance(rule.then, Recommend):
        fail(f"{name} recommends nothing; copy a test of a rule that recommends what it forbids or boosts")
    title = book.new_test(asked(title, "--title", "the sentence that it proves", rule.title))
    action = rule.then.action
    expect = {
        "live": f"{{first: {action}, rule: {name}}}",
        "test": f"{{rejected: {{{action}: NOT_LIVE}}}}",
    }.get(rule.status, f"{{none: [{action}]}}")
    piece = rule_test(book.rules, title, _asks(rule.trigger), action, expect, given)
    file = f"tests/{rule.place.file}" if rule.place else "tests/rules.yaml"
    if only_print and not as_json:
        say(piece.rstrip("\n"))
    write(book, {file: book.with_piece(file, "tests", piece)}, only_print, as_json)


def _asks(triggers: Sequence[Trigger]) -> str:
    """The way in which most rules look, if this one does, or else its first."""
    first = triggers[0]
    if any(trigger.name == ASKED for trigger in triggers):
        return ASKED
    return f"{{after: {first.after}, wait: {first.wait // DAY} days}}" if first.after else first.name
