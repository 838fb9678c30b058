"""`patron new test`."""

from collections.abc import Sequence
from pathlib import Path

import click

from cli.new.book import folder_option, print_option, prompted, read_book, write
from cli.new.rule import rule_test
from cli.output import fail, json_option, say
from engine.domain.times import DAY
from engine.domain.trigger import REQUESTED
from engine.rulebook.model import Recommend, RuleTrigger


@click.command("test", short_help="Create a test of a rule.")
@click.option("--rule", "name", metavar="RULE", help="Rule to test.")
@click.option("--title", help="Name of the test (default: the title of the rule).")
@click.option(
    "--given",
    default="{}",
    metavar="FACTS",
    help='Facts, such as "{customer.tier: gold, customer.orders: 5}" (default: none).',
)
@folder_option
@print_option
@json_option
def test_command(
    name: str | None, title: str | None, given: str, folder: Path, only_print: bool, as_json: bool
) -> None:
    """Create a test that expects the rule to win. Run it: while it fails, it shows the conditions that did not hold, so
    you see which facts to set.

    \b
    Example:
      patron new test --rule call-inactive
      patron test rules --run "inactive"

    Exit codes: 0 success, 1 the rulebook has errors, or would have, 2 invalid arguments.
    """
    book = read_book(folder)
    name = book.known("rule", prompted(name, "--rule", "rule to test"), tuple(book.rules.rules))
    rule = book.rules.rules[name]
    if not isinstance(rule.then, Recommend):
        fail(f"{name} recommends nothing; instead test a rule whose action it forbids or boosts")
    title = book.new_test(prompted(title, "--title", "name of the test", rule.title))
    action = rule.then.action
    expect = {
        "live": f"{{first: {action}, rule: {name}}}",
        "shadow": f"{{rejected: {{{action}: NOT_LIVE}}}}",
    }.get(rule.status, f"{{none: [{action}]}}")
    piece = rule_test(book.rules, title, _asks(rule.trigger), action, expect, given)
    file = f"tests/{rule.place.file}" if rule.place else "tests/rules.yaml"
    if only_print and not as_json:
        say(piece.rstrip("\n"))
    write(book, {file: book.with_piece(file, "tests", piece)}, only_print, as_json)


def _asks(triggers: Sequence[RuleTrigger]) -> str:
    """The trigger `requested` if the rule has it, or else its first."""
    first = triggers[0]
    if any(trigger.name == REQUESTED for trigger in triggers):
        return REQUESTED
    return f"{{after: {first.after}, wait: {first.wait // DAY} days}}" if first.after else first.name
