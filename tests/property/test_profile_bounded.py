"""A profile stays bounded whatever is sent about a customer, and keeps the newest."""

from engine.domain.events import Event
from engine.domain.profile import Profile, apply, encode
from engine.domain.profile.codec import FORMAT
from engine.domain.profile.state import CHANNELS_KEPT, COMPLAINTS_KEPT, DAYS_KEPT, ORDERS_KEPT, SEEN_KEPT, SKUS_KEPT
from engine.domain.times import DAY
from tests.support.books import DAYS, event, order
from tests.support.histories import PLANS, START


def everything_of(n: int) -> list[Event]:
    """One event of each kind that leaves a name in the profile, none of the names seen before."""
    name, at = f"{n:03d}".ljust(100, "x"), START + n * DAY
    lines = ({"line_id": "1", "sku": name, "category": name, "quantity": 1, "amount": 100},)
    return [
        order(name, at, 100, lines=lines),
        event(f"v{n}", "visited", at, {"surface": name}, channel=name),
        event(f"l{n}", "channel_address_added", at, {"channel": name}),
        event(f"c{n}", "consent_changed", at, {"channel": name, "purposes": (name,), "granted": True}),
        event(f"d{n}", "consent_changed", at, {"channel": "email", "purposes": (name,), "granted": True}),
        event(f"o{n}", "complaint_opened", at, {"complaint_id": name}),
        event(f"i{n}", "identified", at, {"traits": {"first_name": name}}),
    ]


def after(days: int) -> Profile:
    profile = Profile("c/mei")
    for n in range(days):
        for happened in everything_of(n):
            profile = apply(profile, happened, PLANS, DAYS)
    return profile


def test_a_profile_does_not_grow_without_end() -> None:
    assert len(encode(after(400), FORMAT)) <= len(encode(after(200), FORMAT)) + 100


def test_the_newest_are_kept() -> None:
    profile = after(100)
    for kept in (profile.channels, profile.channel_addresses, profile.consents["email"]):
        assert sorted(name[:3] for name in kept) == [f"{n:03d}" for n in range(100 - CHANNELS_KEPT, 100)]
    assert len(profile.consents) == CHANNELS_KEPT
    assert sorted(name[:3] for name in profile.skus) == [f"{n:03d}" for n in range(100 - SKUS_KEPT, 100)]
    assert len(profile.purchases.orders) == ORDERS_KEPT
    assert len(profile.purchases.days) == DAYS_KEPT
    assert len(profile.complaints) == COMPLAINTS_KEPT
    assert len(profile.seen) == 6 * SEEN_KEPT


def test_sums_go_on_beyond_what_is_remembered_singly() -> None:
    bought = after(100).purchases
    assert (bought.order_count, bought.days_bought, bought.spend) == (100, 100, 10_000)
    assert (bought.first_time, bought.last_time) == (START, START + 99 * DAY)
