"""Facts are exactly the declared ones, and each says what its sentence in the vocabulary says."""

from dataclasses import replace
from typing import Any

import pytest

from engine.decisioning.decide import build_facts
from engine.domain.events import Event
from engine.domain.facts import NEVER
from engine.domain.profile import Contact, Profile
from engine.domain.times import DAY, MINUTE, parse_rfc3339
from engine.domain.trigger import Trigger, of_due, of_event
from engine.facts import BUILT_IN, FactsDict
from engine.facts.moment import properties_of
from engine.value.tiers import CutOff, Snapshot, place, tier_of
from tests.support.books import CUSTOMER, DAYS, NOW, action, asked, days_ago, event, made, order, rule, shipped, who

SNAPSHOT = Snapshot(1, NOW, 10, 4_000.0, 0.5, (CutOff("platinum", -1e9, -1e9),), -1e9)
TODAY = DAYS.of(NOW)
LINES = (
    {"line_id": "1", "sku": "K-101", "category": "kitchen", "quantity": 2, "amount": 4_000, "cost": 1_000},
    {"line_id": "2", "sku": "B-201", "category": "bedding", "quantity": 1, "amount": 2_000, "cost": 1_500},
)


def facts_of(
    profile: Profile, trigger: Trigger | None = None, now: int = NOW, snapshot: Snapshot | None = None
) -> FactsDict:
    return build_facts(shipped(), snapshot or Snapshot(), profile, trigger or asked(), now)


def after(*events: Event) -> FactsDict:
    """The facts of a customer after these events."""
    return facts_of(who(*events, compiled=shipped()))


def on(happened: Event) -> FactsDict:
    """The facts of the moment at which an event happens to a new customer."""
    return facts_of(who(happened, compiled=shipped()), of_event(happened))


# ---- which facts there are ----


def test_code_computes_what_is_declared_and_neither_counted_nor_decided_by_a_table() -> None:
    book = shipped().rulebook
    decided = {table.decides for table in book.tables}
    declared = {name for name in book.vocabulary if not name.startswith("history.")}
    assert declared - book.counters.keys() - decided == BUILT_IN


def test_at_least_fifty_facts_are_declared() -> None:
    assert sum(not name.startswith("history.") for name in shipped().rulebook.vocabulary) >= 50


def test_a_new_customer_has_exactly_the_declared_facts() -> None:
    assert facts_of(who()).keys() == shipped().rulebook.vocabulary.keys()


def test_facts_that_a_small_vocabulary_does_not_declare_are_not_there() -> None:
    small = made([action("a")], [rule("r", "a")])
    assert build_facts(small, Snapshot(), who(), asked(), NOW).keys() == small.rulebook.vocabulary.keys()


def test_the_history_of_an_action_that_is_gone_is_no_fact() -> None:
    profile = replace(who(), contacts={"retired-long-ago": Contact({"email": (NOW,)}, "click", NOW)})
    assert facts_of(profile).keys() == shipped().rulebook.vocabulary.keys()


def rich_customer() -> Profile:
    """A customer of whom everything is known."""
    traits = {
        "first_name": "Mei",
        "language": "zh-Hans",
        "birthday": "1980-03-07",
        "zone": "Asia/Shanghai",
        "interests": ("cooking",),
    }
    happened = [order(f"o{n}", days_ago(1 + (7 * n if n < 20 else 40 * n)), 6_000, lines=LINES) for n in range(25)]
    happened += [
        event("i", "identified", days_ago(300), {"traits": traits}),
        event("l", "channel_address_added", days_ago(300), {"channel": "email"}),
        event("c", "consent_changed", days_ago(300), {"channel": "email", "purposes": ["marketing"], "granted": True}),
        event("r", "order_returned", days_ago(2), {"order_id": "o3", "amount": 1_000}),
        event("co", "complaint_opened", days_ago(4), {"complaint_id": "c1"}),
        event("ra", "rated", days_ago(4), {"score": 2}),
        event("d", "delivery_completed", days_ago(4), {"order_id": "o1"}),
        event("df", "delivery_failed", days_ago(4), {"order_id": "o2"}),
        event("rm", "referral_made", days_ago(4), {"referred": "c/x"}),
        event("rc", "referral_converted", days_ago(4), {"referred": "c/x"}),
        event("cc", "community_contributed", days_ago(4), {"kind": "design"}),
        event("cj", "community_joined", days_ago(4), {"community": "cooks"}),
        event("w", "wish_expressed", days_ago(4), {"category": "garden"}),
        event("v", "visited", days_ago(1), {"surface": "web"}, channel="web"),
        event("p", "product_viewed", days_ago(1), {"sku": "K-101", "category": "kitchen"}, channel="web"),
        event("s", "searched", days_ago(1), {"query": "x", "results": 0}, channel="web"),
        event("ce", "content_engaged", days_ago(1), {"content_id": "x"}, channel="web"),
    ]
    profile = who(*happened, compiled=shipped())
    tiers = shipped().rulebook.tiers
    heard = {"light-reminder": Contact({"email": (days_ago(3),)}, "ignore", NOW, {"ignore": (NOW,)})}
    profile = replace(profile, placing=place(profile, tiers, SNAPSHOT), contacts=heard)
    return replace(profile, tier=tier_of(profile, tiers, SNAPSHOT))


