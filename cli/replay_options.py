"""How to replay a log: the options that `patron replay` and `patron diff` share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from cli.log_file import KEEP

F = TypeVar("F", bound=Callable[..., Any])

decide_option = click.option(
    "--decide",
    type=click.Choice([KEEP, "outbound", "none"]),
    default=KEEP,
    show_default=True,
    help="Decide on events: keep (as set in each), outbound (all) or none. Requests always get a decision.",
)
no_due_option = click.option("--no-due", is_flag=True, help="Skip decisions on timers and inactive customers.")


def sent_option(*, default: bool) -> Callable[[F], F]:
    """--sent or --as-logged. A diff needs --sent: the log has no outcomes for messages that only one side sends."""
    return click.option(
        "--sent/--as-logged",
        default=default,
        show_default=True,
        help="Count every message as sent, without learning; or count only the outcomes in the log.",
    )
