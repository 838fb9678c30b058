"""The gates of a candidate in their order, each with its reason, and the contact policy."""

from dataclasses import replace
from typing import Any

import pytest

from engine.compiled import Compiled
from engine.contact_policy import judge, may_use
from engine.decision import Decision, Rejection
from engine.events import Event
from engine.occasion import Occasion, of_due, of_event
from engine.profile import Contact, Pending, Profile
from engine.times import DAY, day_of, parse_rfc3339
from tests.support.books import (
    CUSTOMER,
    NOW,
    action,
    actions_of,
    asked,
    consent,
    days_ago,
    decision,
    event,
    made,
    on,
    order,
    reachable,
    reasons,
    rule,
    says,
    who,
)

HERE = asked("home.banner")


def one(then: dict[str, Any] | None = None, on_action: dict[str, Any] | None = None, **files: str) -> Compiled:
    """A rulebook of the action `a` and the rule `r` that recommends it."""
    return made([action("a", **(on_action or {}))], [rule("r", "a", **(then or {}))], **files)


def only_rejection(decided: Decision) -> Rejection:
    (rejection,) = decided.rejected
    return rejection


def contacted(name: str, *days: float, at: int = NOW) -> Profile:
    """A customer who was contacted with an action so many days ago."""
    times = sorted(at - int(d * DAY) for d in days)
    return replace(who(), contacts={name: Contact(times[-1], tuple(day_of(t) for t in times), "impression", times[-1])})


def waiting(name: str, placement: str | None = "home.banner", expires: int = NOW + DAY) -> Pending:
    return Pending("r-00", name, "r", "web", placement, NOW - 1, expires)


# ---- the rule's status and dates ----


def test_a_live_rule_recommends() -> None:
    assert actions_of(decision(one(), HERE)) == ["a"]


def test_a_rule_on_test_is_decided_and_never_shown() -> None:
    decided = decision(one({"status": "test"}), HERE)
    assert decided.matched == ("r",)
    assert reasons(decided) == {"a": "NOT_LIVE"}


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_drafts_and_retired_rules_do_not_look(status: str) -> None:
    decided = decision(one({"status": status}), HERE)
    assert (decided.matched, decided.rejected, actions_of(decided)) == ((), (), [])


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        ("2026-02-28T23:59:59+01:00", "OUT_OF_DATES"),
        ("2026-03-01T00:00:00+01:00", None),
        ("2026-03-31T23:59:59.999+02:00", None),
        ("2026-04-01T00:00:00+02:00", "OUT_OF_DATES"),
    ],
)
def test_a_rule_is_valid_from_the_first_midnight_to_the_end_of_the_last_day(moment: str, reason: str | None) -> None:
    compiled = one({"valid": {"from": "2026-03-01", "until": "2026-03-31"}})
    assert reasons(decision(compiled, HERE, now=parse_rfc3339(moment))).get("a") == reason


def test_before_its_dates_a_rejection_says_when_to_look_again() -> None:
    compiled = one({"valid": {"from": "2027-01-01"}})
    rejection = only_rejection(decision(compiled, HERE))
    assert rejection.retry_after == parse_rfc3339("2027-01-01T00:00:00+01:00")


# ---- once ----

DELIVERED = event("d1", "delivery_completed", days_ago(3), {"order_id": "o1"})
COMPLAINED = event("c1", "complaint_opened", days_ago(3), {"complaint_id": "c1"})
ANOTHER = {
    "order": order("o2", days_ago(1)),
    "silence": order("o2", days_ago(1)),
    "delivery": event("d2", "delivery_completed", days_ago(1), {"order_id": "o2"}),
    "complaint": event("c2", "complaint_opened", days_ago(1), {"complaint_id": "c2"}),
}
OPEN_SCOPES = ("customer", "order", "silence", "delivery", "complaint", "year")


def done_once(compiled: Compiled, *events: Event) -> Profile:
    """The customer after the rule's recommendation became a contact."""
    profile = who(*events)
    (given,) = decision(compiled, HERE, profile).results[0].recommendations
    assert given.scope
    return replace(profile, once={"r": given.scope})


