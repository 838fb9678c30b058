"""What the probes call in this tree: its example shop, its decision, its replay, its HTTP application."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson

import engine
from engine.compiled.rulebook import Compiled
from engine.decisioning.decide import decide
from engine.domain.decision import Decision
from engine.domain.events import DecisionRequest, Event, Placed
from engine.domain.former_words import logged_event
from engine.domain.profile import Profile, apply
from engine.domain.trigger import of_event, of_request
from engine.rulebook.shop import Shop
from engine.schemas import load_event
from engine.value.tiers import Snapshot, make_snapshot, moves, place
from examples.shop import SEED, UNTIL, generate
from runtime.bootstrap import compiled, make_app
from runtime.replay import Replay

assert engine.__file__
TREE = Path(engine.__file__).resolve().parent.parent
REPLAY = ("replay", "--decide", "outbound", "--json")
"""The `patron` command that decides at every event of a log; `--out FILE` and the log follow."""
LAST_EVENTS = 5
"""Of each customer, decided on as they would be if the customer had just done them."""


def shop_log() -> Iterator[bytes]:
    """The example shop's year, an event in each line."""
    yield from map(orjson.dumps, generate(SEED, datetime.fromisoformat(UNTIL))[0])


def described() -> dict[str, object]:
    """The matcher and the rulebook that are measured."""
    book = _shipped()
    return {"matcher": book.matcher.name, "rules": len(book.rulebook.rules)}


def decisions(log: Iterable[bytes]) -> list[Callable[[], Decision]]:
    """Each call makes one pure decision: on the last events of every customer, and on a request for each placement."""
    book = _shipped()
    profiles, last, now = _played(log, book)
    snapshot = _snapshot(profiles.values(), book, now)
    out: list[Callable[[], Decision]] = []
    for customer, profile in profiles.items():
        triggers = [of_event(event) for event in last[customer] if event.type != "outcome"]
        for placement in book.rulebook.placements:
            triggers.append(of_request(DecisionRequest(f"r-{placement}", customer, (Placed(placement),))))
        out += [partial(decide, book, snapshot, profile, trigger, now) for trigger in triggers]
    return out


def recommends(decision: Decision) -> bool:
    return any(result.recommendations for result in decision.results)


def replay(lines: Iterable[bytes]) -> Iterator[object]:
    """The decisions of a log that is decided on at every event; a line is read when its turn comes."""
    book = _shipped()
    shop = book.rulebook.shop
    events = (_read(line, shop).deciding("outbound") for line in lines)
    yield from Replay(book).run(events)


def http_app() -> Any:
    """The WSGI application as gunicorn's workers make it, on the store of REDIS_URL."""
    return make_app()


def _read(line: bytes, shop: Shop) -> Event:
    """A line of a log that an older tree may have written."""
    return load_event(logged_event(orjson.loads(line)), shop, None)


def _shipped() -> Compiled:
    return compiled(TREE / "rules")


def _played(log: Iterable[bytes], book: Compiled) -> tuple[dict[str, Profile], dict[str, list[Event]], int]:
    """Every customer's profile and last events, and the time of the last of all."""
    profiles: dict[str, Profile] = {}
    last: dict[str, list[Event]] = {}
    now = 0
    for line in log:
        event = _read(line, book.rulebook.shop)
        profile = profiles.get(event.customer, Profile(event.customer))
        profiles[event.customer] = apply(profile, event, book.counters, book.rulebook.shop.days)
        last[event.customer] = [*last.get(event.customer, []), event][-LAST_EVENTS:]
        now = max(now, event.time)
    return profiles, last, now


def _snapshot(profiles: Iterable[Profile], book: Compiled, now: int) -> Snapshot:
    histogram: dict[str, int] = {}
    for profile in profiles:
        for name, change in moves(None, place(profile, book.rulebook.tiers, Snapshot())):
            histogram[name] = histogram.get(name, 0) + change
    return make_snapshot(histogram, book.rulebook.tiers, now)
