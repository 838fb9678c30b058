"""Cooldowns of actions and groups, and the limit per customer, to the millisecond."""

from dataclasses import replace

import pytest

from engine.domain.refusal import Cooldown, GroupAlreadyChosen, LimitReached, Span, Time, refused
from engine.domain.times import DAY, HOUR, in_words
from tests.support.books import NOW, action, actions_of, asked, decision, made, on, reasons, rule, who
from tests.support.policy import contacted, context, judged, one, only_rejection, touched, waiting

HERE = asked("home.banner")

COOLDOWNS = "cooldown: {actions: {b: 3 days}, groups: {g: 5 days}}"


@pytest.mark.parametrize(("days", "reason"), [(13.9, "COOLDOWN"), (14, None)])
def test_an_actions_own_cooldown_counts_from_its_latest_contact(days: float, reason: str | None) -> None:
    decided = decision(one(on_action={"cooldown": "14 days"}), HERE, contacted("a", 90, days))
    assert reasons(decided).get("a") == reason


def test_a_rejection_by_cooldown_says_when_it_ends() -> None:
    profile = contacted("a", 4)
    rejection = only_rejection(decision(one(on_action={"cooldown": "14 days"}), HERE, profile))
    assert rejection.retry_after == profile.contacts["a"].last + 14 * DAY
    assert rejection.refusal.params == Cooldown("action", "a", Span(14 * DAY), last=Time(NOW - 4 * DAY))


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
    assert [(r.action, r.refusal) for r in decided.rejected] == [("b", refused(GroupAlreadyChosen("g", Span(5 * DAY))))]


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
    assert rejection.refusal.params == LimitReached(3, 2, Span(30 * DAY))
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
    assert judged(task, context(compiled, contacted("a", 1))) is None
    refusal = judged(task, context(compiled, contacted("a", 1, 2)))
    assert refusal is not None
    assert refusal.reason == "LIMIT_REACHED"


# ---- to the millisecond ----


@pytest.mark.parametrize(("since", "held"), [(12 * HOUR - 1, True), (12 * HOUR, False)])
def test_a_cooldown_ends_on_the_millisecond(since: int, held: bool) -> None:
    compiled = one(on_action={"cooldown": "12 hours"})
    a = compiled.rulebook.actions["a"]
    refusal = judged(a, context(compiled, touched({"a": {"web": [NOW - since]}})))
    assert (refusal.retry_after if refusal else None) == (NOW + 1 if held else None)


@pytest.mark.parametrize(("since", "held"), [(12 * HOUR - 1, True), (12 * HOUR, False)])
def test_a_limit_has_room_again_on_the_millisecond(since: int, held: bool) -> None:
    compiled = one(on_action={"limits": {"per_customer": "1 in 12 hours"}})
    a = compiled.rulebook.actions["a"]
    refusal = judged(a, context(compiled, touched({"a": {"web": [NOW - since]}})))
    assert (refusal.retry_after if refusal else None) == (NOW + 1 if held else None)


def test_a_limit_counts_the_contacts_on_all_channels() -> None:
    compiled = one(on_action={"limits": {"per_customer": "2 in 12 hours"}})
    profile = touched({"a": {"web": [NOW - HOUR], "email": [NOW - 2 * HOUR]}})
    rejection = only_rejection(decision(compiled, HERE, profile))
    assert rejection.refusal == refused(LimitReached(2, 2, Span(12 * HOUR)), NOW + 10 * HOUR)
    assert rejection.retry_after == NOW + 10 * HOUR


@pytest.mark.parametrize("limited", [{"cooldown": "9 days"}, {"limits": {"per_customer": "1 in 9 days"}}])
def test_a_contact_that_is_dated_later_than_now_counts(limited: dict[str, object]) -> None:
    compiled = one(on_action=limited)
    refusal = judged(compiled.rulebook.actions["a"], context(compiled, contacted("a", -2)))
    assert refusal is not None
    assert refusal.retry_after == NOW + 11 * DAY


