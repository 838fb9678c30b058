"""Purchase logs with products in them, for the tests of product roles: a line per order, a day per basket."""

from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from analytics.roles.counts import Counts, shape_of
from analytics.roles.log import Bought, Seen, by_customer
from analytics.roles.scores import by_product
from engine.domain.events import Event, customer_key
from engine.domain.times import DAY
from tests.support.books import DAYS

BEGIN = 20_000
"""A UTC day number (2024-10-04)."""


def line(
    sku: str | None, category: str | None = None, amount: int = 100, cost: int | None = None, units: int = 1
) -> Any:
    said = {"sku": sku, "category": category, "amount": amount, "cost": cost, "quantity": units}
    return {key: value for key, value in said.items() if value is not None}


def bought(customer: str, day: int, *skus: str, **more: Any) -> Event:
    """An order of these products on a day of the log."""
    lines = more.pop("lines", tuple(line(sku) for sku in skus))
    order = more.pop("order", f"{customer}-{day}")
    return event("order_completed", customer, day, order_id=order, lines=lines, **more)


def event(type_: str, customer: str, day: int, **properties: Any) -> Event:
    key = customer_key(anonymous_id=customer) if customer.startswith("visitor") else customer_key(id=customer)
    return Event(f"{type_}-{customer}-{day}-{len(properties)}", type_, (BEGIN + day) * DAY, key, None, properties)


def customers_of(events: Iterable[Event]) -> tuple[list[Bought], Seen]:
    seen = Seen()
    rows = sorted(seen.rows(events, DAYS))
    return list(by_customer(rows, seen.owners)), seen


def counts_of(events: Iterable[Event]) -> tuple[Counts, Seen]:
    """All products of the log counted."""
    customers, seen = customers_of(events)
    counts = Counts(shape_of(seen.products.orders, seen.days, seen.first, seen.first, seen.last), by_product)
    for one in customers:
        counts.count(one)
    counts.flush()
    return counts, seen


def shop(customers: int = 300, days: int = 400, seed: int = 1) -> Iterator[Event]:
    """A shop in which each product has one role: `opener` opens, `coffee` comes again, `rescue` ends silences, `nail`
    sells by the dozen, `diamond` has all the margin; `plain0` to `plain9` are like any other."""
    random = Random(seed)
    for number in range(customers):
        day, place, silent = random.randrange(days * 9 // 10), 0, 0
        while day < days:
            held = {f"plain{random.randrange(10)}", f"plain{random.randrange(10)}"}
            held |= _now_and_then(random, place, silent)
            lines = tuple(_line_of(sku) for sku in sorted(held))
            yield bought(f"c{number}", day, lines=lines)
            silent = random.choice((7, 14, 14, 20, 150))
            day, place = day + silent, place + 1


def _now_and_then(random: Random, place: int, silent: int) -> set[str]:
    chances = {
        "opener": 0.6 if place == 0 else 0.05,
        "coffee": 0.5,
        "rescue": 0.6 if silent > 120 else 0.05,
        "nail": 0.2,
        "diamond": 0.1,
    }
    return {sku for sku, chance in chances.items() if random.random() < chance}


def _line_of(sku: str) -> Any:
    units = 24 if sku == "nail" else 1
    return line(sku, "jewels" if sku == "diamond" else "goods", 100, 10 if sku == "diamond" else 80, units)