@pytest.mark.parametrize("per", OPEN_SCOPES)
def test_what_was_said_once_is_not_said_again(per: str) -> None:
    compiled = one({"once": f"per {per}"})
    profile = done_once(compiled, order("o1", days_ago(9)), DELIVERED, COMPLAINED)
    assert reasons(decision(compiled, asked("home.banner", id="request/2"), profile)) == {"a": "ONCE_ALREADY"}


@pytest.mark.parametrize("per", ["order", "silence", "delivery", "complaint"])
def test_once_per_something_begins_anew_with_the_next(per: str) -> None:
    compiled = one({"once": f"per {per}"})
    events = (order("o1", days_ago(9)), DELIVERED, COMPLAINED)
    once = done_once(compiled, *events).once
    assert actions_of(decision(compiled, HERE, replace(who(*events, ANOTHER[per]), once=once))) == ["a"]


def test_once_per_year_begins_anew_with_the_year() -> None:
    compiled = one({"once": "per year"})
    profile = done_once(compiled)
    assert actions_of(decision(compiled, HERE, profile, now=parse_rfc3339("2027-01-01T12:00:00Z"))) == ["a"]


def test_once_per_order_goes_by_the_order_of_the_event() -> None:
    compiled = one({"once": "per order", "trigger": ["order_completed"]})
    first, second = order("o1", NOW, decide=("home.banner",)), order("o2", NOW)
    profile = replace(who(first, second), once={"r": "o1"})
    for happened, reason in ((first, "ONCE_ALREADY"), (second, None)):
        occasion = of_event(replace(happened, decide=("home.banner",)))
        assert reasons(decision(compiled, occasion, profile)).get("a") == reason


def test_a_rejection_by_once_names_what_it_counts_by() -> None:
    compiled = one({"once": "per customer"})
    rejection = only_rejection(decision(compiled, HERE, done_once(compiled)))
    assert (rejection.gate, rejection.detail) == ("once", "once per customer, and this customer had it")


# ---- pending ----


def test_an_action_that_waits_elsewhere_is_not_said_twice() -> None:
    profile = replace(who(), pending=(waiting("a", "home.side"),))
    rejection = only_rejection(decision(one(), HERE, profile))
    assert (rejection.reason, rejection.detail) == ("DUPLICATE", "already waiting in home.side")
    assert rejection.retry_after == NOW + DAY


def test_an_action_that_waits_as_a_delivery_is_not_shown_too() -> None:
    profile = replace(who(), pending=(replace(waiting("a", None), channel="email"),))
    assert only_rejection(decision(one(), HERE, profile)).detail == "already waiting in email"


def test_an_expired_recommendation_waits_no_longer() -> None:
    profile = replace(who(), pending=(waiting("a", "home.side", expires=NOW),))
    assert actions_of(decision(one(), HERE, profile)) == ["a"]


def test_asked_for_two_placements_what_waits_in_one_stays_there() -> None:
    profile = replace(who(), pending=(waiting("a", "home.side"),))
    decided = decision(one(), asked("home.banner", "home.side"), profile)
    banner, side = decided.results
    assert banner.recommendations == ()
    assert [given.recommendation_id for given in side.recommendations] == ["r-00"]


# ---- forbids ----

FORBIDS = ({"action": "a"}, {"group": "g"}, {"tag": "t"}, {"kind": "marketing"}, {"effect": "discount"})
PRICE_CUT = action("a", group="g", tags=["t"], effect={"type": "discount", "percent": "10 %"})
OTHER = action("b", group="other", tags=["u"], kind="service")


def forbidding(target: dict[str, str], **more: Any) -> Compiled:
    forbid = rule("no", forbid=target, title="Not now", **more)
    return made([PRICE_CUT, OTHER], [rule("r", "a"), rule("s", "b"), forbid])


@pytest.mark.parametrize("target", FORBIDS, ids=lambda target: next(iter(target)))
def test_a_forbid_drops_what_it_covers_and_nothing_else(target: dict[str, str]) -> None:
    decided = decision(forbidding(target), asked("account.next", count=3))
    assert actions_of(decided) == ["b"]
    rejection = only_rejection(decided)
    assert (rejection.gate, rejection.reason, rejection.detail) == ("forbid", "FORBIDDEN_BY_RULE", "no: Not now")