MOMENTS: tuple[Event, ...] = (
    event("e1", "order_completed", NOW, {"order_id": "x1", "total": 8_900, "lines": LINES}, channel="store"),
    event("e2", "rated", NOW, {"score": 5, "about": "delivery"}),
    event("e3", "searched", NOW, {"query": "x", "results": 3}),
    event("e4", "product_viewed", NOW, {"sku": "K-101", "category": "kitchen"}),
    event("e5", "referral_made", NOW, {"referred": "c/nobody"}),
)
CART = {
    "cart": {"lines": ({"sku": "B-201", "category": "bedding", "amount": 100}, {"sku": "x", "category": "lighting"})},
    "distance_km": 4,
    "in_stock_nearby": True,
    "delivery_days": 9,
    "from_maker": True,
}


def test_every_fact_has_a_value_of_its_own_for_some_customer_at_some_moment() -> None:
    book, rich = shipped().rulebook, rich_customer()
    after_silence = who(
        order("a", days_ago(200)), order("b", days_ago(1)), event("i", "identified", NOW, {"traits": {}})
    )
    seen = [facts_of(rich, of_event(happened), snapshot=SNAPSHOT) for happened in MOMENTS]
    seen += [facts_of(rich, asked(context=CART), snapshot=SNAPSHOT), facts_of(after_silence)]
    varied = {name for facts in seen for name, value in facts.items() if value != book.vocabulary[name].default}
    never = {name for name in book.vocabulary if not name.startswith("history.")} - varied
    assert never == set()


# ---- purchases ----


def test_a_new_customer_has_the_values_that_the_vocabulary_gives_when_nothing_is_known() -> None:
    book, facts = shipped().rulebook, facts_of(who())
    computed_anyway = {"customer.identified", "customer.profile_gaps", "event.type"}
    computed_anyway |= {"time.date", "time.hour", "time.weekday"}
    decided = {table.decides for table in book.tables}
    for name, fact in book.vocabulary.items():
        if name not in computed_anyway | decided:
            assert facts[name] == fact.default, name


def test_spend_and_margin_are_net_of_returns_and_never_below_zero() -> None:
    returned = event("r", "order_returned", NOW, {"order_id": "o1", "amount": 1_000, "lines": ()})
    facts = after(order("o1", days_ago(2), 6_000, lines=LINES), returned)
    assert (facts["customer.spend"], facts["customer.returns"]) == (5_000, 1)
    assert facts["customer.return_share"] == pytest.approx(1 / 6, abs=1e-6)
    too_much = event("r", "order_returned", NOW, {"order_id": "o1", "amount": 9_000})
    facts = after(order("o1", days_ago(2), 6_000), too_much)
    assert (facts["customer.spend"], facts["customer.spend_decayed"], facts["customer.average_order"]) == (0, 0, 0)
    assert facts["customer.return_share"] == 1.0


def test_a_margin_is_known_where_every_cost_is() -> None:
    assert after(order("o1", NOW, 6_000, lines=LINES))["customer.margin"] == 6_000 - 2_500
    assert after(order("o1", NOW, 6_000, lines=LINES), order("o2", NOW, 100))["customer.margin"] is None


def test_an_order_of_nothing_is_an_order() -> None:
    facts = after(order("o1", NOW, 0))
    assert (facts["customer.orders"], facts["customer.average_order"], facts["customer.value_score"]) == (1, 0, 0)


