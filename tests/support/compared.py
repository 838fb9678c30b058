"""Two rulebooks to compare, and a log with everything in it: silence, late lines, merged ids, outcomes, requests."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from authoring.checking import load
from authoring.replay_diff.identity_graph import IdentityGraph
from authoring.replay_diff.plan import Plan, Planner
from authoring.replay_diff.workers import Task
from engine.compiled.rulebook import Compiled, prepare
from engine.domain.events import DecisionRequest, Event, Outcome
from engine.domain.times import DAY
from engine.rulebook.model import Rulebook
from engine.rulebook.reference import ReferenceMatcher
from engine.schemas import load_event, load_request
from examples.shop import SEED, UNTIL, generate
from runtime.replay import Item, Replay
from tests.support.books import RULES

PEOPLE = 12
"""Customers of the example shop, with the anonymous ids that become theirs."""
OUTCOMES = ("impression", "click", "accept", "reject")


@cache
def book_a() -> Rulebook:
    """The shipped rules, without what customers share."""
    book = load(RULES)
    actions = {name: replace(one, total=None, budget=None, stock=None) for name, one in book.actions.items()}
    return replace(book, actions=actions, arbitration=replace(book.arbitration, learning=None))


@cache
def book_b() -> Rulebook:
    """Others in much: tiers, caps, cooldowns, chances, texts, and a rule less."""
    book = book_a()
    first, *rest = book.tiers.levels
    tiers = replace(book.tiers, levels=(replace(first, enter_top=0.3, leave_top=0.35), *rest))
    policy = replace(book.contact_policy, cooldown_groups={"growth": 2 * DAY}, caps=book.contact_policy.caps[1:])
    actions = {name: replace(one, propensity=min(1.0, 2 * one.propensity)) for name, one in book.actions.items()}
    actions["link-app"] = replace(actions["link-app"], expires=2 * DAY)
    rules = {name: rule for name, rule in book.rules.items() if name != "one-question-after-the-first-delivery"}
    return replace(book, revision="sha256:b", tiers=tiers, contact_policy=policy, actions=actions, rules=rules)


def ready(book: Rulebook) -> Compiled:
    return prepare(book, ReferenceMatcher(book))


@cache
def items() -> tuple[Item, ...]:
    """The log. Outcomes are of what A recommends, so that under B some are strays; one is of nothing."""
    replay = Replay(ready(book_a()))
    found: list[Item] = []
    for item in _late(list(_shop())):
        found.append(item)
        for decision in list(replay.run([item])):
            for one in decision.given[:1]:
                what = OUTCOMES[len(found) % len(OUTCOMES)]
                outcome = Outcome(one.recommendation_id, what, replay.now)
                found.append(outcome)
                list(replay.run([outcome]))
    found.append(Outcome("r-00000000000000000000ff-000000", "click", replay.now))
    return tuple(found)


def _shop() -> Iterator[Item]:
    events, _ = generate(SEED, datetime.fromisoformat(UNTIL))
    shop = book_a().shop
    ids: dict[str, None] = {}
    for event in events:
        if event["type"] == "aliased":
            ids.setdefault(event["customer"]["id"])
    for event in events:
        ids.setdefault(event["customer"].get("id", ""))
    wanted = {name for name in list(ids)[:PEOPLE] if name}
    aliases = {
        e["properties"]["anonymous_id"] for e in events if e["type"] == "aliased" and e["customer"]["id"] in wanted
    }
    for number, event in enumerate(events):
        who = event["customer"]
        if who.get("id") in wanted or who.get("anonymous_id") in aliases:
            yield load_event({**event, "decide": "outbound" if number % 3 else "none"}, shop, None)
            if event["type"] == "visited" and event["properties"]["surface"] != "store":
                asked: dict[str, Any] = {"request_id": f"q-{number}", "customer": who}
                request: DecisionRequest = load_request(
                    {**asked, "placements": [{"id": "home.banner"}]}, shop, logged=True
                )
                yield request


def _late(lines: list[Item]) -> list[Item]:
    """Every fortieth line comes twenty lines later, with its own time."""
    for at in range(0, len(lines) - 40, 40):
        lines.insert(at + 20, lines.pop(at))
    return lines


def identities() -> IdentityGraph:
    return IdentityGraph(item for item in items() if isinstance(item, Event) and item.type == "aliased")


def planned(folder: Path, parts: int, before: Rulebook, after: Rulebook, log: Sequence[Item] | None = None) -> Plan:
    return Planner(folder, identities(), parts).plan(items() if log is None else log, before, after)


def task_of(plan: Plan, sent: bool = False) -> Task:
    return Task(book_a(), book_b(), plan, "reference", sent=sent)


def as_bytes(told: dict[str, Any]) -> bytes:
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)