@pytest.mark.parametrize(
    "more", [{"status": "test"}, {"status": "draft"}, {"valid": {"until": "2026-03-01"}}, {"trigger": ["overdue"]}]
)
def test_a_forbid_that_is_not_in_force_forbids_nothing(more: dict[str, Any]) -> None:
    decided = decision(forbidding({"action": "a"}, **more), asked("account.next", count=3))
    assert set(actions_of(decided)) == {"a", "b"}


# ---- cooldown and limits ----

COOLDOWNS = "cooldown: {actions: {b: 3 days}, groups: {g: 5 days}}"


@pytest.mark.parametrize(("days", "reason"), [(13.9, "COOLDOWN"), (14, None)])
def test_an_actions_own_cooldown_counts_from_its_latest_contact(days: float, reason: str | None) -> None:
    decided = decision(one(on_action={"cooldown": "14 days"}), HERE, contacted("a", 90, days))
    assert reasons(decided).get("a") == reason


def test_a_rejection_by_cooldown_says_when_it_ends() -> None:
    profile = contacted("a", 4)
    rejection = only_rejection(decision(one(on_action={"cooldown": "14 days"}), HERE, profile))
    assert rejection.retry_after == profile.contacts["a"].last + 14 * DAY
    assert rejection.detail == "a: last contact 2026-02-26T09:00:00Z, cooldown 14 days"


@pytest.mark.parametrize(("days", "reason"), [(4.9, "COOLDOWN"), (5, None)])
def test_a_groups_cooldown_counts_contacts_with_any_of_its_actions(days: float, reason: str | None) -> None:
    compiled = made([action("a", group="g"), action("b", group="g")], [rule("r", "a")], contact_policy=COOLDOWNS)
    assert reasons(decision(compiled, HERE, contacted("b", days))).get("a") == reason


@pytest.mark.parametrize(("days", "reason"), [(2.9, "COOLDOWN"), (3, None)])
def test_the_policy_may_give_an_action_a_cooldown(days: float, reason: str | None) -> None:
    compiled = made([action("b")], [rule("r", "b")], contact_policy="cooldown: {actions: {b: 3 days}}")
    assert reasons(decision(compiled, HERE, contacted("b", days))).get("b") == reason


def test_one_of_a_group_that_waits_holds_the_others_back() -> None:
    compiled = made([action("a", group="g"), action("b", group="g")], [rule("r", "a")], contact_policy=COOLDOWNS)
    profile = replace(who(), pending=(waiting("b", "home.side"),))
    assert reasons(decision(compiled, HERE, profile)) == {"a": "COOLDOWN"}


def test_an_action_that_waits_does_not_hold_itself_back() -> None:
    compiled = made(
        [action("a", group="g", cooldown="9 days")], [rule("r", "a")], contact_policy="cooldown: {groups: {g: 5 days}}"
    )
    profile = replace(who(), pending=(waiting("a"),))
    assert actions_of(decision(compiled, HERE, profile)) == ["a"]


def test_one_decision_recommends_one_of_a_group_with_a_cooldown() -> None:
    compiled = made(
        [action("a", group="g"), action("b", group="g"), action("c")],
        [rule("r", "a"), rule("s", "b"), rule("t", "c")],
        contact_policy="cooldown: {groups: {g: 5 days}}",
    )
    decided = decision(compiled, asked("account.next", count=3))
    assert actions_of(decided) == ["a", "c"]
    assert reasons(decided) == {"b": "COOLDOWN"}


def test_tasks_for_staff_contact_nobody_and_hold_nothing_of_their_group_back() -> None:
    task = action("b", group="g", kind="internal", treatments=[on("desk")])
    policy = "cooldown: {groups: {g: 5 days}}"
    compiled = made([action("a", group="g"), task], [rule("r", "a")], contact_policy=policy)
    assert actions_of(decision(compiled, HERE, contacted("b", 1))) == ["a"]


