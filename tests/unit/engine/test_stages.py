"""The stages of a candidate in their order, each with its reason; links and consent."""

from dataclasses import replace
from typing import Any

import pytest

from engine.compiled.rulebook import Compiled
from engine.decisioning.contact_policy import may_use
from engine.domain.decision import Decision
from engine.domain.events import Event
from engine.domain.profile import Profile
from engine.domain.refusal import (
    AlreadyPending,
    ForbiddenByRule,
    NoConsent,
    NoProduct,
    NoTreatment,
    OnceAlready,
    refused,
)
from engine.domain.times import DAY, parse_rfc3339
from engine.domain.trigger import of_due, of_event
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
    order,
    reachable,
    reasons,
    rule,
    says,
    who,
)
from tests.support.policy import contacted, context, one, only_rejection, waiting

HERE = asked("home.banner")


# ---- the rule's status and dates ----


def test_a_live_rule_recommends() -> None:
    assert actions_of(decision(one(), HERE)) == ["a"]


def test_a_rule_on_test_is_decided_and_never_shown() -> None:
    decided = decision(one({"status": "shadow"}), HERE)
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
    "inactivity spell": order("o2", days_ago(1)),
    "delivery": event("d2", "delivery_completed", days_ago(1), {"order_id": "o2"}),
    "complaint": event("c2", "complaint_opened", days_ago(1), {"complaint_id": "c2"}),
}
OPEN_SCOPES = ("customer", "order", "inactivity spell", "delivery", "complaint", "year")


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


@pytest.mark.parametrize("per", ["order", "inactivity spell", "delivery", "complaint"])
def test_once_per_something_begins_anew_with_the_next(per: str) -> None:
    compiled = one({"once": f"per {per}"})
    events = (order("o1", days_ago(9)), DELIVERED, COMPLAINED)
    once = done_once(compiled, *events).once
    assert actions_of(decision(compiled, HERE, replace(who(*events, ANOTHER[per]), once=once))) == ["a"]


def test_once_per_year_begins_anew_with_the_year() -> None:
    compiled = one({"once": "per year"})
    profile = done_once(compiled)
    assert actions_of(decision(compiled, HERE, profile, now=parse_rfc3339("2027-01-01T12:00:00Z"))) == ["a"]


def test_once_per_year_is_a_year_where_the_customer_lives() -> None:
    compiled, midnight = one({"once": "per year"}), parse_rfc3339("2026-12-31T23:00:00Z")
    in_new_york = event("i", "identified", NOW, {"traits": {"zone": "America/New_York"}})
    for events, allowed in (((), ["a"]), ((in_new_york,), [])):
        profile = done_once(compiled, *events)
        assert actions_of(decision(compiled, HERE, profile, now=midnight)) == allowed


def test_once_per_order_goes_by_the_order_of_the_event() -> None:
    compiled = one({"once": "per order", "trigger": ["order_completed"]})
    first, second = order("o1", NOW, decide=("home.banner",)), order("o2", NOW)
    profile = replace(who(first, second), once={"r": "o1"})
    for happened, reason in ((first, "ONCE_ALREADY"), (second, None)):
        trigger = of_event(replace(happened, decide=("home.banner",)))
        assert reasons(decision(compiled, trigger, profile)).get("a") == reason


def test_a_rejection_by_once_names_what_it_counts_by() -> None:
    compiled = one({"once": "per customer"})
    rejection = only_rejection(decision(compiled, HERE, done_once(compiled)))
    assert (rejection.stage, rejection.refusal) == ("once", refused(OnceAlready("customer")))


# ---- pending ----


def test_an_action_that_waits_elsewhere_is_not_said_twice() -> None:
    profile = replace(who(), pending=(waiting("a", "home.side"),))
    rejection = only_rejection(decision(one(), HERE, profile))
    assert rejection.refusal == refused(AlreadyPending("home.side"), NOW + DAY)
    assert rejection.retry_after == NOW + DAY


