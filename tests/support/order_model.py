"""Orders, returns and consents as the documentation describes them: slow and obvious, from all events at once."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.domain.events import Event
from engine.domain.times import DAY, SECOND
from tests.support.books import DAYS

START = 19_000 * DAY
CHANNELS = ("email", "desk")
PURPOSES = ("marketing", "service")


@dataclass
class Known:
    """What is to be known of a customer in the end."""

    order_count: int = 0
    spend: int = 0
    margin: int = 0
    margin_orders: int = 0
    returns: int = 0
    returned: int = 0
    days: set[int] = field(default_factory=set)
    times: list[int] = field(default_factory=list)
    consents: dict[tuple[str, str], bool] = field(default_factory=dict)


def known_from(events: Sequence[Event]) -> Known:
    """From all events of a customer, each once, in any order."""
    known = Known()
    ids = {event.properties["order_id"] for event in events if "order_id" in event.properties}
    for order_id in ids:
        _add_order(known, [event for event in events if event.properties.get("order_id") == order_id])
    said = [event for event in events if event.type == "consent_changed"]
    for event in sorted(said, key=lambda event: (event.time, not event.properties["granted"])):
        for purpose in event.properties["purposes"]:
            known.consents[event.properties["channel"], purpose] = event.properties["granted"]
    return known


def _add_order(known: Known, events: Sequence[Event]) -> None:
    versions = [event for event in events if event.type in ("order_completed", "order_updated")]
    if not versions or any(event.type == "order_cancelled" for event in events):
        return
    newest = max(versions, key=_version)
    total, lines = newest.properties["total"], newest.properties["lines"]
    bought = min(event.time // SECOND * SECOND for event in versions)
    left, left_of = total, {line["line_id"]: line["amount"] for line in lines}
    for event in sorted(_returns(events), key=lambda event: (event.time, event.properties["amount"])):
        amount = 0
        for line in event.properties["lines"]:
            part = min(line["amount"], left_of[line["line_id"]]) if line["line_id"] in left_of else line["amount"]
            if line["line_id"] in left_of:
                left_of[line["line_id"]] -= part
            amount += part
        if not event.properties["lines"]:
            amount = event.properties["amount"]
        left -= min(amount, left)
    known.order_count += 1
    known.spend += left
    known.returned += total - left
    known.returns += left < total
    known.days.add(DAYS.of(bought))
    known.times.append(bought)


def _returns(events: Sequence[Event]) -> Iterator[Event]:
    return (event for event in events if event.type == "order_returned")


def _version(event: Event) -> tuple[int, int]:
    """The newest counts; corrections are exact to the millisecond. Of two of one moment, the greater total."""
    exact = event.time if event.type == "order_updated" else event.time // SECOND * SECOND
    return exact, event.properties["total"]


# ---- random events ----


def random_events(rng: random.Random, customer: str, orders: int) -> list[Event]:
    """Events about so many orders of a customer, each event once, in random order."""
    made = list(_events(rng, customer, orders))
    rng.shuffle(made)
    return made


def with_repeats(rng: random.Random, events: Sequence[Event], within: int) -> list[Event]:
    """The same, every tenth repeated before `within` others came in between."""
    places = [(float(at), event) for at, event in enumerate(events)]
    for at, event in enumerate(events):
        if rng.random() < 0.1:
            places.append((at + rng.uniform(0.1, within), event))
    return [event for _, event in sorted(places, key=lambda place: place[0])]


def _events(rng: random.Random, customer: str, orders: int) -> Iterator[Event]:
    for number in range(orders):
        order_id, time = f"o{number}", START + rng.randrange(3 * 365) * DAY + rng.randrange(DAY)
        yield _event(rng, customer, "order_completed", time, {"order_id": order_id, **_content(rng)})
        for kind, share in (("order_updated", 0.1), ("order_completed", 0.05), ("order_cancelled", 0.1)):
            if rng.random() < share:
                content = {} if kind == "order_cancelled" else _content(rng)
                yield _event(rng, customer, kind, time + rng.randrange(-DAY, DAY), {"order_id": order_id, **content})
        while rng.random() < 0.25:
            yield _event(rng, customer, "order_returned", time + rng.randrange(9 * DAY), _return(rng, order_id))
        if rng.random() < 0.1:
            consent = {"channel": rng.choice(CHANNELS), "purposes": [rng.choice(PURPOSES)]}
            granted = {"granted": rng.random() < 0.5}
            yield _event(rng, customer, "consent_changed", START + rng.randrange(40) * DAY, consent | granted)


def _content(rng: random.Random) -> dict[str, Any]:
    amounts = [rng.randrange(1, 20_000) for _ in range(rng.randrange(4))]
    lines = [{"line_id": str(at), "amount": amount} for at, amount in enumerate(amounts)]
    return {"total": sum(amounts) if lines else rng.randrange(50_000), "lines": tuple(lines)}


def _return(rng: random.Random, order_id: str) -> dict[str, Any]:
    lines = [{"line_id": str(rng.randrange(4)), "amount": rng.randrange(1, 20_000)}] if rng.random() < 0.5 else []
    amount = sum(line["amount"] for line in lines) if lines else rng.randrange(1, 30_000)
    return {"order_id": order_id, "amount": amount, "lines": tuple(lines)}


def _event(rng: random.Random, customer: str, kind: str, time: int, properties: dict[str, Any]) -> Event:
    return Event(f"{rng.getrandbits(64):x}", kind, time, customer, properties=properties, decide="none")
