"""`patron backtest`: what tiers and clocks of silence would have been worth on a log."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import roles_held
from cli.extras import need_analytics
from cli.fit import EPOCH, day_text
from cli.log_file import EventFile
from cli.output import FOUND, fail, json_option, say_json
from cli.render.backtest import tell_backtest
from cli.rulebooks import load_compiled, rules_option
from engine.domain.times import day_of

if TYPE_CHECKING:
    from analytics.backtest.run import Backtest

_date = click.DateTime(["%Y-%m-%d"])


@click.command("backtest", short_help="What tiers and clocks would have been worth on your log.")
@click.argument("events", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--split", type=_date, required=True, metavar="DATE", help="The first day of the future: YYYY-MM-DD, UTC."
)
@click.option("--end", type=_date, metavar="DATE", help="The last day that counts; without it, the log's.")
@rules_option
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the intervals.")
@json_option
def backtest_command(
    events: Path, split: datetime, end: datetime | None, rules: Path, seed: int, as_json: bool
) -> None:
    """Replay a log of events (JSON lines) up to a day, rank its customers by what was known then, and compare with
    what they did afterwards. Nothing later than the split is known at the split.

    Tiers: the share of later revenue that the top 20 % bring, by the shipped score and by others; with the cut-off
    of the split, of each day, and of each moment. Churn: AUC of the risk rank, precision and recall of the risk table,
    and the clocks of silence at the same mean delay. Intervals are of 95 %, from 1,000 draws of customers (200 for
    the AUC), paired: both scores on the same draws. Roles: the share of each list from before the split that still
    has a score above 1 after it. All terms: benchmarks/VALUE.md. Needs the extra `analytics`.

    \b
    Example:
      patron backtest events.jsonl --split 1997-10-01

    Exit codes: 0 told, 1 the log cannot tell at this split, or errors in the rules, 2 wrong call, or a line that
    cannot be read.
    """
    need_analytics()
    from analytics.backtest.run import backtest  # noqa: PLC0415 - optional
    from analytics.unsupported import Unsupported  # noqa: PLC0415

    first, last = _day(split), None if end is None else _day(end)
    if last is not None and last < first:
        raise click.BadParameter(
            "the end is before the split: nothing would be left to compare with", param_hint="--end"
        )
    compiled = load_compiled(rules, "reference")
    file = EventFile(events, compiled.rulebook.shop)
    try:
        result = backtest(file, compiled, first, last, seed)
    except Unsupported as reason:
        fail(f"{events} cannot be tested at {day_text(first)}: {reason}", FOUND)
    told = as_dict(result, seed, file.digest)
    try:
        until = (event for event in file if last is None or day_of(event.time) <= last)
        told["roles"] = roles_held.as_json(roles_held.held(until, first, compiled.rulebook))
    except Unsupported as reason:
        told["refused"]["roles"] = str(reason)
    if as_json:
        say_json(told)
    else:
        tell_backtest(told, compiled.rulebook.shop.currency)


def _day(moment: datetime) -> int:
    return (moment.date() - EPOCH).days


def as_dict(result: "Backtest", seed: int, digest: str) -> dict[str, Any]:
    """The result as JSON: days as dates, revenue in minor units, shares and precisions from 0 to 1."""
    days = {name: day_text(getattr(result, name)) for name in ("first", "split", "last")}
    return {**asdict(result), **days, "roles": None, "seed": seed, "source": digest}
