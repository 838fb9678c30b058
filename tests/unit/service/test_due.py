"""Silence is an event: who does nothing is looked at when it is time, once, and treated as it fits."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from engine.compiled.rulebook import Compiled
from engine.domain.decision import Decision
from engine.domain.events import Event
from engine.domain.times import DAY, HOUR, format_rfc3339
from engine.rulebook.condition import AllOf, Compare, Op
from engine.rulebook.model import Forbid, Recommend, Rule, RuleTrigger
from engine.scheduling.timers import SOON, next_due
from service.live import Live
from tests.support.books import CUSTOMER, DAYS, NOW, action, event, made, on, order, reachable, ready, rule, shipped
from tests.support.services import Shop

EMAIL = [on("email")]
WAITING = {"after": "delivery_completed", "wait": "14 days"}


def book(*rules: Mapping[str, Any]) -> Shop:
    actions = [
        action("mail", treatments=EMAIL, kind="service"),
        action("letter", treatments=EMAIL, kind="service"),
    ]
    return Shop(made(actions, rules, arbitration="outbound: {at_most: 2}"))


def pass_until(shop: Shop, until: int) -> list[Decision]:
    """The decisions as time passes and nobody does anything."""
    decisions: list[Decision] = []
    while found := shop.store.due(until, 1):
        customer, due = found[0]
        shop.now = max(shop.now, due)
        decisions += shop.service.handle_due(customer)
    shop.now = until
    return decisions


def midnight(days: int) -> int:
    """The beginning of the shop's day, so many days from now."""
    return DAYS.start(DAYS.of(NOW) + days)


def told(shop: Shop, *events: Event) -> None:
    for happened in events:
        shop.now = max(shop.now, happened.time)
        shop.service.handle_event(happened)


def actions_in(decisions: list[Decision]) -> list[str]:
    return [given.action for decision in decisions for given in decision.given]


def delivered(at: int = NOW) -> Event:
    return event(f"d{at}", "delivery_completed", at, {"order_id": "o1"})


# ---- what the strategy asks for (S41, S42) ----


AT_RISK = Rule(
    id="at-risk",
    title="Who may be about to leave hears from us",
    serves=("S41",),
    status="live",
    owner="crm",
    trigger=(RuleTrigger("inactive"),),
    when=AllOf(
        (
            Compare("customer.churn_risk", Op.ONE_OF, ("medium", "high")),
            Compare("customer.orders", Op.AT_LEAST, 2),
        )
    ),
    then=Recommend("light-reminder"),
    once="inactivity spell",
)


@cache
def early() -> Compiled:
    """The shipped rulebook, with one more rule that also looks at medium risk, and no other overdue rule that gives."""
    rules = {
        name: one
        for name, one in shipped().rulebook.rules.items()
        if isinstance(one.then, Forbid) or "inactive" not in {trigger.name for trigger in one.trigger}
    }
    return ready(replace(shipped().rulebook, rules={**rules, AT_RISK.id: AT_RISK}))


def buyer(gap: int, orders: int) -> Shop:
    """Somebody who bought every `gap` days, the last time now, at a shop where tiers are known."""
    shop = Shop(early())
    first = NOW - gap * (orders - 1) * DAY
    shop.now = first
    shop.service.handle_events(reachable("email"))
    told(shop, *(order(f"o{number}", first + number * gap * DAY, 6_000) for number in range(orders)))
    shop.take_snapshot()
    return shop


@pytest.mark.parametrize(("gap", "silent"), [(7, 30), (20, 45)])
def test_a_regular_buyer_who_stays_away_is_won_back_without_any_event(gap: int, silent: int) -> None:
    shop = buyer(gap, 10)
    assert actions_in(pass_until(shop, NOW + silent * DAY)) == ["light-reminder"]
    assert [item["type"] for item in shop.service.deliveries(None, 10)[0]] == ["deliver"]


