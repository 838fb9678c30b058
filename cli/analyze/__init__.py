"""`patron analyze`: statistics of a purchase log, as rule files or as a report."""

import click

from cli.lazy import LazyGroup

COMMANDS = {
    "backtest": ("cli.analyze.backtest", "backtest_command"),
    "fit": ("cli.analyze.fit", "fit_command"),
    "roles": ("cli.analyze.roles", "roles_command"),
}


@click.group("analyze", cls=LazyGroup, lazy=COMMANDS, short_help="Measure churn, product roles and tiers on your log.")
def analyze_group() -> None:
    """Measure churn, product roles and tiers on a log of your own events.

    All commands need the extra `analytics` (make install-analytics).

    \b
    Example:
      patron analyze fit events.jsonl --out rules/churn.yaml
      patron analyze roles events.jsonl --out rules/roles.yaml
      patron analyze backtest events.jsonl --split 2026-01-01

    Exit codes: 0 success, 1 not enough data in the log, or errors in the rules, 2 invalid arguments, or a line of the
    log that cannot be read.
    """


__all__ = ["analyze_group"]
