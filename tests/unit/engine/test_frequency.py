"""Frequency caps: what counts, in which window, what is said, and when there is room again."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from engine.decisioning.frequency_caps import exceeded
from engine.domain.profile import Profile
from engine.domain.refusal import FrequencyCap, Refusal, Span, refused
from engine.domain.times import DAY, HOUR
from tests.support.books import NOW, action, actions_of, asked, consent, decision, made, on, reasons, rule, who
from tests.support.policy import at, contacted, context, drafted, everywhere, touched, waiting

WEEKLY = "frequency_caps: [{at_most: 2, in: 7 days, window: rolling, channels: [email, web]}]"
DAILY = "frequency_caps: [{at_most: 1, in: 1 day, window: calendar, zone: customer}]"
ACTIONS = (
    everywhere("a", group="g", tags=["loud"]),
    everywhere("b", group="g"),
    everywhere("c", tags=["loud", "shrill"]),
)


def judged(
    policy: str,
    profile: Profile,
    *placements: str,
    what: str = "a",
    channel: str = "web",
    chosen: Sequence[tuple[str, str]] = (),
    now: int = NOW,
    actions: Sequence[dict[str, object]] = ACTIONS,
    facts: dict[str, object] | None = None,
) -> Refusal | None:
    """What the caps of this policy say to `what` on a channel; `chosen`: what was chosen before."""
    compiled = made(actions, [rule("r", "a")], contact_policy=policy)
    book = compiled.rulebook.actions
    before = [(book[name], on_channel) for name, on_channel in chosen]
    standing = context(compiled, profile, *placements, now=now, facts=facts)
    return exceeded(book[what], channel, drafted(standing, before))


def full(count: int, most: int, days: int, **about: tuple[str, ...]) -> FrequencyCap:
    """The parameters of a refusal by a cap with a rolling window."""
    return FrequencyCap(most=most, count=count, within=Span(days * DAY), **about)


def living(zone: str, profile: Profile) -> Profile:
    return replace(profile, traits={"zone": (1, zone)})


# ---- rolling windows ----


def test_below_the_cap_there_is_room() -> None:
    assert judged(WEEKLY, who()) is None
    assert judged(WEEKLY, contacted("a", 1)) is None


def test_at_the_cap_it_says_the_numbers_and_when_there_is_room_again() -> None:
    refusal = judged(WEEKLY, contacted("b", 3, 1))
    assert refusal == refused(full(2, 2, 7, channels=("email", "web")), NOW + 4 * DAY)


def test_above_the_cap_there_is_room_when_enough_have_left() -> None:
    refusal = judged(WEEKLY, contacted("b", 6, 5, 3, 1))
    assert refusal == refused(full(4, 2, 7, channels=("email", "web")), NOW + 4 * DAY)


@pytest.mark.parametrize(("since", "held"), [(7 * DAY - 1, True), (7 * DAY, False)])
def test_a_rolling_window_moves_by_the_millisecond(since: int, held: bool) -> None:
    profile = touched({"a": {"web": [NOW - since, NOW - 1]}})
    assert (judged(WEEKLY, profile) is not None) == held


def test_several_channels_count_jointly() -> None:
    profile = touched({"a": {"web": [NOW - DAY]}, "b": {"email": [NOW - 2 * DAY]}})
    for channel in ("web", "email"):
        assert judged(WEEKLY, profile, channel=channel) is not None


def test_contacts_that_are_dated_later_than_now_count() -> None:
    refusal = judged(WEEKLY, contacted("b", -1, -2))
    assert refusal is not None
    assert refusal.retry_after == NOW + 8 * DAY


def test_a_cap_of_zero_means_never() -> None:
    refusal = judged("frequency_caps: [{at_most: 0, in: 7 days, window: rolling, channels: [web]}]", who())
    assert refusal == refused(full(0, 0, 7, channels=("web",)))


# ---- what a cap is about ----


@pytest.mark.parametrize(
    ("selector", "held", "counted"),
    [
        ("", "abc", "abc"),
        (", actions: [a]", "a", "a"),
        (", groups: [g]", "ab", "ab"),
        (", tags: [loud]", "ac", "ac"),
        (", tags: [shrill, loud]", "ac", "ac"),
        (", groups: [g], tags: [loud]", "a", "a"),
        (", actions: [a, c], groups: [g]", "a", "a"),
    ],
)
def test_a_cap_holds_and_counts_what_all_its_selectors_take(selector: str, held: str, counted: str) -> None:
    policy = f"frequency_caps: [{{at_most: 1, in: 7 days, window: rolling{selector}}}]"
    full = touched({"a": {"web": [NOW - 1]}, "b": {"web": [NOW - 1]}, "c": {"web": [NOW - 1]}})
    assert "".join(what for what in "abc" if judged(policy, full, what=what)) == held
    first = held[0]
    assert "".join(what for what in "abc" if judged(policy, contacted(what, 1), what=first)) == counted


def test_on_other_channels_a_cap_neither_holds_nor_counts() -> None:
    policy = "frequency_caps: [{at_most: 1, in: 7 days, window: rolling, channels: [email]}]"
    assert judged(policy, contacted("a", 1, channel="email"), channel="web") is None
    assert judged(policy, contacted("a", 1, channel="web"), channel="email") is None
    assert judged(policy, contacted("a", 1, channel="email"), channel="email") is not None


@pytest.mark.parametrize(
    ("selector", "about"),
    [
        ("", {}),
        (", actions: [a], channels: [web]", {"actions": ("a",), "channels": ("web",)}),
        (", groups: [g]", {"groups": ("g",)}),
        (", tags: [loud, shrill]", {"tags": ("loud", "shrill")}),
    ],
)
def test_a_refusal_says_what_the_cap_is_about(selector: str, about: dict[str, tuple[str, ...]]) -> None:
    refusal = judged(f"frequency_caps: [{{at_most: 1, in: 7 days, window: rolling{selector}}}]", contacted("a", 1))
    assert refusal is not None
    assert refusal.params == full(1, 1, 7, **about)


def test_contacts_with_an_action_that_is_no_longer_in_the_rulebook_count_in_caps_on_everything() -> None:
    everything = "frequency_caps: [{at_most: 1, in: 7 days, window: rolling, channels: [web]}]"
    group = "frequency_caps: [{at_most: 1, in: 7 days, window: rolling, groups: [g]}]"
    assert judged(everything, contacted("gone", 1)) is not None
    assert judged(group, contacted("gone", 1)) is None


# ---- when ----

FOR_BRONZE = """\
frequency_caps:
  - {at_most: 1, in: 30 days, window: rolling, when: {customer.tier: [bronze, none]}}