def test_a_quarterly_buyer_is_not_missed_after_eighty_days() -> None:
    assert pass_until(buyer(90, 6), NOW + 80 * DAY) == []


def test_who_bought_once_is_not_lost_after_three_days() -> None:
    assert pass_until(buyer(1, 1), NOW + 3 * DAY) == []


def test_a_purchase_withdraws_an_open_win_back() -> None:
    shop = buyer(7, 10)
    pass_until(shop, NOW + 21 * DAY)
    shop.service.handle_event(replace(order("back", shop.now), decide="outbound"))
    feed = [(item["type"], item.get("action")) for item in shop.service.deliveries(None, 10)[0]]
    assert feed == [("deliver", "light-reminder"), ("withdraw", "light-reminder")]


def test_one_inactivity_spell_is_treated_once_and_the_next_one_again() -> None:
    shop = buyer(7, 10)
    first = pass_until(shop, NOW + 40 * DAY)
    sent = {"recommendation_id": first[0].given[0].recommendation_id, "outcome": "sent"}
    told(shop, event("sent", "outcome", shop.now, sent))
    assert actions_in(pass_until(shop, NOW + 300 * DAY)) == []
    told(shop, order("back", NOW + 300 * DAY))
    assert actions_in(pass_until(shop, NOW + 500 * DAY)) == ["light-reminder"]


# ---- overdue ----


def test_a_rule_that_holds_already_is_evaluated_soon() -> None:
    shop = book(rule("r", "mail", trigger=["inactive"], when={"customer.days_since_last_order": {"at_least": 20}}))
    shop.service.handle_events([*reachable("email"), order("o1", NOW - 60 * DAY)])
    assert shop.store.due(NOW + SOON, 1) == [(CUSTOMER, NOW + SOON)]
    assert actions_in(pass_until(shop, NOW + DAY)) == ["mail"]


def test_who_is_new_is_evaluated_by_a_rule_that_asks_for_nothing() -> None:
    shop = book(rule("r", "mail", trigger=["inactive"], when={}))
    told(shop, event("v", "visited", NOW, {"surface": "web"}))
    assert shop.store.due(NOW + DAY, 1) == [(CUSTOMER, NOW + SOON)]


def test_what_is_due_stays_due_when_something_else_happens() -> None:
    shop = book(rule("r", "mail", trigger=["inactive"], when={"customer.days_since_last_order": {"at_least": 20}}))
    told(shop, *reachable("email"), order("o1"))
    shop.now = NOW + 21 * DAY
    told(shop, event("v", "visited", NOW + 21 * DAY, {"surface": "web"}))
    assert shop.store.due(shop.now, 1) == [(CUSTOMER, midnight(20))]
    assert actions_in(pass_until(shop, NOW + 22 * DAY)) == ["mail"]


def test_a_purchase_puts_the_due_time_off() -> None:
    shop = book(rule("r", "mail", trigger=["inactive"], when={"customer.days_since_last_order": {"at_least": 20}}))
    told(shop, order("o1"), order("o2", NOW + 15 * DAY))
    assert shop.store.due(NOW + 400 * DAY, 1) == [(CUSTOMER, midnight(35))]


def test_who_no_rule_can_ever_have_something_for_is_never_due() -> None:
    shop = book(rule("r", "mail", trigger=["inactive"], when={"customer.orders": {"at_least": 2}}))
    told(shop, *reachable("email"), order("o1"), event("v", "visited", NOW, {"surface": "web"}))
    assert shop.store.due(NOW + 10_000 * DAY, 1) == []


def test_an_evaluation_without_a_decision_leaves_no_record_and_the_next_timer() -> None:
    when = {"any": [{"customer.days_since_last_order": 20}, {"customer.days_since_last_order": 40}]}
    shop = book(rule("r", "mail", trigger=["inactive"], when={"customer.tier": ["bronze"], **when}))
    told(shop, *reachable("email"), order("o1"))
    shop.now = NOW + 20 * DAY  # before the first snapshot any tier is possible
    assert shop.service.handle_due(CUSTOMER) == []
    assert shop.store.records_of(CUSTOMER) == []
    assert shop.store.due(NOW + 1_000 * DAY, 1) == [(CUSTOMER, midnight(40))]


