"""One pure decision with the shipped rulebook: p50 and p99 in microseconds, over customers of the example shop.

Run: python -m benchmarks.decision [--json]. The occasions are the shop's own last events and requests for every
placement; profiles are what the shop's history made of them. Nothing is read or written while the clock runs.
"""

import argparse
import gc
import json
import statistics
from datetime import datetime
from pathlib import Path
from time import perf_counter_ns

from engine.compiled import Compiled
from engine.decide import decide
from engine.events import DecisionRequest, Event, Placed
from engine.occasion import Occasion, of_event, of_request
from engine.profile import Profile, apply
from engine.schemas import load_event
from engine.tiers import Snapshot, make_snapshot, moves, place
from examples.shop import SEED, UNTIL, generate
from runtime.bootstrap import compiled

ROUNDS = 5


def situations(book: Compiled) -> tuple[list[tuple[Profile, Occasion, int]], Snapshot]:
    """Each customer's profile with the events that were its last, and with a request for each placement."""
    profiles: dict[str, Profile] = {}
    last: dict[str, list[Event]] = {}
    histogram: dict[str, int] = {}
    now = 0
    for raw in generate(SEED, datetime.fromisoformat(UNTIL))[0]:
        event = load_event(raw, book.rulebook.shop, None)
        profile = apply(profiles.get(event.customer, Profile(event.customer)), event, book.counters)
        profiles[event.customer] = profile
        last[event.customer] = [*last.get(event.customer, [])[-4:], event]
        now = max(now, event.time)
    for profile in profiles.values():
        for name, change in moves(None, place(profile, book.rulebook.tiers, Snapshot())):
            histogram[name] = histogram.get(name, 0) + change
    snapshot = make_snapshot(histogram, book.rulebook.tiers, now)
    out = []
    for customer, profile in profiles.items():
        out += [(profile, of_event(event), now) for event in last[customer] if event.type != "outcome"]
        for placement in book.rulebook.placements:
            request = DecisionRequest(f"r-{placement}", customer, (Placed(placement),))
            out.append((profile, of_request(request), now))
    return out, snapshot


def measure(book: Compiled) -> dict[str, object]:
    work, snapshot = situations(book)
    times, given = [], 0
    gc.collect()
    for profile, occasion, now in work:  # once unmeasured
        decide(book, snapshot, profile, occasion, now)
    for _ in range(ROUNDS):
        for profile, occasion, now in work:
            start = perf_counter_ns()
            decision = decide(book, snapshot, profile, occasion, now)
            times.append((perf_counter_ns() - start) / 1000)
            given += any(result.recommendations for result in decision.results)
    cuts = statistics.quantiles(times, n=100)
    return {
        "matcher": book.matcher.name,
        "rules": len(book.rulebook.rules),
        "decisions": len(times),
        "with_recommendation": round(given / len(times), 3),
        "p50_us": round(cuts[49], 1),
        "p99_us": round(cuts[98], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    result = measure(compiled(Path(__file__).parent.parent / "rules"))
    if parser.parse_args().json:
        print(json.dumps(result))
    else:
        print("  ".join(f"{name} {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