"""


@pytest.mark.parametrize(("tier", "held"), [("bronze", True), ("none", True), ("gold", False)])
def test_a_cap_with_a_condition_holds_for_these_customers_only(tier: str, held: bool) -> None:
    refusal = judged(FOR_BRONZE, contacted("a", 1), facts={"customer.tier": tier})
    assert (refusal is not None) == held


def test_what_a_condition_looks_at_is_computed_for_every_rule_that_recommends() -> None:
    policy = FOR_BRONZE.replace("customer.tier: [bronze, none]", "segment: calm")
    compiled = made(
        [action("a")],
        [rule("r", "a"), rule("s", forbid={"action": "a"}, trigger=["visited"])],
        contact_policy=policy,
        segments="segments: {calm: {customer.churn_risk: low, customer.orders: 0}}",
    )
    assert {"customer.churn_risk", "customer.days_since_last_order", "customer.orders"} <= compiled.plans[
        "requested"
    ].defaults.keys()
    assert not compiled.plans["visited"].defaults


@pytest.mark.parametrize(
    "files",
    [
        {"arbitration": "multipliers: [{tier: gold, by: 1.5}]"},
        {"arbitration": "learning: {prior: 50 contacts, half_life: 90 days}"},
        {"measurement": "salt: s\nholdout: {share: 5 %, spare: {tiers: [gold]}}"},
    ],
)
def test_the_tier_is_computed_where_levers_learning_or_the_holdout_look_at_it(files: dict[str, str]) -> None:
    assert "customer.tier" in made([action("a")], [rule("r", "a")], **files).plans["requested"].defaults
    assert "customer.tier" not in made([action("a")], [rule("r", "a")]).plans["requested"].defaults


# ---- several caps ----


def test_of_several_caps_that_hold_the_one_that_lasts_longest_is_told() -> None:
    policy = """\