def test_a_rule_is_evaluated_when_what_forbids_its_action_ends() -> None:
    shop = book(
        rule("r", "mail", trigger=["inactive"], when={"customer.orders": {"at_least": 1}}),
        rule(
            "f",
            trigger=["inactive"],
            when={"customer.days_since_last_order": {"at_most": 9}},
            forbid={"action": "mail"},
        ),
    )
    told(shop, *reachable("email"), order("o1"))
    assert shop.store.due(NOW + 1_000 * DAY, 1) == [(CUSTOMER, midnight(10))]
    assert actions_in(pass_until(shop, NOW + 11 * DAY)) == ["mail"]


def test_a_rule_is_evaluated_on_its_first_day() -> None:
    dates = {"from": "2026-03-10", "until": "2026-03-20"}
    shop = book(rule("r", "mail", trigger=["inactive"], when={"customer.orders": {"at_least": 1}}, valid=dates))
    told(shop, *reachable("email"), order("o1"))
    assert actions_in(pass_until(shop, NOW + 30 * DAY)) == ["mail"]
    assert shop.store.due(NOW + 1_000 * DAY, 1) == []


# ---- waiting after an event ----


def test_a_rule_that_waits_is_evaluated_when_the_wait_is_over() -> None:
    shop = book(rule("r", "mail", trigger=[WAITING]))
    told(shop, *reachable("email"), delivered())
    assert pass_until(shop, NOW + 14 * DAY - 1) == []
    decisions = pass_until(shop, NOW + 14 * DAY)
    assert [decision.trigger for decision in decisions] == ["after:delivery_completed:14"]
    assert actions_in(decisions) == ["mail"]
    assert pass_until(shop, NOW + 100 * DAY) == []


def test_each_event_has_its_own_wait_and_those_of_a_day_are_one() -> None:
    shop = book(rule("r", "mail", trigger=[WAITING]))
    told(shop, *reachable("email"), *(delivered(NOW + hours * HOUR) for hours in (0, 1, 2, 48)))
    assert [due for _, due in shop.store.due(NOW + 100 * DAY, 9)] == [NOW + 14 * DAY + 2 * HOUR]
    decisions = pass_until(shop, NOW + 100 * DAY)
    moments = [format_rfc3339(decision.decided_at) for decision in decisions[:2]]
    assert moments == ["2026-03-16T11:00:00Z", "2026-03-18T09:00:00Z"]


@pytest.mark.parametrize(("late", "looks"), [(15 * DAY - 1, 1), (15 * DAY + 1, 0)])
def test_a_wait_that_was_over_long_ago_when_its_event_arrived_is_not_begun(late: int, looks: int) -> None:
    shop = book(rule("r", "mail", trigger=[WAITING]))
    shop.now = NOW + late
    shop.service.handle_events([*reachable("email"), delivered()])
    assert len(actions_in(pass_until(shop, shop.now))) == looks


def test_only_so_many_waits_are_kept_and_those_are_the_first() -> None:
    shop = book(rule("r", "mail", trigger=[WAITING]))
    told(shop, *(delivered(NOW + day * DAY) for day in range(12)))
    profile = shop.profile()
    assert profile is not None
    assert [wait.at for wait in profile.waits] == [NOW + (14 + day) * DAY for day in range(8)]


def test_a_weekly_buyer_has_room_for_every_wait_of_180_days() -> None:
    shop = book(rule("r", "mail", trigger=[{"after": "delivery_completed", "wait": "180 days"}]))
    told(shop, *(delivered(NOW + week * 7 * DAY) for week in range(26)))
    profile = shop.profile()
    assert profile is not None
    assert [wait.at for wait in profile.waits] == [NOW + (180 + 7 * week) * DAY for week in range(26)]


