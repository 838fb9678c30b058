"""What contact_policy.yaml, arbitration.yaml, measurement.yaml and the bounds of actions say arrives in the model."""

from dataclasses import replace

import pytest

from authoring.checking import check_texts
from engine.domain.times import DAY, HOUR
from engine.rulebook.condition import AllOf, InSegment
from engine.rulebook.findings import render
from engine.rulebook.model import Rulebook
from engine.rulebook.offers import Action, Limit, Quota
from engine.rulebook.shop import (
    Arbitration,
    Cap,
    ContactPolicy,
    Holdout,
    Learning,
    Measurement,
    Multiplier,
    QuietHours,
    Suppression,
)
from tests.support.small_book import BOOK, changed

ACTION = "actions/care.yaml"
EVERY_DAY = frozenset(range(7))


def book(texts: dict[str, str] = BOOK) -> Rulebook:
    rulebook, findings = check_texts(texts)
    assert rulebook is not None, render(findings)
    return rulebook


def policy(text: str) -> ContactPolicy:
    """What a policy of this text alone says."""
    return book({**BOOK, "contact_policy.yaml": text}).contact_policy


def cap(text: str) -> Cap:
    (found,) = policy(f"frequency_caps:\n  - {text}\n").caps
    return replace(found, place=None)


def suppression(text: str) -> Suppression:
    (found,) = policy(f"suppression:\n  - {text}\n").suppression
    return replace(found, place=None)


def quiet_hours(text: str) -> QuietHours:
    (found,) = policy(f"quiet_hours:\n  - {text}\n").quiet_hours
    return replace(found, place=None)


def arbitration(text: str) -> Arbitration:
    return book({**BOOK, "arbitration.yaml": text}).arbitration


def measurement(text: str) -> Measurement:
    return book({**BOOK, "measurement.yaml": text}).measurement


def action(written: str, instead_of: str = "    limits: {per_customer: 2 in 365 days}\n") -> Action:
    return book(changed(ACTION, instead_of, written)).actions["check-in"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{at_most: 3, in: 7 days, window: rolling}", Cap(3, 7 * DAY)),
        ("{at_most: 32, in: 365 days, window: rolling}", Cap(32, 365 * DAY)),
        ("{at_most: 0, in: 1 hour, window: rolling}", Cap(0, HOUR)),
        ("{at_most: 1, in: 1 day, window: calendar, zone: customer}", Cap(1, period="day", zone="customer")),
        ("{at_most: 1, in: 1 week, window: calendar, zone: shop}", Cap(1, period="week", zone="shop")),
        ("{at_most: 1, in: 1 month, window: calendar, zone: Asia/Tokyo}", Cap(1, period="month", zone="Asia/Tokyo")),
        (
            "{at_most: 3, in: 2 weeks, window: rolling, channels: [web, email], actions: [check-in], groups: [care], "
            "tags: [friendly]}",
            Cap(3, 14 * DAY, None, "shop", ("web", "email"), ("check-in",), ("care",), ("friendly",)),
        ),
    ],
)
def test_a_frequency_cap_is_read(text: str, expected: Cap) -> None:
    assert cap(text) == expected


def test_a_cap_holds_for_the_customers_of_its_condition() -> None:
    found = cap("{at_most: 1, in: 7 days, window: rolling, when: {segment: quiet}}").when
    assert isinstance(found, AllOf)
    assert [item.segment for item in found.items if isinstance(item, InSegment)] == ["quiet"]


def test_a_cap_knows_where_it_is_written() -> None:
    assert [str(found.place) for found in book().contact_policy.caps] == [
        "contact_policy.yaml:4:5",
        "contact_policy.yaml:5:5",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "{after: 3, outcomes: [ignore, reject], within: 30 days, for: 60 days, per: action}",
            Suppression(3, ("ignore", "reject"), 30 * DAY, 60 * DAY, "action"),
        ),
        (
            "{after: 1, outcomes: [reject], within: 30 days, for: 90 days, per: group, groups: [care]}",
            Suppression(1, ("reject",), 30 * DAY, 90 * DAY, "group", ("care",)),
        ),
        (
            "{after: 16, outcomes: [ignore], within: 1 day, for: 1 day, per: action, actions: [check-in]}",
            Suppression(16, ("ignore",), DAY, DAY, "action", ("check-in",)),
        ),
        (
            "{after: 1, outcomes: [ignore], within: 1 day, for: 1 day, per: action, groups: [care]}",
            Suppression(1, ("ignore",), DAY, DAY, "action", ("check-in",)),
        ),
    ],
    ids=["all actions", "a group", "an action", "each action of a group"],
)
def test_a_suppression_is_read(text: str, expected: Suppression) -> None:
    assert suppression(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{channels: [email], from: "21:00", until: "08:00", then: hold}',
            QuietHours(("email",), 21 * 60, 8 * 60, EVERY_DAY, hold=True),
        ),
        (
            '{channels: [email], from: "00:00", until: "24:00", days: [sun, mon], then: drop}',
            QuietHours(("email",), 0, 24 * 60, frozenset({0, 6}), hold=False),
        ),
        (
            "{channels: [email], from: 12:30, until: 13:45, then: hold}",
            QuietHours(("email",), 12 * 60 + 30, 13 * 60 + 45, EVERY_DAY, hold=True),
        ),
    ],
    ids=["over midnight", "whole days", "without quotes it is the same text"],
)
def test_quiet_hours_are_read(text: str, expected: QuietHours) -> None:
    assert quiet_hours(text) == expected


