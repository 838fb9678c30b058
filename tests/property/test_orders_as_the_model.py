"""In whatever order events arrive, and however often: orders, returns and consents are as in the obvious model."""

import os
import random
from itertools import zip_longest

import pytest

from engine.domain.events import Event
from service.change import with_all_orders
from tests.support.books import DAYS
from tests.support.order_model import Known, known_from, random_events, with_repeats
from tests.support.services import Shop

EVENTS = int(os.environ.get("PATRON_MODEL_EVENTS", "12000"))
ORDERS = (1_000, *[40] * 10, *[5] * 200)
"""Orders of each customer, again and again until there are `EVENTS`."""
BETWEEN = 50
"""Events of a customer between a repeat and the first; 64 ids are remembered."""


def histories() -> dict[str, list[Event]]:
    rng, found, total = random.Random(20261130), dict[str, list[Event]](), 0
    while total < EVENTS:
        orders = ORDERS[len(found) % len(ORDERS)]
        customer = f"c/{len(found)}"
        found[customer] = with_repeats(rng, random_events(rng, customer, orders), BETWEEN)
        total += len(found[customer])
    return found


def stored(shop: Shop, customer: str) -> Known:
    """What is stored of a customer, as the model says it."""
    profile = shop.profile(customer)
    assert profile is not None
    bought = with_all_orders(profile, shop.store).purchases
    counting = [order for order in bought.all_orders.values() if order.counts]
    assert bought.days_bought == len({DAYS.of(order.time) for order in counting if order.time is not None})
    assert (bought.first_time, bought.last_time) == _ends([order.time or 0 for order in counting])
    return Known(
        bought.order_count,
        bought.spend,
        returns=bought.returns,
        returned=bought.returned,
        days={DAYS.of(order.time) for order in counting if order.time is not None},
        times=sorted(order.time or 0 for order in counting),
        consents={
            (channel, purpose): granted
            for channel, purposes in profile.consents.items()
            for purpose, (_, granted) in purposes.items()
        },
    )


def _ends(times: list[int]) -> tuple[int | None, int | None]:
    return min(times, default=None), max(times, default=None)


@pytest.mark.parametrize("batch", [200])
def test_orders_returns_and_consents_are_as_in_the_obvious_model(batch: int) -> None:
    shop, all_of = Shop(), histories()
    mixed = [event for turn in zip_longest(*all_of.values()) for event in turn if event is not None]
    for start in range(0, len(mixed), batch):
        shop.service.handle_events(mixed[start : start + batch])
    for customer, events in all_of.items():
        expected = known_from(list({event.id: event for event in events}.values()))
        expected.times.sort()
        assert stored(shop, customer) == expected
