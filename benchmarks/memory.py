"""What customers and decisions cost in the store: `MEMORY USAGE` of their keys in a real Valkey.

A customer: all keys but decision records, for the customers of the example shop and for one of 50 orders with little
else. A decision: its record, for a decision at every event of the example shop's year, at the event's own time.

Run: python -m benchmarks.memory [--json].
"""

import argparse
import json
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from redis import Redis

from benchmarks.shop_events import Shop
from cli.serving import ROOT
from engine.domain.decision import Decision
from engine.domain.errors import PatronError
from engine.domain.events import OUTBOUND, Event
from engine.domain.times import utc_day
from engine.rulebook.model import Rulebook
from engine.schemas import load_event
from engine.value.tiers import Snapshot
from examples.shop import SEED, UNTIL, generate
from runtime import embedded
from runtime.bootstrap import compiled, now_ms
from service import figures
from service.handle_event import handle_events
from service.live import Live
from service.replies import Decided
from service.service import Service
from storage.keys import record_key
from storage.redis import connect

ORDERS = (50, 1_000)


def plain_buyer(book: Rulebook, orders: int) -> list[Event]:
    """A name, an address, a consent, and so many orders within a year: every week for 50."""
    shop = Shop(1, datetime.now(UTC).replace(microsecond=0))
    raw = [
        shop.event("i", "identified", 0, 360, "none", traits={"first_name": "Ada", "language": "en"}),
        shop.event("l", "channel_address_added", 0, 360, "none", channel="email"),
        shop.event("k", "consent_changed", 0, 360, "none", channel="email", purposes=["marketing"], granted=True),
        *(shop.order(f"o-{n}", 0, 355 - 350 * n / orders, "none") for n in range(orders)),
    ]
    return [load_event(one, book.shop, None) for one in raw]


def measure() -> dict[str, object]:
    live = Live(compiled(ROOT / "rules"), Snapshot())
    book = live.compiled.rulebook
    events = [load_event(raw, book.shop, None) for raw in generate(SEED, datetime.fromisoformat(UNTIL))[0]]
    with tempfile.TemporaryDirectory() as folder:
        server = embedded.start(Path(folder))
        try:
            service = Service(connect(server.url), lambda: live, now_ms)
            handle_events(events, service.begin())
            busy = profile_bytes(server.url)
            Redis.from_url(server.url).flushall()
            plain = {}
            for orders in ORDERS:
                handle_events(plain_buyer(book, orders), service.begin())
                (plain[f"customer_of_{orders}_orders_bytes"],) = profile_bytes(server.url)
                Redis.from_url(server.url).flushall()
            decided = decisions(server.url, live, events)
            records = record_bytes(server.url, decided)
        finally:
            server.stop()
    return {
        **plain,
        "example_shop_median_bytes": round(statistics.median(busy)),
        "example_shop_largest_bytes": max(busy),
        **sizes("record_with_recommendation", [size for given, size in records if given]),
        **sizes("record_without_recommendation", [size for given, size in records if not given]),
    }


def profile_bytes(url: str) -> list[int]:
    """Per customer: the profile, and the older orders; histogram, deliveries and snapshots are the shop's."""
    store = Redis.from_url(url)

    def size(key: bytes) -> int:
        return store.memory_usage(key, samples=0) or 0

    return [size(key) + size(key.replace(b":c:", b":o:", 1)) for key in store.scan_iter("*:c:*")]


def decisions(url: str, live: Live, events: Iterable[Event]) -> list[Decision]:
    """The decisions on all events, each at its own time and with the population statistics of the day before."""
    now, day, answers = 0, None, []
    service = Service(connect(url), lambda: live, lambda: now)
    for event in events:
        now = event.time
        if utc_day(now) != day:
            day = utc_day(now)
            live = replace(live, snapshot=figures.take_snapshot(service.begin()))
        (reply,) = handle_events([event.deciding(OUTBOUND)], service.begin())
        if isinstance(reply, PatronError):
            raise SystemExit(f"event {event.id} was refused: {reply}")
        if isinstance(reply, Decided):
            answers.append(reply.decision)
    return answers


def record_bytes(url: str, answers: Iterable[Decision]) -> list[tuple[bool, int]]:
    """For each decision whether it recommends anything, and the size of its record."""
    store = Redis.from_url(url)
    found = []
    for answer in answers:
        size = store.memory_usage(record_key(answer.decision_id), samples=0)
        if size is None:
            raise SystemExit(f"decision {answer.decision_id} has no record")
        found.append((bool(answer.given), size))
    return found


def sizes(name: str, of: Sequence[int]) -> dict[str, int]:
    return {
        f"{name}_count": len(of),
        f"{name}_median_bytes": round(statistics.median(of)),
        f"{name}_largest_bytes": max(of),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    result = measure()
    print(json.dumps(result) if asked.json else "\n".join(f"{name} {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