def test_an_order_and_its_cancellation_leave_no_purchase() -> None:
    facts = after(order("o1", days_ago(3)), event("x", "order_cancelled", NOW, {"order_id": "o1"}))
    assert (facts["customer.orders"], facts["customer.days_since_last_order"]) == (0, NEVER)
    assert (facts["customer.pause_chance"], facts["customer.churn_risk"]) == (None, "none")


def test_recent_spend_halves_in_180_days() -> None:
    profile = who(order("o1", NOW, 8_000))
    assert facts_of(profile, now=NOW + 180 * DAY)["customer.spend_decayed"] == 4_000


@pytest.mark.parametrize(
    ("when", "days"),
    [(NOW, 0), (DAYS.start(TODAY), 0), (DAYS.start(TODAY) - 1_000, 1), (NOW - 21 * DAY, 21), (NOW + 4 * MINUTE, 0)],
)
def test_days_since_count_the_shops_days_and_never_run_ahead(when: int, days: int) -> None:
    assert after(order("o1", when))["customer.days_since_last_order"] == days


# ---- who they are ----


def test_an_anonymous_visitor_is_not_identified() -> None:
    visitor = Profile("a/visitor")
    assert facts_of(visitor, replace(asked(), customer="a/visitor"))["customer.identified"] is False
    assert facts_of(who())["customer.identified"] is True


def test_links_and_consents_are_those_in_force() -> None:
    channels = ("email", "app")
    said = [event(f"l{c}", "channel_address_added", days_ago(9), {"channel": c}) for c in channels]
    said += [event("g", "channel_address_removed", days_ago(1), {"channel": "app"})]
    facts = after(*said)
    assert (facts["customer.channel_addresses"], facts["customer.channel_address_count"]) == (frozenset(("email",)), 1)
    assert facts["customer.consents"] == frozenset()


@pytest.mark.parametrize(
    ("birthday", "today", "days"),
    [
        ("1980-03-07", "2026-03-02T10:00:00Z", 5),
        ("03-02", "2026-03-02T10:00:00Z", 0),
        ("03-01", "2026-03-02T10:00:00Z", 364),
        ("02-29", "2026-02-28T10:00:00Z", 1),
        ("02-29", "2028-02-28T10:00:00Z", 1),
        ("12-31", "2026-12-31T10:00:00Z", 0),
        ("01-01", "2026-12-31T10:00:00Z", 1),
        ("1980-05-17", "2199-12-31T10:00:00Z", 137),
    ],
)
def test_the_days_to_the_birthday(birthday: str, today: str, days: int) -> None:
    profile = who(event("i", "identified", NOW, {"traits": {"birthday": birthday}}))
    assert facts_of(profile, now=parse_rfc3339(today))["customer.birthday_in_days"] == days


def test_what_is_not_known_yet_is_a_gap() -> None:
    facts = after(event("i", "identified", NOW, {"traits": {"first_name": "Mei", "interests": ()}}))
    assert facts["customer.profile_gaps"] == frozenset(("birthday", "interests", "language"))


def test_the_top_category_is_the_one_with_most_units() -> None:
    facts = after(order("o1", NOW, 6_000, lines=LINES))
    assert facts["customer.top_category"] == "kitchen"
    assert facts["customer.categories"] == frozenset(("kitchen", "bedding"))


# ---- service ----


def test_a_complaint_is_open_until_it_is_closed_in_whatever_order_that_is_told() -> None:
    opened = event("o", "complaint_opened", days_ago(9), {"complaint_id": "c1"})
    closed = event("c", "complaint_closed", days_ago(2), {"complaint_id": "c1"})
    assert after(opened)["customer.open_complaints"] == 1
    assert after(opened, closed)["customer.open_complaints"] == 0
    assert after(closed, opened)["customer.open_complaints"] == 0
    assert after(closed)["customer.open_complaints"] == 0


def test_the_latest_rating_counts_and_of_two_at_once_the_worse() -> None:
    good, bad = event("a", "rated", days_ago(1), {"score": 5}), event("b", "rated", days_ago(1), {"score": 1})
    late = event("c", "rated", days_ago(9), {"score": 3})
    assert after(good, bad, late)["customer.last_rating"] == 1
    assert after(late, bad, good)["customer.last_rating"] == 1


