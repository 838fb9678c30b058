"""`patron new`: a rulebook, or a piece of one, to begin with."""

import click

from cli.new.action import action_command
from cli.new.rule import rule_command
from cli.new.rulebook import rulebook_command
from cli.new.segment import segment_command
from cli.new.table import table_command
from cli.new.test import test_command


@click.group("new", short_help="A rulebook, rule, action, test ... to begin with.")
def new_group() -> None:
    """Write a piece that is right from the beginning into the file where it belongs, and leave the rest of it as it is.

    What is not said is asked for. Nothing is written when the rulebook would have an error afterwards.

    \b
    Example:
      patron new rulebook my-shop
      patron new rule --id call-who-is-quiet --serves S41 --recommend call

    Exit codes: 0 written, 1 it would be an error, 2 wrong call.
    """


for command in (action_command, rule_command, rulebook_command, segment_command, table_command, test_command):
    new_group.add_command(command)

__all__ = ["new_group"]
