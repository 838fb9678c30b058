"""`patron analyze backtest`: how well tiers, churn models and roles predict the rest of a log."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.analyze.files import EPOCH, day_text, events_argument
from cli.analyze.held_roles import held, held_json
from cli.extras import need_analytics
from cli.log_file import EventFile, amounts_option
from cli.output import FOUND, fail, json_option, say_json
from cli.render.backtest import render_backtest
from cli.rulebook_folder import load_compiled, rules_option

if TYPE_CHECKING:
    from analytics.backtest.run import Backtest

_date = click.DateTime(["%Y-%m-%d"])


@click.command("backtest", short_help="Test tiers, churn models and roles on your log.")
@events_argument
@click.option("--split", type=_date, required=True, metavar="DATE", help="First day to predict, in the shop's zone.")
@click.option("--end", type=_date, metavar="DATE", help="Last day to predict (default: the last day of the log).")
@amounts_option
@rules_option
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Random seed of the confidence intervals."
)
@json_option
def backtest_command(
    events: Path, split: datetime, end: datetime | None, amounts: str, rules: Path, seed: int, as_json: bool
) -> None:
    """Replay a log of EVENTS (JSON lines) up to a day, rank its customers as of that day, and compare with their
    purchases afterwards. The ranking uses no data from after the split.

    Tiers: the share of later revenue from the top 20 % of the customers, by the shipped customer value score and by
    others, with the cut-off of the split, of each day, and of each moment. Churn: AUC of the risk rank, precision and
    recall of the risk table, and the models of inactivity at the same mean delay. Roles: the share of each list from
    before the split that still scores above 1 after it. Confidence intervals are 95 %, from 1,000 paired bootstrap
    draws of customers (200 for the AUC). All terms: benchmarks/VALUE.md. Needs the extra `analytics`.

    \b
    Example:
      patron analyze backtest events.jsonl --split 1997-10-01

    Exit codes: 0 success, 1 not enough data in the log at this split, or errors in the rules, 2 invalid arguments, or a
    line that cannot be read.
    """
    need_analytics()
    from analytics.backtest.run import backtest  # noqa: PLC0415 - optional
    from analytics.unsupported import Unsupported  # noqa: PLC0415

    first, last = _days(split, end)
    compiled = load_compiled(rules, "reference")
    file = EventFile(events, compiled.rulebook.shop, amounts)
    try:
        result = backtest(file, compiled, first, last, seed)
    except Unsupported as reason:
        fail(f"cannot backtest {events} at {day_text(first)}: {reason}", FOUND)
    told = as_dict(result, seed, file.digest)
    try:
        days = compiled.rulebook.shop.days
        until = (event for event in file if last is None or days.of(event.time) <= last)
        told["roles"] = held_json(held(until, first, compiled.rulebook))
    except Unsupported as reason:
        told["refused"]["roles"] = str(reason)
    if as_json:
        say_json(told)
    else:
        render_backtest(told, compiled.rulebook.shop.currency)


def _days(split: datetime, end: datetime | None) -> tuple[int, int | None]:
    """The first and the last day to predict, as UTC day numbers."""
    if end is not None and end < split:
        raise click.BadParameter(
            "the end is before the split, which leaves nothing to predict; write a later day", param_hint="--end"
        )
    return split.toordinal() - EPOCH, None if end is None else end.toordinal() - EPOCH


def as_dict(result: "Backtest", seed: int, digest: str) -> dict[str, Any]:
    """The result as JSON: days as dates, revenue in minor units, shares and precisions from 0 to 1."""
    days = {name: day_text(getattr(result, name)) for name in ("first", "split", "last")}
    return {**asdict(result), **days, "roles": None, "seed": seed, "source": digest}