frequency_caps:
  - {at_most: 1, in: 2 days, window: rolling}
  - {at_most: 2, in: 30 days, window: rolling}
  - {at_most: 1, in: 7 days, window: rolling}
"""
    refusal = judged(policy, contacted("a", 20, 1))
    assert refusal == refused(full(2, 2, 30), NOW + 10 * DAY)


def test_never_lasts_longer_than_anything_else() -> None:
    never, daily = "{at_most: 0, in: 1 day, window: rolling}", "{at_most: 1, in: 7 days, window: rolling}"
    for caps in ((never, daily), (daily, never)):
        refusal = judged(f"frequency_caps: [{', '.join(caps)}]", contacted("a", 1))
        assert refusal is not None
        assert refusal.retry_after is None


# ---- what waits, and what is chosen in the same decision ----


def test_what_waits_counts_until_it_expires_however_long_ago_it_was_decided() -> None:
    policy = "frequency_caps: [{at_most: 1, in: 2 days, window: rolling}]"
    profile = replace(who(), pending=(waiting("b", expires=NOW + DAY, decided=NOW - 9 * DAY),))
    refusal = judged(policy, profile)
    assert refusal == refused(full(1, 1, 2), NOW + DAY)
    assert judged(policy, profile, now=NOW + DAY) is None


@pytest.mark.parametrize(("expires", "free"), [(DAY, DAY), (9 * DAY, 2 * DAY - HOUR)])
def test_what_waits_may_leave_when_it_expires_or_as_if_it_was_seen_when_it_was_decided(expires: int, free: int) -> None:
    policy = "frequency_caps: [{at_most: 1, in: 2 days, window: rolling}]"
    refusal = judged(policy, replace(who(), pending=(waiting("b", expires=NOW + expires, decided=NOW - HOUR),)))
    assert refusal is not None
    assert refusal.retry_after == NOW + free


def test_what_is_asked_for_again_does_not_count_against_itself() -> None:
    policy = "frequency_caps: [{at_most: 1, in: 7 days, window: rolling}]"
    profile = replace(who(), pending=(waiting("a", "home.banner"),))
    assert judged(policy, profile, "home.banner") is None
    assert judged(policy, profile, "home.side") is not None
    assert judged(policy, profile, "home.banner", what="b") is not None


def test_what_was_chosen_before_counts_as_made_now() -> None:
    policy = "frequency_caps: [{at_most: 1, in: 7 days, window: rolling, channels: [web]}]"
    refusal = judged(policy, who(), chosen=[("b", "web")])
    assert refusal == refused(full(1, 1, 7, channels=("web",)), NOW + 7 * DAY)
    assert judged(policy, who(), chosen=[("b", "email")]) is None


def test_what_waits_and_is_chosen_again_counts_once() -> None:
    profile = replace(who(), pending=(waiting("b", "home.banner"),))
    assert judged(WEEKLY, profile, "home.banner", chosen=[("b", "web")]) is None


def test_one_decision_stays_below_the_cap() -> None:
    rules = [rule(f"r-{name}", name) for name in "abc"]
    compiled = made(ACTIONS, rules, contact_policy=WEEKLY)
    decided = decision(compiled, asked("account.next", count=3), contacted("b", 1))
    assert (actions_of(decided), reasons(decided)) == (["a"], {"b": "FREQUENCY_CAP", "c": "FREQUENCY_CAP"})


# ---- calendar windows ----

NO_ZONE = FrequencyCap(most=1, period="day")
"""Without a zone there is neither a period nor a count in it."""


def test_a_calendar_day_ends_at_the_midnight_of_the_customer() -> None:
    profile = living("America/New_York", touched({"a": {"web": [at("2026-03-02T23:00:00-05:00")]}}))
    now = at("2026-03-02T23:59:59.999-05:00")
    refusal = judged(DAILY, profile, now=now)
    params = FrequencyCap(most=1, count=1, period="day", in_period="2026-03-02", zone="America/New_York")
    assert refusal == refused(params, now + 1)
    assert judged(DAILY, profile, now=now + 1) is None


@pytest.mark.parametrize(
    ("period", "zone", "end"),
    [
        ("day", "shop", "2026-03-30T00:00:00+02:00"),
        ("week", "shop", "2026-03-30T00:00:00+02:00"),
        ("month", "shop", "2026-04-01T00:00:00+02:00"),
        ("day", "Australia/Lord_Howe", "2026-03-30T00:00:00+11:00"),
    ],
)
def test_a_period_begins_in_the_zone_that_the_cap_names(period: str, zone: str, end: str) -> None:
    """The 29th of March 2026: the clocks of the shop are put forward."""
    policy = f"frequency_caps: [{{at_most: 1, in: 1 {period}, window: calendar, zone: {zone}}}]"
    now = at("2026-03-29T11:00:00+02:00")
    refusal = judged(policy, touched({"a": {"web": [now - HOUR]}}), now=now)
    assert refusal is not None
    assert refusal.retry_after == at(end)


def test_where_nobody_knows_the_zone_the_default_counts() -> None:
    profile = contacted("a", 0.1)
    refusal = judged(f"{DAILY}\ndefault_zone: Asia/Tokyo", profile)
    assert refusal is not None
    assert refusal.retry_after == at("2026-03-03T00:00:00+09:00")


def test_without_a_zone_and_a_default_it_is_refused() -> None:
    assert judged(DAILY, who()) == refused(NO_ZONE)


def test_a_zone_that_this_machine_does_not_know_is_no_zone() -> None:
    assert judged(DAILY, living("Mars/Olympus", who())) == refused(NO_ZONE)


def test_a_contact_in_a_later_period_counts_until_that_one_ends() -> None:
    """The clock was put back."""
    profile = living("UTC", touched({"a": {"web": [NOW + 3 * DAY]}}))
    refusal = judged(DAILY, profile)
    assert refusal is not None
    assert refusal.retry_after == at("2026-03-06T00:00:00Z")


# ---- kinds ----


@pytest.mark.parametrize("selector", ["", ", groups: [g]"])
@pytest.mark.parametrize(
    ("kind", "held", "counts"),
    [
        ("marketing", True, True),
        ("service", True, True),
        ("mandatory", False, True),
        ("transactional", False, False),
    ],
)
def test_caps_hold_marketing_and_service_and_count_all_but_transactional(
    kind: str, held: bool, counts: bool, selector: str
) -> None:
    policy = f"frequency_caps: [{{at_most: 1, in: 7 days, window: rolling{selector}}}]"
    actions = [everywhere("a", kind=kind, group="g", cooldown="1 day"), everywhere("b", group="g")]
    assert (judged(policy, contacted("b", 2), what="a", actions=actions) is not None) == held
    for profile in (contacted("a", 2), replace(who(), pending=(waiting("a"),))):
        assert (judged(policy, profile, what="b", actions=actions) is not None) == counts
    assert (judged(policy, who(), what="b", actions=actions, chosen=[("a", "web")]) is not None) == counts


def test_tasks_for_staff_are_no_contacts() -> None:
    policy = "frequency_caps: [{at_most: 1, in: 7 days, window: rolling}]"
    actions = [action("a", kind="internal", treatments=[on("desk")]), everywhere("b")]
    assert judged(policy, contacted("b", 1), what="a", channel="desk", actions=actions) is None
    assert judged(policy, contacted("a", 1, channel="desk"), what="b", actions=actions) is None


def test_a_second_channel_is_used_where_the_first_is_full() -> None:
    policy = "frequency_caps: [{at_most: 1, in: 7 days, window: rolling, channels: [email]}]"
    compiled = made([everywhere("a")], [rule("r", "a")], contact_policy=policy)
    profile = replace(contacted("a", 1, channel="email"), consents=who(consent("email")).consents)
    assert actions_of(decision(compiled, asked("home.banner"), profile)) == ["a"]
