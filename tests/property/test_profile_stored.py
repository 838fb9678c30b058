"""A stored profile comes back as it was, and is small whatever the customer did."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from engine.domain.events import Event
from engine.domain.profile import Contact, Pending, Placing, Profile, apply, decode, encode
from engine.domain.profile.codec import FORMAT
from engine.domain.times import DAY
from tests.support.books import DAYS, NOW, event, order, shipped, who
from tests.support.histories import PLANS, decays, histories, without_decay

FEW = settings(max_examples=200, deadline=None)
CONTACTS = {
    "check-in": Contact({"email": (NOW - DAY, NOW)}, "click", NOW + 1, {"ignore": (NOW - DAY,)}),
    "call": Contact(),
}
PENDING = (
    Pending("r-00", "check-in", "rule", "web", "home.banner", NOW, NOW + DAY, "o1"),
    Pending("r-01", "call", "rule", "desk", None, NOW, NOW + DAY),
)
PLACING = Placing(-100_000, 120, 5_000, 2, 7_000, -1, True)


def profile_of(events: list[Event]) -> Profile:
    profile = Profile("c/mei")
    for happened in events:
        profile = apply(profile, happened, PLANS, DAYS)
    return replace(profile, contacts=CONTACTS, pending=PENDING, once={"rule": "1"}, tier="gold", placing=PLACING)


@FEW
@given(histories())
def test_every_profile_comes_back_as_it_was_stored(events: list[Event]) -> None:
    profile = profile_of(events)
    stored = decode(encode(profile, FORMAT))
    assert without_decay(stored) == without_decay(profile)
    assert decays(stored.purchases) == pytest.approx(decays(profile.purchases), rel=1e-6, abs=1e-3)


@FEW
@given(histories())
def test_storing_a_stored_profile_changes_nothing(events: list[Event]) -> None:
    stored = encode(profile_of(events), FORMAT)
    assert encode(decode(stored), FORMAT) == stored


def test_an_empty_profile_comes_back_as_it_was_stored() -> None:
    assert decode(encode(Profile("a/客户"), FORMAT)) == Profile("a/客户")


def customer_of_50_orders() -> Profile:
    """Two years of weekly shopping, out of the shipped catalogue, known, linked, contacted."""
    book = shipped().rulebook
    products = list(book.products.values())
    events = []
    for n in range(50):
        lines: tuple[dict[str, Any], ...] = tuple(
            {
                "line_id": p.sku,
                "sku": p.sku,
                "category": p.category,
                "quantity": 1,
                "amount": p.price,
                "cost": p.price // 2,
            }
            for p in (products[(2 * n) % len(products)], products[(2 * n + 7) % len(products)])
        )
        total = sum(line["amount"] for line in lines)
        events.append(order(f"o-{n}", NOW - (350 - 7 * n) * DAY + n * 61_000, total, lines=lines))
    events += [event(f"v-{n}", "visited", NOW - n * 4 * DAY, {"surface": "web"}, channel="web") for n in range(20)]
    events += [event(f"d-{n}", "delivery_completed", NOW - n * DAY, {"order_id": f"o-{49 - n}"}) for n in range(5)]
    traits = {
        "first_name": "Annegret",
        "birthday": "1980-05-17",
        "zone": "Europe/Berlin",
        "language": "de",
        "interests": ("cooking", "gardening"),
    }
    events += [event("i", "identified", NOW - 300 * DAY, {"traits": traits})]
    for channel in ("email", "app", "phone"):
        events.append(event(f"l-{channel}", "channel_address_added", NOW - 200 * DAY, {"channel": channel}))
    for channel in ("email", "push", "phone"):
        said = {"channel": channel, "purposes": ("marketing", "service"), "granted": True}
        events.append(event(f"c-{channel}", "consent_changed", NOW - 200 * DAY, said))
    profile = who(*events, compiled=shipped())
    contacts = {
        name: Contact({"email": tuple(NOW - (n + 30 * k) * DAY for k in (2, 1, 0))}, "click", NOW - n * DAY)
        for n, name in enumerate(list(book.actions)[:10])
    }
    once = dict.fromkeys([r.id for r in book.rules.values() if r.once][:4], "1752192000000")
    return replace(profile, contacts=contacts, once=once, tier="gold", placing=PLACING)


def test_a_customer_of_50_orders_is_stored_in_a_few_kilobytes_and_comes_back() -> None:
    profile = customer_of_50_orders()
    assert profile.purchases.order_count == 50
    stored = encode(profile, FORMAT)
    # The amount of a line takes 5 bytes, so that no line is paid back twice. benchmarks/memory.py measures all keys.
    assert len(stored) < 4_600
    assert encode(decode(stored), FORMAT) == stored