def test_an_action_that_waits_as_a_delivery_is_not_shown_too() -> None:
    profile = replace(who(*reachable("email")), pending=(waiting("a", None, channel="email"),))
    assert only_rejection(decision(one(), HERE, profile)).refusal.params == AlreadyPending("email")


def test_an_expired_recommendation_waits_no_longer() -> None:
    profile = replace(who(), pending=(waiting("a", "home.side", expires=NOW),))
    assert actions_of(decision(one(), HERE, profile)) == ["a"]


def test_asked_for_two_placements_what_waits_in_one_stays_there() -> None:
    profile = replace(who(), pending=(waiting("a", "home.side"),))
    decided = decision(one(), asked("home.banner", "home.side"), profile)
    banner, side = decided.results
    assert banner.recommendations == ()
    assert [given.recommendation_id for given in side.recommendations] == ["r-a-home.side"]


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
    assert (rejection.stage, rejection.refusal) == ("forbidden", refused(ForbiddenByRule("no", "Not now")))


@pytest.mark.parametrize(
    "more", [{"status": "shadow"}, {"status": "draft"}, {"valid": {"until": "2026-03-01"}}, {"trigger": ["inactive"]}]
)
def test_a_forbid_that_is_not_in_force_forbids_nothing(more: dict[str, Any]) -> None:
    decided = decision(forbidding({"action": "a"}, **more), asked("account.next", count=3))
    assert set(actions_of(decided)) == {"a", "b"}


# ---- links and consent ----


def outbound(profile: Profile, kind: str = "marketing", policy: str = "consent: {marketing: marketing}") -> Decision:
    on_action = {"kind": kind, "treatments": says("Hi", "email"), "cooldown": "1 day"}
    compiled = one(on_action=on_action, contact_policy=policy)
    return decision(compiled, asked(), profile)


def test_a_linked_and_consenting_customer_is_reached() -> None:
    assert actions_of(outbound(who(*reachable("email")))) == ["a"]


def test_no_record_of_a_consent_means_no() -> None:
    profile = who(event("l", "channel_address_added", days_ago(9), {"channel": "email"}))
    rejection = only_rejection(outbound(profile))
    assert rejection.refusal == refused(NoConsent("email", "marketing"))


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
    link = event("l", "channel_address_added", days_ago(9), {"channel": "email"})
    for given in (consent("phone"), consent("email", purpose="service")):
        assert reasons(outbound(who(link, given))) == {"a": "NO_CONSENT"}


def test_a_consent_to_another_purpose_is_asked_for_where_the_policy_says_so() -> None:
    policy = "consent: {marketing: marketing, service: care}"
    assert reasons(outbound(who(*reachable("email")), "service", policy)) == {"a": "NO_CONSENT"}
    assert actions_of(outbound(who(*reachable("email", purpose="care")), "service", policy)) == ["a"]


@pytest.mark.parametrize("kind", ["service", "transactional", "mandatory"])
def test_kinds_without_a_purpose_need_a_link_and_no_consent(kind: str) -> None:
    linked = who(event("l", "channel_address_added", days_ago(9), {"channel": "email"}))
    assert actions_of(outbound(linked, kind)) == ["a"]
    assert reasons(outbound(who(), kind)) == {"a": "NO_REACHABLE_CHANNEL"}


def test_a_removed_link_reaches_nobody() -> None:
    gone = event("gone", "channel_address_removed", days_ago(1), {"channel": "email"})
    assert reasons(outbound(who(*reachable("email"), gone))) == {"a": "NO_REACHABLE_CHANNEL"}


def test_a_channel_that_needs_neither_reaches_everybody() -> None:
    compiled = one()
    assert may_use(compiled.rulebook.channels["web"], compiled.rulebook.actions["a"], context(compiled, who())) is None


# ---- products and texts ----


def test_an_action_without_a_fitting_product_is_dropped() -> None:
    choice = {"action": "a", "products": {"role": "stabilising", "count": 1}}
    rejection = only_rejection(decision(one({"recommend": choice}), HERE))
    assert rejection.refusal == refused(NoProduct("stabilising"))