@pytest.mark.parametrize(("days", "reason"), [((1, 2), "LIMIT_REACHED"), ((1, 31), None), ((29,), None)])
def test_a_limit_per_customer_counts_contacts_within_its_time(days: tuple[float, ...], reason: str | None) -> None:
    compiled = one(on_action={"limits": {"per_customer": "2 in 30 days"}})
    assert reasons(decision(compiled, HERE, contacted("a", *days))).get("a") == reason


def test_a_rejection_by_limit_says_when_there_is_room_again() -> None:
    compiled = one(on_action={"limits": {"per_customer": "2 in 30 days"}})
    rejection = only_rejection(decision(compiled, HERE, contacted("a", 20, 10, 5)))
    assert rejection.detail == "a: 3 of 2 in 30 days"
    assert rejection.retry_after is not None
    again = decision(compiled, HERE, contacted("a", 20, 10, 5), now=rejection.retry_after)
    before = decision(compiled, HERE, contacted("a", 20, 10, 5), now=rejection.retry_after - 1)
    assert (actions_of(before), actions_of(again)) == ([], ["a"])


def test_a_limit_within_hours_holds_on_the_day() -> None:
    compiled = one(on_action={"limits": {"per_customer": "1 in 12 hours"}})
    assert reasons(decision(compiled, HERE, contacted("a", 0.1))) == {"a": "LIMIT_REACHED"}


TASK = {"kind": "internal", "group": "g", "cooldown": "9 days", "limits": {"per_customer": "2 in 30 days"}}


def test_a_task_for_staff_has_limits_and_no_cooldown() -> None:
    compiled = one(on_action={**TASK, "treatments": [on("desk")]}, contact_policy="cooldown: {groups: {g: 5 days}}")
    task = compiled.rulebook.actions["a"]
    assert judge(task, contacted("a", 1), compiled, NOW) is None
    refusal = judge(task, contacted("a", 1, 2), compiled, NOW)
    assert refusal is not None
    assert refusal.reason == "LIMIT_REACHED"


# ---- links and consent ----


def outbound(profile: Profile, kind: str = "marketing", policy: str = "consent: {marketing: marketing}") -> Decision:
    compiled = one(on_action={"kind": kind, "treatments": says("Hi", "email")}, contact_policy=policy)
    return decision(compiled, asked(), profile)


def test_a_linked_and_consenting_customer_is_reached() -> None:
    assert actions_of(outbound(who(*reachable("email")))) == ["a"]


def test_no_record_of_a_consent_means_no() -> None:
    profile = who(event("l", "link_added", days_ago(9), {"channel": "email"}))
    rejection = only_rejection(outbound(profile))
    assert (rejection.reason, rejection.detail) == ("NO_CONSENT", "email: no consent to marketing")


@pytest.mark.parametrize(
    "told",
    [
        (consent("email", False, days_ago(1)),),
        (consent("email", False, days_ago(400)), consent("email", False, days_ago(365))),
    ],
    ids=["withdrawn later", "withdrawn at the same moment"],
)
def test_a_withdrawn_consent_means_no(told: tuple[Event, ...]) -> None:
    events = [replace(e, id=f"{e.id}-{n}") for n, e in enumerate((*reachable("email"), *told))]
    assert reasons(outbound(who(*events))) == {"a": "NO_CONSENT"}


def test_a_consent_holds_for_its_channel_and_its_purpose_only() -> None:
    link = event("l", "link_added", days_ago(9), {"channel": "email"})
    for given in (consent("phone"), consent("email", purpose="service")):
        assert reasons(outbound(who(link, given))) == {"a": "NO_CONSENT"}


def test_a_consent_to_another_purpose_is_asked_for_where_the_policy_says_so() -> None:
    policy = "consent: {marketing: marketing, service: care}"
    assert reasons(outbound(who(*reachable("email")), "service", policy)) == {"a": "NO_CONSENT"}
    assert actions_of(outbound(who(*reachable("email", purpose="care")), "service", policy)) == ["a"]


@pytest.mark.parametrize("kind", ["service", "transactional", "mandatory"])
def test_kinds_without_a_purpose_need_a_link_and_no_consent(kind: str) -> None:
    linked = who(event("l", "link_added", days_ago(9), {"channel": "email"}))
    assert actions_of(outbound(linked, kind)) == ["a"]
    assert reasons(outbound(who(), kind)) == {"a": "NO_REACHABLE_CHANNEL"}