# ---- the occasion ----


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        (
            MOMENTS[0],
            {"event.type": "order_completed", "event.channel": "store", "order.total": 8_900, "order.id": "x1"},
        ),
        (MOMENTS[1], {"event.type": "rated", "event.score": 5, "event.about": "delivery", "order.total": None}),
        (MOMENTS[2], {"event.type": "searched", "event.results": 3, "event.channel": "none"}),
        (MOMENTS[3], {"event.type": "product_viewed", "event.category": "kitchen", "order.id": None}),
    ],
)
def test_an_event_says_what_it_is_about(happened: Event, expected: dict[str, Any]) -> None:
    facts = on(happened)
    assert {name: facts[name] for name in expected} == expected


def test_a_request_has_the_channel_of_its_placement_and_the_order_of_its_context() -> None:
    facts = facts_of(who(), asked("home.banner", context={"order_id": "o9"}))
    assert (facts["event.type"], facts["event.channel"], facts["order.id"]) == ("requested", "web", "o9")


def test_the_cart_is_that_of_the_context_or_of_the_event() -> None:
    asked_with = facts_of(who(), asked(context=CART))
    updated = on(event("e", "cart_updated", NOW, {"lines": CART["cart"]["lines"]}))  # type: ignore[index]
    for facts in (asked_with, updated):
        assert (facts["cart.total"], facts["cart.items"]) == (100, 2)
        assert facts["cart.categories"] == frozenset(("bedding", "lighting"))
        assert (facts["cart.scene"], facts["cart.scene_missing"]) == ("sleep", 1)


def test_an_empty_context_is_an_empty_cart() -> None:
    contexts: list[dict[str, Any]] = [{}, {"cart": {}}, {"cart": None}, {"cart": {"lines": ()}}]
    for context in contexts:
        facts = facts_of(who(), asked(context=context))
        assert (facts["cart.items"], facts["cart.scene"], facts["cart.scene_missing"]) == (0, "none", 0)


def test_hour_weekday_and_date_are_those_where_the_customer_lives() -> None:
    at = parse_rfc3339("2026-03-01T23:30:00+01:00")
    in_shanghai = who(event("i", "identified", NOW, {"traits": {"zone": "Asia/Shanghai"}}))
    facts = facts_of(who(), now=at)
    assert (facts["time.hour"], facts["time.weekday"], facts["time.date"]) == (23, "sunday", "2026-03-01")
    facts = facts_of(in_shanghai, now=at)
    assert (facts["time.hour"], facts["time.weekday"], facts["time.date"]) == (6, "monday", "2026-03-02")


# ---- counters ----


def test_counters_are_facts_of_the_window_that_ends_now() -> None:
    visits = [event(f"v{n}", "visited", NOW - n * DAY, {"surface": "web"}) for n in range(10)]
    facts = after(*visits)
    assert (facts["customer.visits_7d"], facts["customer.visits_90d"]) == (7, 10)
    assert facts_of(who(*visits, compiled=shipped()), now=NOW + 3 * DAY)["customer.visits_7d"] == 4


def test_a_tier_and_a_score_come_from_the_snapshot() -> None:
    facts = facts_of(rich_customer(), snapshot=SNAPSHOT)
    assert facts["customer.tier"] == "platinum"
    assert isinstance(facts["customer.value_score"], int)
    assert facts["customer.value_score"] > 0


# ---- after a wait ----

SAID = {
    "rated": {"score": 2, "topic": "delivery"},
    "searched": {"query": "pan", "results": 0},
    "product_viewed": {"sku": "K-101", "category": "kitchen"},
    "complaint_opened": {"complaint_id": "c1", "about": "delivery"},
    "order_completed": {"order_id": "o1", "total": 8_900, "lines": LINES},
}
KEPT = ("event.channel", "event.score", "event.results", "event.category", "event.about", "order.total", "order.id")


@pytest.mark.parametrize("kind", SAID)
def test_a_wait_keeps_all_that_its_rules_read_of_the_event(kind: str) -> None:
    happened = event("e1", kind, NOW, SAID[kind], channel="web")
    kept = [(name, "web" if name == "channel" else happened.properties.get(name)) for name in properties_of(KEPT)]
    later = of_due(CUSTOMER, f"after:{kind}:7", NOW + 7 * DAY, [pair for pair in kept if pair[1] is not None])
    then = facts_of(who(happened), later, now=NOW + 7 * DAY)
    assert {name: then[name] for name in KEPT} == {name: on(happened)[name] for name in KEPT}