def test_a_wait_remembers_what_its_rules_read_of_the_event() -> None:
    rules = [
        rule("r", "mail", trigger=[{"after": "order_completed", "wait": "7 days"}], when={"order.total": "80 EUR"}),
        rule("s", "mail", trigger=[{"after": "order_completed", "wait": "9 days"}]),
    ]
    shop = book(*rules)
    told(shop, *reachable("email"), order("small", NOW, 7_900), order("large", NOW + DAY, 8_000))
    profile = shop.profile()
    assert profile is not None
    assert {wait.properties for wait in profile.waits if wait.key.endswith(":9")} == {()}
    totals = [dict(wait.properties) for wait in profile.waits if wait.key.endswith(":7")]
    assert totals == [{"total": 7_900}, {"total": 8_000}]
    decisions = pass_until(shop, NOW + 9 * DAY - 1)
    assert [(one.decided_at, one.facts.get("order.total")) for one in decisions if actions_in([one])] == [
        (NOW + 8 * DAY, 8_000)
    ]


def test_what_is_due_at_once_is_decided_in_the_order_of_its_times() -> None:
    shop = book(
        rule("late", "letter", trigger=["inactive"], when={"customer.days_since_last_order": {"at_least": 20}}),
        rule("early", "mail", trigger=[WAITING]),
    )
    told(shop, *reachable("email"), order("o1"), delivered())
    shop.now = NOW + 30 * DAY  # nobody was there to look
    decisions = shop.service.handle_due(CUSTOMER)
    assert [decision.trigger for decision in decisions] == ["after:delivery_completed:14", "inactive"]
    assert actions_in(decisions) == ["mail", "letter"]
    assert shop.service.handle_due(CUSTOMER) == []


# ---- other rules ----


def test_other_rules_have_other_due_times_once_they_are_worked_out_anew() -> None:
    shop = book(rule("r", "mail", trigger=["inactive"], when={"customer.days_since_last_order": {"at_least": 20}}))
    told(shop, order("o1"))
    other = book(rule("r", "mail", trigger=["inactive"], when={"customer.days_since_last_order": {"at_least": 50}}))
    assert other.live.compiled.due.digest != shop.live.compiled.due.digest
    shop.live = Live(other.live.compiled, shop.live.snapshot)
    shop.service.reschedule(CUSTOMER)
    assert shop.store.due(NOW + 1_000 * DAY, 1) == [(CUSTOMER, midnight(50))]


def test_rules_that_say_the_same_have_the_same_digest() -> None:
    when = {"customer.days_since_last_order": {"at_least": 20}}
    one = book(rule("r", "mail", trigger=["inactive"], when=when), rule("other", "letter", trigger=["visited"]))
    same = book(rule("r", "mail", trigger=["inactive"], when=when, title="Said otherwise"))
    assert one.live.compiled.due.digest == same.live.compiled.due.digest


def test_a_customer_who_is_erased_is_not_due() -> None:
    shop = book(rule("r", "mail", trigger=[WAITING]))
    told(shop, delivered())
    shop.service.erase(CUSTOMER)
    assert shop.store.due(NOW + 100 * DAY, 1) == []
    assert shop.service.handle_due(CUSTOMER) == []


def test_what_an_anonymous_customer_waits_for_goes_over_to_the_known_one() -> None:
    shop = book(rule("r", "mail", trigger=[WAITING]))
    told(shop, *reachable("email"), replace(delivered(), customer="a/cookie"))
    told(shop, event("x", "aliased", NOW, {"anonymous_id": "cookie"}))
    assert shop.store.due(NOW + 100 * DAY, 9) == [(CUSTOMER, NOW + 14 * DAY)]
    profile = shop.profile()
    assert profile is not None and next_due(profile) == NOW + 14 * DAY
