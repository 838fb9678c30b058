"""`patron diff`: compare two rulebooks, and replay a log under both."""

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import orjson

from authoring.replay_diff.identity_graph import IdentityGraph
from authoring.replay_diff.plan import Plan, Planner, parts_for
from authoring.replay_diff.report import report
from authoring.replay_diff.run import Ended, compare_rulebooks
from authoring.replay_diff.workers import Task
from authoring.rulebook_diff import Difference, differences
from cli.client import key_option, url_option
from cli.files import writing
from cli.log_file import amounts_option, read_items
from cli.output import FOUND, OK, fail, json_option, progress, say, say_json
from cli.render.diff import render_diff, render_rules
from cli.render.diff_page import diff_html
from cli.replay_options import decide_option, no_due_option, sent_option
from cli.rulebook_folder import matcher_option
from cli.rulebook_source import Service, Source, read_source
from engine.domain.errors import InvalidInput
from engine.domain.events import JOINS, Event
from engine.rulebook.model import Rulebook
from engine.rulebook.shop import Shop
from engine.schemas import load_event
from runtime.replay import without_learning


@dataclass(frozen=True, slots=True)
class Wish:
    """How to replay the log."""

    decide: str
    due: bool
    sent: bool
    matcher: str
    processes: int
    amounts: str


@click.command("diff", short_help="Compare two rulebooks on a log.")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.argument("events", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--rules-only", is_flag=True, help="Compare the rule files only, without a replay.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write the report as an HTML page with charts.",
)
@decide_option
@sent_option(default=True)
@no_due_option
@click.option(
    "--processes",
    "-j",
    type=click.IntRange(1, 256),
    default=None,
    help="Maximum number of parallel processes (default: one per processor). The result does not depend on it.",
)
@url_option
@key_option
@amounts_option
@matcher_option
@json_option
def diff_command(
    before: str,
    after: str,
    events: Path | None,
    rules_only: bool,
    html: Path | None,
    decide: str,
    sent: bool,
    no_due: bool,
    amounts: str,
    processes: int | None,
    url: str,
    key: str | None,
    matcher: str,
    as_json: bool,
) -> None:
    """Replay EVENTS (JSON lines, as for `patron replay`) under the rulebooks A and B, and report the customers who are
    treated differently: recommendations gained and lost by tier and channel, changes of tier, expected cost and gain,
    contact pressure, and ten example customers with the reasons of both sides.

    A and B are folders, git revisions (`main`, `HEAD~1`; `HEAD:shop/rules` if the rules are not in `rules` or in the
    folder of the other side), or revisions stored by a service (`sha256:...`, fetched from --url with --key).

    The log has no outcomes for messages that only A or B would have sent. So every message counts as sent when it is
    decided, for cooldowns, limits and `once`, and nothing is learned. --as-logged counts only outcomes in the log as
    contacts, and learns propensities from them.

    Customers are replayed in parallel. If they share a budget, a stock, a total limit or learned propensities, they are
    replayed in the order of the log, each rulebook in its own process.

    \b
    Example:
      patron diff main rules events.jsonl
      patron diff HEAD~1 rules events.jsonl --html diff.html
      patron diff main rules --rules-only

    Exit codes: 0 no difference, 1 differences, 2 invalid arguments, errors in a rulebook, or a line of the log that
    cannot be read.
    """
    if events is None and not rules_only:
        fail("no log to replay: name EVENTS, or compare the rule files only with --rules-only")
    service = Service(url, key)
    one, other = read_source(before, service, after), read_source(after, service, before)
    written = differences(one.files, other.files)
    if rules_only or events is None:
        _render_rules(one, other, written, as_json)
        sys.exit(FOUND if written else OK)
    wish = Wish(decide, not no_due, sent, matcher, processes or os.cpu_count() or 1, amounts)
    result = {
        **_sides(one, other),
        "rules": [each.to_json() for each in written],
        **_replayed(one, other, events, wish),
    }
    if html is not None:
        with writing(html):
            html.write_text(diff_html(result), encoding="utf-8")
    if as_json:
        say_json(result)
    else:
        for line in render_diff(result):
            say(line)
    sys.exit(FOUND if result["different"] else OK)


def _sides(one: Source, other: Source) -> dict[str, Any]:
    return {
        side: {"name": source.name, "revision": source.book.revision} for side, source in (("a", one), ("b", other))
    }


def _render_rules(one: Source, other: Source, written: list[Difference], as_json: bool) -> None:
    if as_json:
        say_json({**_sides(one, other), "rules": [each.to_json() for each in written]})
    else:
        for line in render_rules([each.words for each in written]):
            say(line)


def _replayed(one: Source, other: Source, events: Path, wish: Wish) -> dict[str, Any]:
    money, foreign = one.book.shop.currency, other.book.shop.currency
    if money != foreign:
        fail(f"cannot compare two currencies: {one.name} uses {money.code}, {other.name} uses {foreign.code}")
    before, after = (without_learning(side.book) if wish.sent else side.book for side in (one, other))
    with tempfile.TemporaryDirectory(prefix="patron-diff-") as folder:
        plan = _planned(before, after, events, wish, Path(folder))
        if not plan.counted.items:
            fail(f"{events} is empty; name a log with events")
        if plan.in_sequence and sys.stderr.isatty():
            click.echo("Customers are replayed in the order of the log, one rulebook per process.", err=True)
        task = Task(before, after, plan, wish.matcher, wish.due, wish.sent)
        try:
            with progress("replaying", 2 * plan.counted.items) as advance:
                result = compare_rulebooks(task, wish.processes, advance)
        except Ended as ended:
            fail(str(ended))
    return report(result, plan, money, wish.sent)


def _planned(before: Rulebook, after: Rulebook, events: Path, wish: Wish, folder: Path) -> Plan:
    try:
        identities = IdentityGraph(_aliased(events, before.shop))
        planner = Planner(folder, identities, parts_for(events.stat().st_size))
        items = read_items(events, before.shop, wish.decide, f"reading {events.name}", wish.amounts)
        return planner.plan(items, before, after)
    except OSError as error:
        fail(f"{error.filename or events}: {error.strerror}")


def _aliased(events: Path, shop: Shop) -> Iterator[Event]:
    """The events that join two ids of one customer. Invalid lines are reported later, when all lines are read."""
    with events.open("rb") as lines:
        for line in lines:
            if b'"aliased"' in line or b'"merged"' in line:
                try:
                    event = load_event(orjson.loads(line), shop, None)
                except (ValueError, InvalidInput):
                    continue
                if event.type in JOINS:
                    yield event