def test_an_action_whose_text_cannot_be_filled_is_dropped() -> None:
    compiled = one(on_action={"treatments": says("Dear {customer.first_name}")})
    rejection = only_rejection(decision(compiled, HERE))
    assert (rejection.reason, rejection.placement) == ("NO_TEXT", "home.banner")


def test_an_action_without_a_treatment_for_the_placement_is_dropped() -> None:
    elsewhere = says("Hi", placements=["home.side"])
    rejection = only_rejection(decision(one(on_action={"treatments": elsewhere}), HERE))
    assert rejection.refusal == refused(NoTreatment("home.banner"))


# ---- the order of the stages ----


CAPPED_AND_QUIET = """\
frequency_caps: [{at_most: 1, in: 9 days, window: rolling}]
quiet_hours: [{channels: [email], from: "00:00", until: "24:00", then: drop}]
default_zone: Europe/Berlin
"""


def test_the_first_stage_that_refuses_gives_the_reason() -> None:
    """Everything is wrong at once; taking away the first cause brings the next to light."""
    then: dict[str, Any] = {
        "status": "shadow",
        "valid": {"until": "2026-01-01"},
        "once": "per customer",
        "recommend": {"action": "a", "products": {"role": "stabilising", "count": 1}},
    }
    on_action = {
        "cooldown": "14 days",
        "limits": {"per_customer": "1 in 30 days"},
        "treatments": says("Dear {customer.first_name}", "email"),
    }
    known = who(*reachable("email"))
    refusals = {"reject": (days_ago(1),)}
    contacts = {"a": replace(contacted("a", 1).contacts["a"], refusals=refusals)}
    profile = replace(known, contacts=contacts, once={"r": "1"}, pending=(waiting("a", None, channel="email"),))
    policy = "suppression: [{after: 1, outcomes: [reject], within: 9 days, for: 9 days, per: action}]"
    files = {"contact_policy": policy}
    forbid = [rule("no", forbid={"action": "a"})]
    seen: list[str] = []

    def look(profile: Profile, forbids: list[dict[str, Any]] | None = None) -> None:
        compiled = made([action("a", **on_action)], [rule("r", "a", **then), *(forbids or ())], **files)
        seen.append(only_rejection(decision(compiled, asked(), profile)).reason)

    look(profile, forbid)
    then["status"] = "live"
    look(profile, forbid)
    del then["valid"]
    look(profile, forbid)
    del then["once"]
    look(profile)
    profile = replace(profile, pending=())
    look(profile, forbid)
    look(profile)
    del files["contact_policy"]
    look(profile)
    del on_action["cooldown"]
    look(profile)
    del on_action["limits"]
    look(profile)
    del then["recommend"]["products"]
    files["contact_policy"] = CAPPED_AND_QUIET
    for somebody in (replace(profile, channel_addresses={}), replace(profile, consents={}), profile):
        look(somebody)
    files["contact_policy"] = CAPPED_AND_QUIET.partition("\n")[2]
    look(profile)
    del files["contact_policy"]
    look(profile)
    assert seen == [
        *("NOT_LIVE", "OUT_OF_DATES", "ONCE_ALREADY", "ALREADY_PENDING", "FORBIDDEN_BY_RULE", "SUPPRESSED", "COOLDOWN"),
        *("LIMIT_REACHED", "NO_PRODUCT", "NO_REACHABLE_CHANNEL", "NO_CONSENT", "FREQUENCY_CAP", "QUIET_HOURS"),
        "NO_TEXT",
    ]


def test_a_due_time_asks_for_outbound() -> None:
    compiled = made([action("a", treatments=says("Hi", "email"))], [rule("r", "a", trigger=["inactive"])])
    decided = decision(compiled, of_due(CUSTOMER, "inactive", NOW), who(*reachable("email")))
    assert actions_of(decided) == ["a"]
