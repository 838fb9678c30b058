"""The example shop "Hearth & Home": 60 customers, 400 days, web, app and store, out of one seed.

    python -m examples.shop --seed 7 --until 2026-11-01T18:00:00+01:00 --out events.jsonl --tellers tellers.json

The same seed and end give the same bytes; another seed gives other customers and figures.
"""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from examples import crowd, more_situations, rationed, situations
from examples.diary import World
from examples.people import Person, draw_more, draw_people
from examples.products import read_catalogue
from examples.tellers import Teller

UNTIL = "2026-11-01T18:00:00+01:00"
SEED = 7
PLANTS: tuple[Callable[[World, Person, int], Teller], ...] = (
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
"""The strategy's fifteen situations, in its order; each is planted twice."""
RATIONED: tuple[Callable[[World, Person], Teller], ...] = (rationed.heard_enough, rationed.asleep)
"""After all others, so that those stay who they are."""


def generate(seed: int, until: datetime) -> tuple[list[dict[str, Any]], list[Teller]]:
    """The events ordered by time, and the customers worth showing."""
    rng = Random(seed)
    world = World(rng, read_catalogue(), until, f"{seed}-{until:%Y%m%d}")
    birthdays = _birthdays(until)
    drawn = draw_people(rng, 2 * len(PLANTS) + crowd.SIZE, birthdays)
    more = draw_more(Random(f"{seed} rationed"), drawn, len(RATIONED), birthdays)
    people = iter(drawn)
    tellers = [plant(world, next(people), variant) for variant in (0, 1) for plant in PLANTS]
    crowd.live(world, list(people))
    tellers += [plant(world, person) for plant, person in zip(RATIONED, more, strict=True)]
    tellers.sort(key=lambda teller: teller.situation)
    return [_envelope(world, number, event) for number, (_, _, event) in enumerate(sorted(world.events), 1)], tellers


def _birthdays(until: datetime) -> list[str]:
    """The days of a year on which a birthday does not outshine the situation: none of the two weeks after the end."""
    return [
        f"{until + timedelta(days=n):%m-%d}" for n in range(15, 350) if f"{until + timedelta(days=n):%m-%d}" != "02-29"
    ]


def _envelope(world: World, number: int, event: dict[str, Any]) -> dict[str, Any]:
    """The event as the API takes it; ids count in the order of time."""
    out = {"id": f"e-{world.tag}-{number:05d}", **event, "time": world.text(event["time"]), "decide": "none"}
    return {key: value for key, value in out.items() if value is not None}


def as_lines(events: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n" for event in events)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Write the example shop's history as events, one JSON object per line."
    )
    parser.add_argument("--seed", type=int, default=SEED, help=f"which customers (default {SEED})")
    parser.add_argument("--until", default=UNTIL, help=f"the end of the 400 days, RFC 3339 (default {UNTIL})")
    parser.add_argument("--out", type=Path, help="where the events go (default: standard output)")
    parser.add_argument("--tellers", type=Path, help="where the customers worth showing go, as JSON")
    given = parser.parse_args(arguments)
    try:
        until = datetime.fromisoformat(given.until)
    except ValueError:
        until = None
    if until is None or until.tzinfo is None:
        parser.error(f"--until: {given.until!r} is no time with an offset, such as {UNTIL}")
    events, tellers = generate(given.seed, until.replace(microsecond=0))
    if given.out:
        given.out.write_text(as_lines(events), encoding="utf-8", newline="\n")
    else:
        sys.stdout.write(as_lines(events))
    if given.tellers:
        told = json.dumps([teller.as_json() for teller in tellers], ensure_ascii=False, indent=1)
        given.tellers.write_text(told + "\n", encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
