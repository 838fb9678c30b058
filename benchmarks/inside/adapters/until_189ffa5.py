"""What the probes call in trees before modules moved to where they are now: up to 189ffa5."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson

import engine
from engine.compiled import Compiled
from engine.decide import decide
from engine.decision import Decision
from engine.events import DecisionRequest, Event, Placed
from engine.occasion import of_event, of_request
from engine.profile import Profile, apply
from engine.schemas import load_event
from engine.tiers import Snapshot, make_snapshot, moves, place
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
        occasions = [of_event(event) for event in last[customer] if event.type != "outcome"]
        for placement in book.rulebook.placements:
            occasions.append(of_request(DecisionRequest(f"r-{placement}", customer, (Placed(placement),))))
        out += [partial(decide, book, snapshot, profile, occasion, now) for occasion in occasions]
    return out


def recommends(decision: Decision) -> bool:
    return any(result.recommendations for result in decision.results)


def replay(lines: Iterable[bytes]) -> Iterator[object]:
    """The decisions of a log that is decided on at every event; a line is read when its turn comes."""
    book = _shipped()
    shop = book.rulebook.shop
    events = (load_event(orjson.loads(line), shop, None).deciding("outbound") for line in lines)
    yield from Replay(book).run(events)


def http_app() -> Any:
    """The WSGI application as gunicorn's workers make it, on the store of REDIS_URL."""
    return make_app()


def _shipped() -> Compiled:
    return compiled(TREE / "rules")


def _played(log: Iterable[bytes], book: Compiled) -> tuple[dict[str, Profile], dict[str, list[Event]], int]:
    """Every customer's profile and last events, and the time of the last of all."""
    profiles: dict[str, Profile] = {}
    last: dict[str, list[Event]] = {}
    now = 0
    for line in log:
        event = load_event(orjson.loads(line), book.rulebook.shop, None)
        profile = profiles.get(event.customer, Profile(event.customer))
        profiles[event.customer] = apply(profile, event, book.counters)
        last[event.customer] = [*last.get(event.customer, []), event][-LAST_EVENTS:]
        now = max(now, event.time)
    return profiles, last, now


def _snapshot(profiles: Iterable[Profile], book: Compiled, now: int) -> Snapshot:
    histogram: dict[str, int] = {}
    for profile in profiles:
        for name, change in moves(None, place(profile, book.rulebook.tiers, Snapshot())):
            histogram[name] = histogram.get(name, 0) + change
    return make_snapshot(histogram, book.rulebook.tiers, now)
