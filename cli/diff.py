"""`patron diff`: who would be treated differently under other rules."""

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import orjson

from authoring.replay_diff.identity_graph import People
from authoring.replay_diff.plan import Plan, Planner, parts_for
from authoring.replay_diff.report import report
from authoring.replay_diff.run import Ended, compare_rulebooks
from authoring.replay_diff.workers import Task
from authoring.rulebook_diff import Difference, differences
from cli.log_file import KEEP, read_items
from cli.output import FOUND, OK, fail, json_option, progress, say, say_json
from cli.render.diff import tell_diff, tell_rules
from cli.render.diff_page import diff_html
from cli.report import key_option, url_option
from cli.rulebook_source import Service, Source, read_source
from cli.rulebooks import matcher_option
from engine.domain.errors import InvalidInput
from engine.domain.events import Event
from engine.rulebook.model import Rulebook
from engine.rulebook.shop import Shop
from engine.schemas import load_event
from runtime.replay import without_learning


@dataclass(frozen=True, slots=True)
class Wish:
    """How the history is to be replayed."""

    decide: str
    due: bool
    sent: bool
    matcher: str
    processes: int


@click.command("diff", short_help="Who would be treated differently under other rules?")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.argument("events", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--rules-only", is_flag=True, help="Compare what is written, and replay nothing.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page with charts here.")
@click.option(
    "--decide",
    type=click.Choice(["keep", "outbound", "none"]),
    default=KEEP,
    show_default=True,
    help="Decide on events as they say themselves, on all, or on none (requests are always decided).",
)
@click.option(
    "--sent/--as-logged",
    default=True,
    show_default=True,
    help="Count every message as sent, and learn nothing; or only what the outcomes of the log tell of.",
)
@click.option("--no-due", is_flag=True, help="Leave out what is decided when a customer does nothing.")
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    default=None,
    help="At most so many at once; without it, one per processor. The result is the same.",
)
@url_option
@key_option
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
    processes: int | None,
    url: str,
    key: str | None,
    matcher: str,
    as_json: bool,
) -> None:
    """Replay EVENTS (JSON lines, as for `patron replay`) under the rulebooks A and B, and say who is treated
    differently: what is recommended more or less, to which tiers and over which channels, who is in another tier, what
    it costs, how much customers hear of us, and ten customers with the reasons of both sides.

    A and B are folders, git revisions (`main`, `HEAD~1`; `HEAD:shop/rules` where the rules are not in `rules` or in
    the folder that the other side names), or revisions that a service has stored (`sha256:...`; --url and --key tell
    where).

    What A or B would have sent has no outcome in the log. So every message counts as sent at the moment it is decided:
    cooldowns, limits and `once` see it. What customers would have answered nobody knows: `learning` is left out. With
    --as-logged only what the outcomes of the log tell of is a contact, and chances are learned from them.

    Customers are replayed apart, on all processors. Where they share something (a budget, a stock, a total limit,
    learned chances) they are replayed in the order of the log, each rulebook in a process of its own.

    \b
    Example:
      patron diff main rules events.jsonl
      patron diff HEAD~1 rules events.jsonl --html diff.html
      patron diff main rules --rules-only

    Exit codes: 0 no difference, 1 differences, 2 it could not begin: wrong call, errors in a rulebook, or a line of
    the log that cannot be read.
    """
    if events is None and not rules_only:
        fail("there is no log to replay: name EVENTS, or compare what is written with --rules-only")
    service = Service(url, key)
    one, other = read_source(before, service, after), read_source(after, service, before)
    written = differences(one.files, other.files)
    if rules_only or events is None:
        _tell_rules(one, other, written, as_json)
        sys.exit(FOUND if written else OK)
    wish = Wish(decide, not no_due, sent, matcher, processes or os.cpu_count() or 1)
    told = {**_sides(one, other), "rules": [each.to_json() for each in written], **_replayed(one, other, events, wish)}
    if html is not None:
        _write(html, diff_html(told))
    if as_json:
        say_json(told)
    else:
        for line in tell_diff(told):
            say(line)
    sys.exit(FOUND if told["different"] else OK)


def _sides(one: Source, other: Source) -> dict[str, Any]:
    return {
        side: {"name": source.name, "revision": source.book.revision} for side, source in (("a", one), ("b", other))
    }


def _tell_rules(one: Source, other: Source, written: list[Difference], as_json: bool) -> None:
    if as_json:
        say_json({**_sides(one, other), "rules": [each.to_json() for each in written]})
    else:
        for line in tell_rules([each.words for each in written]):
            say(line)


def _replayed(one: Source, other: Source, events: Path, wish: Wish) -> dict[str, Any]:
    money, foreign = one.book.shop.currency, other.book.shop.currency
    if money != foreign:
        fail(f"{one.name} counts in {money.code} and {other.name} in {foreign.code}: they cannot be compared")
    before, after = (without_learning(side.book) if wish.sent else side.book for side in (one, other))
    with tempfile.TemporaryDirectory(prefix="patron-diff-") as folder:
        plan = _planned(before, after, events, wish, Path(folder))
        if not plan.counted.items:
            fail(f"{events} is empty: there is nothing to replay")
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
        people = People(_aliased(events, before.shop))
        planner = Planner(folder, people, parts_for(events.stat().st_size))
        items = read_items(events, before.shop, wish.decide, f"reading {events.name}")
        return planner.plan(items, before, after)
    except OSError as error:
        fail(f"{error.filename or events}: {error.strerror}")


def _aliased(events: Path, shop: Shop) -> Iterator[Event]:
    """The events that say that two ids are one customer. Lines that are wrong are told of when all are read."""
    with events.open("rb") as lines:
        for line in lines:
            if b'"aliased"' in line:
                try:
                    event = load_event(orjson.loads(line), shop, None)
                except (ValueError, InvalidInput):
                    continue
                if event.type == "aliased":
                    yield event


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{path}: {error.strerror}")
