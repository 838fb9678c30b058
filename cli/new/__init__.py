"""`patron new`: create a rulebook, or an entry of one."""

import click

from cli.lazy import LazyGroup

COMMANDS = {
    "action": ("cli.new.action", "action_command"),
    "rule": ("cli.new.rule", "rule_command"),
    "rulebook": ("cli.new.rulebook", "rulebook_command"),
    "segment": ("cli.new.segment", "segment_command"),
    "table": ("cli.new.table", "table_command"),
    "test": ("cli.new.test", "test_command"),
}


@click.group("new", cls=LazyGroup, lazy=COMMANDS, short_help="Create a rulebook, or a rule, action or test.")
def new_group() -> None:
    """Create a valid rule, action, segment, table or test in the right file, or a new rulebook.

    Asks for missing options. Writes nothing if the rulebook would have errors afterwards.

    \b
    Example:
      patron new rulebook my-shop
      patron new rule --id call-inactive --serves S41 --recommend call

    Exit codes: 0 success, 1 the rulebook has errors, or would have, 2 invalid arguments.
    """


__all__ = ["new_group"]
