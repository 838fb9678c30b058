"""What a customer costs in the store: `MEMORY USAGE` of all keys but decision records, for those of the example shop
and for one of 50 orders with little else.

Run: python -m benchmarks.memory [--json].
"""

import argparse
import json
import statistics
import tempfile
from datetime import datetime
from pathlib import Path

from redis import Redis

from benchmarks.http import event, order
from cli.serving import ROOT
from engine.events import Event, customer_key
from engine.rulebook.model import Rulebook
from engine.schemas import load_event
from engine.tiers import Snapshot
from examples.shop import SEED, UNTIL, generate
from runtime import embedded
from runtime.bootstrap import compiled, now_ms
from service import reading
from service.handle_event import handle_events
from service.live import Live
from service.service import Service
from storage.redis import connect

ORDERS = 50


def plain_buyer(book: Rulebook) -> list[Event]:
    """A name, an address, a consent, and an order every week for 50 weeks."""
    raw = [
        event("i", "identified", 0, 360, "none", traits={"first_name": "Ada", "language": "en"}),
        event("l", "link_added", 0, 360, "none", channel="email"),
        event("k", "consent_changed", 0, 360, "none", channel="email", purposes=["marketing"], granted=True),
        *(order(f"o-{n}", 0, 355 - 7 * n, "none") for n in range(ORDERS)),
    ]
    return [load_event(one, book.shop, None) for one in raw]


def measure() -> dict[str, object]:
    live = Live(compiled(ROOT / "rules"), Snapshot())
    book = live.compiled.rulebook
    shop = [load_event(raw, book.shop, None) for raw in generate(SEED, datetime.fromisoformat(UNTIL))[0]]
    with tempfile.TemporaryDirectory() as folder:
        server = embedded.start(Path(folder))
        service = Service(connect(server.url), lambda: live, now_ms)
        handle_events(shop, service.begin())
        busy = profile_bytes(server.url)
        Redis.from_url(server.url).flushall()
        handle_events(plain_buyer(book), service.begin())
        (plain,) = profile_bytes(server.url)
        reading.erase(customer_key(id="c-0"), service.begin())
        server.stop()
    return {
        "customer_of_50_orders_bytes": plain,
        "example_shop_median_bytes": round(statistics.median(busy)),
        "example_shop_largest_bytes": max(busy),
    }


def profile_bytes(url: str) -> list[int]:
    """Per customer: only the profile is a key of theirs; histogram, deliveries and snapshots are the shop's."""
    store = Redis.from_url(url)
    return [store.memory_usage(key, samples=0) for key in store.scan_iter("*:c:*")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    result = measure()
    asked = parser.parse_args()
    print(json.dumps(result) if asked.json else "  ".join(f"{name} {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
