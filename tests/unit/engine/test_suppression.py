"""Suppression: silence after a customer ignored or rejected something so many times."""

from dataclasses import replace

import pytest

from engine.domain.profile import Contact, Profile
from engine.domain.refusal import Refusal, Span, Suppressed, refused
from engine.domain.times import DAY
from tests.support.books import NOW, action, actions_of, asked, decision, made, reasons, rule, who
from tests.support.policy import context, one, refusing
from tests.support.policy import judged as judged_of

THRICE = "suppression: [{after: 3, outcomes: [ignore, reject], within: 30 days, for: 60 days, per: action}]"
GROUP = "suppression: [{after: 2, outcomes: [reject], within: 30 days, for: 90 days, per: group, groups: [g]}]"


def judged(policy: str, profile: Profile, now: int = NOW, **on_action: object) -> Refusal | None:
    compiled = one(on_action=on_action, contact_policy=policy)
    return judged_of(compiled.rulebook.actions["a"], context(compiled, profile, now=now))


def test_after_so_many_refusals_the_action_is_silent() -> None:
    assert judged(THRICE, refusing("a", 10, 5)) is None
    spans = Span(30 * DAY), Span(60 * DAY)
    params = Suppressed("action", "a", 3, 3, ("ignore", "reject"), *spans)
    assert judged(THRICE, refusing("a", 10, 5, 1)) == refused(params, NOW + 59 * DAY)


def test_a_decision_says_that_it_was_suppressed() -> None:
    decided = decision(one(contact_policy=THRICE), asked("home.banner"), refusing("a", 10, 5, 1))
    assert (actions_of(decided), reasons(decided)) == ([], {"a": "SUPPRESSED"})


@pytest.mark.parametrize(("days", "held"), [(60.001, False), (59.999, True)])
def test_silence_ends_so_long_after_the_refusal_that_completed_it(days: float, held: bool) -> None:
    refusal = judged(THRICE, refusing("a", days + 20, days + 10, days))
    assert (refusal is not None) == held


def test_silence_ends_on_the_millisecond() -> None:
    profile = refusing("a", 10, 5, 1)
    assert judged(THRICE, profile, now=NOW + 59 * DAY - 1) is not None
    assert judged(THRICE, profile, now=NOW + 59 * DAY) is None


@pytest.mark.parametrize(("first", "held"), [(31 * DAY, False), (31 * DAY - 1, True)])
def test_refusals_count_together_within_a_window(first: int, held: bool) -> None:
    contact = Contact({}, "ignore", NOW, {"ignore": (NOW - first, NOW - 2 * DAY, NOW - DAY)})
    assert (judged(THRICE, replace(who(), contacts={"a": contact})) is not None) == held


def test_one_more_refusal_makes_the_silence_longer() -> None:
    refusal = judged(THRICE, refusing("a", 20, 10, 5, 1))
    assert refusal is not None
    assert refusal.retry_after == NOW + 59 * DAY


def test_a_run_of_refusals_that_is_over_for_long_still_lasts() -> None:
    """What came later and alone does not end it."""
    refusal = judged(THRICE, refusing("a", 59, 58, 57, 1))
    assert refusal is not None
    assert refusal.retry_after == NOW + 3 * DAY


@pytest.mark.parametrize(("outcome", "held"), [("ignore", False), ("reject", True)])
def test_only_the_outcomes_that_are_named_count(outcome: str, held: bool) -> None:
    policy = "suppression: [{after: 1, outcomes: [reject], within: 9 days, for: 9 days, per: action}]"
    assert (judged(policy, refusing("a", 1, outcome=outcome)) is not None) == held


def test_outcomes_of_several_kinds_count_together() -> None:
    times = {"ignore": (NOW - 3 * DAY, NOW - DAY), "reject": (NOW - 2 * DAY,)}
    profile = replace(who(), contacts={"a": Contact({}, "ignore", NOW, times)})
    refusal = judged(THRICE, profile)
    assert refusal is not None
    assert refusal.retry_after == NOW + 59 * DAY


def test_a_refusal_that_is_dated_later_than_now_counts() -> None:
    refusal = judged(THRICE, refusing("a", 2, 1, -1))
    assert refusal is not None
    assert refusal.retry_after == NOW + 61 * DAY


def test_per_action_another_action_is_not_silent() -> None:
    assert judged(THRICE, refusing("b", 10, 5, 1)) is None


def test_per_group_the_refusals_of_all_its_actions_count_together() -> None:
    kinds = [action("a", group="g"), action("b", group="g"), action("c", group="g")]
    compiled = made(kinds, [rule("r", "a")], contact_policy=GROUP)
    contacts = {name: refusing(name, days, outcome="reject").contacts[name] for name, days in (("b", 5), ("c", 1))}
    refusal = judged_of(compiled.rulebook.actions["a"], context(compiled, replace(who(), contacts=contacts)))
    params = Suppressed("group", "g", 2, 2, ("reject",), Span(30 * DAY), Span(90 * DAY))
    assert refusal == refused(params, NOW + 89 * DAY)


def test_groups_and_actions_that_are_not_named_are_not_silent() -> None:
    actions = "suppression: [{after: 1, outcomes: [ignore], within: 9 days, for: 9 days, per: action, actions: [b]}]"
    compiled = made([action("a", group="h"), action("b", group="g")], [rule("r", "a")], contact_policy=GROUP)
    assert judged_of(compiled.rulebook.actions["a"], context(compiled, refusing("a", 2, 1, outcome="reject"))) is None
    compiled = made([action("a"), action("b")], [rule("r", "a")], contact_policy=actions)
    a, b = (compiled.rulebook.actions[name] for name in "ab")
    assert judged_of(a, context(compiled, refusing("a", 1))) is None
    assert judged_of(b, context(compiled, refusing("b", 1))) is not None


def test_of_several_suppressions_the_longest_is_told() -> None:
    policy = """\
suppression:
  - {after: 1, outcomes: [ignore], within: 9 days, for: 9 days, per: action}
  - {after: 2, outcomes: [ignore], within: 9 days, for: 99 days, per: action}
  - {after: 1, outcomes: [ignore], within: 9 days, for: 19 days, per: action}
"""
    refusal = judged(policy, refusing("a", 2, 1))
    assert refusal is not None
    assert refusal.retry_after == NOW + 98 * DAY


@pytest.mark.parametrize(
    ("kind", "held"), [("marketing", True), ("service", True), ("transactional", False), ("mandatory", False)]
)
def test_what_must_be_said_is_never_suppressed(kind: str, held: bool) -> None:
    refusal = judged(THRICE, refusing("a", 10, 5, 1), kind=kind, cooldown="1 day")
    assert (refusal is not None) == held


def test_transactional_messages_that_are_ignored_silence_nobody() -> None:
    kinds = [action("a", group="g"), action("b", group="g", kind="transactional")]
    compiled = made(kinds, [rule("r", "a")], contact_policy=GROUP)
    profile = refusing("b", 5, 1, outcome="reject")
    assert judged_of(compiled.rulebook.actions["a"], context(compiled, profile)) is None
