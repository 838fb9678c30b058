"""The example shop "Hearth & Home": 60 customers, 400 days, web, app and store, from one seed.

    python -m examples.shop --seed 7 --until 2026-11-01T18:00:00+01:00 --out events.jsonl \\
        --example-customers customers.json

The same seed and end produce the same bytes; another seed produces other customers and figures.
"""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from examples import crowd, limited, more_situations, situations
from examples.diary import World
from examples.example_customers import ExampleCustomer
from examples.people import Person, draw_more, draw_people
from examples.products import read_catalogue

UNTIL = "2026-11-01T18:00:00+01:00"
SEED = 7
PLANTS: tuple[Callable[[World, Person, int], ExampleCustomer], ...] = (
    situations.unknown_at_the_till,
    situations.one_link_missing,
    situations.first_delivery,
    situations.two_weeks_after_the_first_delivery,
    situations.valued_and_overdue,
    situations.no_answer_to_the_check_in,
    situations.small_and_overdue,
    situations.buys_anyway,
    more_situations.complaint_open,
    more_situations.platinum_at_the_checkout,
    more_situations.scene_lacks_one,
    more_situations.sticky_in_one_category,
    more_situations.five_stars,
    more_situations.searches_in_vain,
    more_situations.back_from_silence,
)
"""The fifteen situations of the strategy, in order; each is planted twice."""
LIMITED: tuple[Callable[[World, Person], ExampleCustomer], ...] = (limited.heard_enough, limited.asleep)
"""Generated after all others, so that those stay the same."""


def generate(seed: int, until: datetime) -> tuple[list[dict[str, Any]], list[ExampleCustomer]]:
    """The events ordered by time, and the example customers."""
    rng = Random(seed)
    world = World(rng, read_catalogue(), until, f"{seed}-{until:%Y%m%d}")
    birthdays = _birthdays(until)
    drawn = draw_people(rng, 2 * len(PLANTS) + crowd.SIZE, birthdays)
    more = draw_more(Random(f"{seed} rationed"), drawn, len(LIMITED), birthdays)
    people = iter(drawn)
    example_customers = [plant(world, next(people), variant) for variant in (0, 1) for plant in PLANTS]
    crowd.live(world, list(people))
    example_customers += [plant(world, person) for plant, person in zip(LIMITED, more, strict=True)]
    example_customers.sort(key=lambda example: example.situation)
    return [
        _envelope(world, number, event) for number, (_, _, event) in enumerate(sorted(world.events), 1)
    ], example_customers


def _birthdays(until: datetime) -> list[str]:
    """Possible birthdays: none in the two weeks after the end, where a greeting would outrank the situation."""
    return [
        f"{until + timedelta(days=n):%m-%d}" for n in range(15, 350) if f"{until + timedelta(days=n):%m-%d}" != "02-29"
    ]


def _envelope(world: World, number: int, event: dict[str, Any]) -> dict[str, Any]:
    """The event in the format of the API; ids count in order of time."""
    out = {"id": f"e-{world.tag}-{number:05d}", **event, "time": world.text(event["time"]), "decide": "none"}
    return {key: value for key, value in out.items() if value is not None}


def as_lines(events: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n" for event in events)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Write the example shop's history as events, one JSON object per line."
    )
    parser.add_argument("--seed", type=int, default=SEED, help=f"seed of the random customers (default: {SEED})")
    parser.add_argument("--until", default=UNTIL, help=f"end of the 400 days, RFC 3339 (default: {UNTIL})")
    parser.add_argument("--out", type=Path, help="file for the events (default: standard output)")
    parser.add_argument("--example-customers", type=Path, help="file for the example customers, as JSON")
    given = parser.parse_args(arguments)
    try:
        until = datetime.fromisoformat(given.until)
    except ValueError:
        until = None
    if until is None or until.tzinfo is None:
        parser.error(f"--until: {given.until!r} is not a time with an offset; write it like {UNTIL}")
    events, example_customers = generate(given.seed, until.replace(microsecond=0))
    if given.out:
        given.out.write_text(as_lines(events), encoding="utf-8", newline="\n")
    else:
        sys.stdout.write(as_lines(events))
    if given.example_customers:
        written = json.dumps([example.as_json() for example in example_customers], ensure_ascii=False, indent=1)
        given.example_customers.write_text(written + "\n", encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