# ---- what waits ----


def test_what_waits_holds_its_group_back_until_it_expires() -> None:
    """It may be seen at any moment, however long ago it was decided."""
    compiled = made([action("a", group="g"), action("b", group="g")], [rule("r", "a")], contact_policy=COOLDOWNS)
    a, wait = compiled.rulebook.actions["a"], waiting("b", "home.side", NOW + DAY, decided=NOW - 9 * DAY)
    profile = replace(who(), pending=(wait,))
    refusal = judged(a, context(compiled, profile, "home.banner"))
    assert refusal == refused(Cooldown("group", "g", Span(5 * DAY), pending="b"), NOW + DAY)
    assert judged(a, context(compiled, profile, "home.banner", now=NOW + DAY)) is None


def test_a_limit_counts_what_waits_elsewhere_and_not_what_is_asked_for_again() -> None:
    compiled = one(on_action={"limits": {"per_customer": "1 in 9 days"}})
    a = compiled.rulebook.actions["a"]
    profile = replace(who(), pending=(waiting("a", "home.side"),))
    assert judged(a, context(compiled, profile, "home.side")) is None
    refusal = judged(a, context(compiled, profile, "home.banner"))
    assert refusal == refused(LimitReached(1, 1, Span(9 * DAY)), NOW + DAY)


# ---- kinds ----

GROUP = "cooldown: {groups: {g: 5 days}}"


@pytest.mark.parametrize(
    ("kind", "held"), [("marketing", True), ("service", True), ("transactional", False), ("mandatory", False)]
)
def test_a_groups_cooldown_holds_back_marketing_and_service(kind: str, held: bool) -> None:
    kinds = [action("a", group="g", kind=kind, cooldown="1 day"), action("b", group="g")]
    compiled = made(kinds, [rule("r", "a")], contact_policy=GROUP)
    refusal = judged(compiled.rulebook.actions["a"], context(compiled, contacted("b", 2)))
    assert (refusal is not None) == held


@pytest.mark.parametrize("kind", ["marketing", "service", "transactional", "mandatory"])
def test_its_own_cooldown_and_limit_hold_for_every_kind_that_contacts_the_customer(kind: str) -> None:
    limits = {"per_customer": "1 in 9 days"}
    compiled = one(on_action={"kind": kind, "cooldown": "3 days", "limits": limits})
    a = compiled.rulebook.actions["a"]
    held = [judged(a, context(compiled, contacted("a", days))) for days in (2, 4, 9)]
    assert [refusal and refusal.reason for refusal in held] == ["COOLDOWN", "LIMIT_REACHED", None]


@pytest.mark.parametrize(("kind", "held"), [("transactional", False), ("mandatory", True), ("service", True)])
def test_transactional_contacts_do_not_count_in_the_cooldown_of_their_group(kind: str, held: bool) -> None:
    kinds = [action("a", group="g"), action("b", group="g", kind=kind, cooldown="1 day")]
    compiled = made(kinds, [rule("r", "a")], contact_policy=GROUP)
    a = compiled.rulebook.actions["a"]
    for profile in (contacted("b", 2), replace(who(), pending=(waiting("b", "home.side"),))):
        assert (judged(a, context(compiled, profile, "home.banner")) is not None) == held


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (DAY, "1 day"),
        (14 * DAY, "14 days"),
        (36 * HOUR, "36 hours"),
        (90_000, "90 seconds"),
        (1, "1 ms"),
        (0, "0 days"),
    ],
)
def test_a_span_of_time_is_told_in_the_largest_unit_that_divides_it(span: int, words: str) -> None:
    assert in_words(span) == words


def test_a_transactional_message_does_not_hold_its_group_back_within_one_decision() -> None:
    kinds = [action("a", group="g", priority=2), action("b", group="g", kind="transactional", priority=1)]
    compiled = made(kinds, [rule("r", "a"), rule("s", "b")], contact_policy=GROUP)
    assert actions_of(decision(compiled, asked("account.next", count=2))) == ["b", "a"]