def test_a_removed_link_reaches_nobody() -> None:
    gone = event("gone", "link_removed", days_ago(1), {"channel": "email"})
    assert reasons(outbound(who(*reachable("email"), gone))) == {"a": "NO_REACHABLE_CHANNEL"}


def test_a_channel_that_needs_neither_reaches_everybody() -> None:
    compiled = one()
    assert may_use(compiled.rulebook.channels["web"], compiled.rulebook.actions["a"], who(), compiled) is None


# ---- products and texts ----


def test_an_action_without_a_fitting_product_is_dropped() -> None:
    choice = {"action": "a", "products": {"role": "stabilising", "count": 1}}
    rejection = only_rejection(decision(one({"recommend": choice}), HERE))
    assert (rejection.reason, rejection.detail) == ("NO_PRODUCT", "no product fits: stabilising")


def test_an_action_whose_text_cannot_be_filled_is_dropped() -> None:
    compiled = one(on_action={"treatments": says("Dear {customer.first_name}")})
    rejection = only_rejection(decision(compiled, HERE))
    assert (rejection.reason, rejection.placement) == ("NO_TEXT", "home.banner")


def test_an_action_without_a_treatment_for_the_placement_is_dropped() -> None:
    elsewhere = says("Hi", placements=["home.side"])
    assert reasons(decision(one(on_action={"treatments": elsewhere}), HERE)) == {"a": "NO_REACHABLE_CHANNEL"}


# ---- the order of the gates ----


def test_the_first_gate_that_refuses_gives_the_reason() -> None:
    """Everything is wrong at once; taking away the first cause brings the next to light."""
    then: dict[str, Any] = {
        "status": "test",
        "valid": {"until": "2026-01-01"},
        "once": "per customer",
        "recommend": {"action": "a", "products": {"role": "stabilising", "count": 1}},
    }
    on_action = {
        "cooldown": "14 days",
        "limits": {"per_customer": "1 in 30 days"},
        "treatments": says("Dear {customer.first_name}", "email"),
    }
    profile = replace(contacted("a", 1), once={"r": "1"}, pending=(waiting("a", None),))
    linked = replace(profile, links=who(*reachable("email")).links)
    agreed = replace(linked, consents=who(*reachable("email")).consents)
    forbid = [rule("no", forbid={"action": "a"})]
    seen: list[str] = []

    def look(profile: Profile, forbids: list[dict[str, Any]]) -> None:
        compiled = made([action("a", **on_action)], [rule("r", "a", **then), *forbids])
        occasion = Occasion("asked", "request/1", CUSTOMER)
        seen.append(only_rejection(decision(compiled, occasion, profile)).reason)

    look(profile, forbid)
    then["status"] = "live"
    look(profile, forbid)
    del then["valid"]
    look(profile, forbid)
    del then["once"]
    look(profile, forbid)
    profile = replace(profile, pending=())
    linked, agreed = replace(linked, pending=()), replace(agreed, pending=())
    look(profile, forbid)
    look(profile, [])
    del on_action["cooldown"]
    look(profile, [])
    del on_action["limits"]
    look(profile, [])
    del then["recommend"]["products"]
    for somebody in (profile, linked, agreed):
        look(somebody, [])
    assert seen == [
        *("NOT_LIVE", "OUT_OF_DATES", "ONCE_ALREADY", "DUPLICATE", "FORBIDDEN_BY_RULE", "COOLDOWN"),
        *("LIMIT_REACHED", "NO_PRODUCT", "NO_REACHABLE_CHANNEL", "NO_CONSENT", "NO_TEXT"),
    ]


def test_a_due_time_asks_for_outbound() -> None:
    compiled = made([action("a", treatments=says("Hi", "email"))], [rule("r", "a", trigger=["overdue"])])
    decided = decision(compiled, of_due(CUSTOMER, "overdue", NOW), who(*reachable("email")))
    assert actions_of(decided) == ["a"]