@pytest.mark.parametrize(
    ("text", "zone"),
    [("default_zone: shop", "Europe/Berlin"), ("default_zone: Asia/Tokyo", "Asia/Tokyo"), ("cooldown: {}", None)],
)
def test_the_default_zone_is_the_shops_or_a_named_one_or_none(text: str, zone: str | None) -> None:
    assert policy(text).default_zone == zone


def test_a_policy_without_consent_still_asks_marketing_for_it() -> None:
    assert policy("default_zone: shop").consent_purpose == {"marketing": "marketing"}


def test_multipliers_take_one_name_or_a_list() -> None:
    text = "multipliers:\n  - {tier: [gold, newcomer, none], role: stabilising, by: 1.5}\n  - {group: care, by: 0.8}\n"
    assert arbitration(text).multipliers == (
        Multiplier(1.5, tiers=("gold", "newcomer", "none"), roles=("stabilising",)),
        Multiplier(0.8, groups=("care",)),
    )


def test_arbitration_says_how_much_one_request_gets() -> None:
    found = arbitration("request: {at_most: 3}\nduplicates: yes\n")
    assert (found.request_at_most, found.duplicates) == (3, True)


def test_an_arbitration_that_says_nothing_has_every_factor_and_no_bound() -> None:
    assert arbitration("outbound: {at_most: 1}\n") == Arbitration()
    assert Arbitration().factors == ("propensity", "value", "context", "multiplier", "cost")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{prior: 50 contacts, half_life: 90 days}", Learning(50, 90)),
        ("{prior: 1 contact, half_life: 12 weeks}", Learning(1, 84)),
        ("{prior: 12.5}", Learning(12.5, 90)),
        ("{}", Learning(50, 90)),
    ],
)
def test_learning_is_read_in_contacts_and_days(text: str, expected: Learning) -> None:
    assert arbitration(f"learning: {text}\n").learning == expected


def test_measurement_arrives_in_milliseconds_and_shares() -> None:
    text = "attribution: {window: 7 days}\nobserved: 60 days\nsalt: s-1\nholdout: {share: 5 %}\n"
    assert measurement(text) == Measurement(7 * DAY, 60 * DAY, "s-1", Holdout(0.05, "s-1"))


def test_a_holdout_spares_the_kinds_and_tiers_that_are_named() -> None:
    text = "salt: s\nholdout: {share: 50 %, spare: {kinds: [service], tiers: [gold, none]}}\n"
    assert measurement(text).holdout == Holdout(0.5, "s", ("service",), ("gold", "none"))


def test_a_holdout_of_offers_alone_is_the_default() -> None:
    spared = measurement("salt: s\nholdout: {share: 5 %, spare: {tiers: [gold]}}\n").holdout
    assert spared is not None
    assert spared.spare_kinds == ("service", "transactional", "mandatory", "internal")


def test_a_book_without_measurement_yaml_measures_with_the_defaults() -> None:
    assert book({name: text for name, text in BOOK.items() if name != "measurement.yaml"}).measurement == Measurement()


@pytest.mark.parametrize(
    ("written", "quota"),
    [
        ("500 in 1 month", Quota(500, "month")),
        ("1 in 1 day", Quota(1, "day")),
        ("20 in 1 week", Quota(20, "week")),
        ("20 in 1 year", Quota(20, "year")),
        ("500", Quota(500)),
    ],
)
def test_a_limit_over_all_customers_is_read(written: str, quota: Quota) -> None:
    found = action(f"    limits: {{per_customer: 2 in 365 days, total: {written}}}\n")
    assert (found.per_customer, found.total) == (Limit(2, 365 * DAY), quota)


@pytest.mark.parametrize(
    ("written", "quota"), [("2000 EUR in 1 month", Quota(200_000, "month")), ("0.02 EUR", Quota(2))]
)
def test_a_budget_is_read_in_minor_units(written: str, quota: Quota) -> None:
    assert action(f"    budget: {written}\n").budget == quota


def test_a_stock_and_a_holdout_are_read() -> None:
    found = action("    stock: 200\n    holdout: 10 %\n")
    assert (found.stock, found.holdout, found.limited) == (200, 0.1, True)


def test_an_action_without_bounds_is_not_limited() -> None:
    found = action("")
    assert (found.total, found.budget, found.stock, found.holdout, found.limited) == (None, None, None, 0.0, False)


def test_a_mandatory_action_with_its_period_is_read() -> None:
    assert action("kind: mandatory\n", "kind: marketing\n").cooldown == 14 * DAY
