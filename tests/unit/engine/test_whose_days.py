"""Purchases, inactivity and counters have the days of the shop; birthdays and years those of the customer."""

import pytest

from engine.decisioning.decide import build_facts
from engine.domain.calendar import days_of
from engine.domain.events import Event
from engine.domain.profile import Profile
from engine.domain.profile.apply import apply
from engine.domain.times import DAY, HOUR, parse_rfc3339
from engine.facts import FactsDict
from engine.value.tiers import Snapshot
from tests.support.books import CUSTOMER, asked, event, order, shipped, who

EVENING, MORNING = parse_rfc3339("2026-03-01T22:30:00Z"), parse_rfc3339("2026-03-02T07:00:00Z")
"""23:30 and, on the next day, 8:00 in Berlin, where the shipped rulebook's shop is."""
CHANGE = parse_rfc3339("2026-03-29T10:00:00Z")
"""Noon of the day on which clocks are put forward there."""


def facts_of(profile: Profile, now: int) -> FactsDict:
    return build_facts(shipped(), Snapshot(), profile, asked(), now)


def facts_at(now: int, *events: Event) -> FactsDict:
    return facts_of(who(*events, compiled=shipped()), now)


def living_in(zone: str, **traits: str) -> Event:
    return event("i", "identified", EVENING, {"traits": {"zone": zone, **traits}})


def test_an_order_after_midnight_in_the_shop_is_another_purchase() -> None:
    facts = facts_at(MORNING, order("o1", EVENING), order("o2", EVENING + HOUR))
    assert facts["customer.purchase_days"] == 2
    assert facts_at(MORNING, order("o1", EVENING + HOUR), order("o2", MORNING))["customer.purchase_days"] == 1


def test_the_same_orders_are_one_purchase_where_the_shops_day_is_another() -> None:
    profile, days = Profile(CUSTOMER), days_of("America/New_York")
    for happened in (order("o1", EVENING), order("o2", EVENING + HOUR)):
        profile = apply(profile, happened, {}, days)
    assert profile.purchases.days_bought == 1


def test_yesterday_evening_was_one_day_ago() -> None:
    facts = facts_at(MORNING, order("o1", EVENING), event("c", "complaint_opened", EVENING, {"complaint_id": "c1"}))
    assert (facts["customer.days_since_last_order"], facts["customer.days_since_complaint"]) == (1, 1)


def test_the_customers_zone_does_not_move_the_shops_days() -> None:
    facts = facts_at(MORNING, living_in("Asia/Tokyo"), order("o1", EVENING), event("v", "visited", EVENING))
    assert facts["customer.days_since_last_order"] == 1


@pytest.mark.parametrize("hour", range(-11, 12))
@pytest.mark.parametrize("ago", [1, 7, 30])
def test_a_change_of_the_clock_moves_no_day(hour: int, ago: int) -> None:
    events = (order("o1", CHANGE - ago * DAY), event("v", "visited", CHANGE - 6 * DAY))
    facts = facts_at(CHANGE + hour * HOUR, *events)
    assert facts["customer.days_since_last_order"] == ago
    assert facts["customer.visits_7d"] == 1
    assert facts_at(CHANGE + DAY, *events)["customer.visits_7d"] == 0


def test_a_birthday_begins_at_midnight_where_the_customer_lives() -> None:
    for zone, days in (("Europe/Berlin", 1), ("Asia/Tokyo", 0), ("America/New_York", 1)):
        facts = facts_at(EVENING, living_in(zone, birthday="03-02"))
        assert facts["customer.birthday_in_days"] == days


def test_a_zone_that_this_machine_does_not_know_is_the_shops() -> None:
    profile = Profile(CUSTOMER).but(traits={"zone": (1, "Mars/Olympus"), "birthday": (1, "03-02")})
    facts = facts_of(profile, EVENING)
    assert (facts["time.hour"], facts["customer.birthday_in_days"]) == (23, 1)
