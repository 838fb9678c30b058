"""Pauses and rollouts: what they refuse, what they spare, and that they change nothing else."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compiled.rulebook import Compiled
from engine.decisioning.control_group import uniform
from engine.decisioning.controls import NO_CONTROLS, Controls, Pause, Rollout, Target
from engine.decisioning.decide import decide
from engine.domain.decision import Decision
from engine.domain.profile import Profile
from engine.domain.refusal import NotInRollout, Paused, Time
from engine.domain.times import HOUR
from engine.domain.trigger import Trigger
from engine.value.tiers import Snapshot
from tests.support.books import CUSTOMER, NOW, action, actions_of, asked, made, on, reasons, rule, who
from tests.support.policy import one, only_rejection, waiting

HERE = asked("home.banner")
CUSTOMERS = [f"c/{number}" for number in range(4_000)]
SPARED = ("internal", "transactional")
KINDS = ("marketing", "service", "mandatory", *SPARED)
TARGETS = [Target("rule", "r"), Target("action", "a"), Target("group", "g"), Target("everything")]


def paused(*pauses: Pause | Target) -> Controls:
    return Controls(1, tuple(one if isinstance(one, Pause) else Pause(one) for one in pauses))


def rolled_out(share: float, kind: str = "rule", name: str = "r") -> Controls:
    return Controls(1, rollouts=(Rollout(Target(kind, name), share),))


def decided(
    compiled: Compiled, controls: Controls, trigger: Trigger = HERE, profile: Profile | None = None, now: int = NOW
) -> Decision:
    return decide(compiled, Snapshot(), profile or Profile(CUSTOMER), trigger, now, controls)


def two(**then: Any) -> Compiled:
    """The action `a`, and a second rule that boosts or forbids it."""
    return made([action("a")], [rule("r", "a"), rule("second", **then)])


# ---- pauses ----


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_a_pause_of_the_rule_its_action_its_group_or_everything_refuses(target: Target) -> None:
    compiled = one(on_action={"group": "g"})
    assert actions_of(decided(compiled, NO_CONTROLS)) == ["a"]
    refused = only_rejection(decided(compiled, paused(target)))
    assert (refused.stage, refused.refusal.params) == ("paused", Paused(target.kind, target.name))


@pytest.mark.parametrize("kind", ["rule", "action", "group"])
def test_a_pause_of_something_else_refuses_nothing(kind: str) -> None:
    assert actions_of(decided(one(on_action={"group": "g"}), paused(Target(kind, "other")))) == ["a"]


def decided_of(kind: str, controls: Controls) -> Decision:
    """The decision about an action of this kind, where such a one goes."""
    is_task = kind == "internal"
    compiled = one(on_action={"kind": kind, "cooldown": "1 days"} | ({"treatments": [on("desk")]} if is_task else {}))
    return decided(compiled, controls, asked() if is_task else HERE)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pause_of_everything_spares_what_must_be_told_and_tasks_for_staff(kind: str) -> None:
    found = decided_of(kind, paused(Target("everything")))
    assert (actions_of(found), reasons(found)) == ((["a"], {}) if kind in SPARED else ([], {"a": "PAUSED"}))


@pytest.mark.parametrize("kind", SPARED)
def test_a_pause_by_name_refuses_whatever_the_kind(kind: str) -> None:
    assert reasons(decided_of(kind, paused(Target("action", "a")))) == {"a": "PAUSED"}


def test_a_pause_is_over_at_its_end_and_a_refusal_says_when_that_is() -> None:
    controls = paused(Pause(Target("action", "a"), NOW + HOUR, "wrong price"))
    refused = only_rejection(decided(one(), controls))
    assert refused.retry_after == NOW + HOUR
    assert refused.refusal.params == Paused("action", "a", Time(NOW + HOUR), "wrong price")
    assert actions_of(decided(one(), controls, now=NOW + HOUR)) == ["a"]


def test_of_several_pauses_the_one_that_lasts_longest_is_shown() -> None:
    of_rule, of_action = Pause(Target("rule", "r"), NOW + HOUR), Pause(Target("action", "a"), NOW + 2 * HOUR)
    assert only_rejection(decided(one(), paused(of_rule, of_action))).retry_after == NOW + 2 * HOUR
    without_end = paused(of_rule, of_action, Target("everything"))
    refused = only_rejection(decided(one(), without_end))
    assert (refused.retry_after, refused.refusal.params) == (None, Paused("everything"))


def test_another_rule_with_the_same_action_goes_on_while_one_rule_is_paused() -> None:
    compiled = made([action("a")], [rule("r", "a"), rule("other", "a")])
    found = decided(compiled, paused(Target("rule", "r")))
    assert [given.rule for result in found.results for given in result.recommendations] == ["other"]


@pytest.mark.parametrize("controls", [paused(Target("rule", "second")), rolled_out(0, name="second")])
def test_a_rule_that_forbids_has_no_effect_while_it_is_paused_or_outside_of_its_rollout(controls: Controls) -> None:
    compiled = two(forbid={"action": "a"})
    assert reasons(decided(compiled, NO_CONTROLS)) == {"a": "FORBIDDEN_BY_RULE"}
    found = decided(compiled, controls)
    assert (actions_of(found), found.matched) == (["a"], ("r", "second"))


@pytest.mark.parametrize("controls", [paused(Target("rule", "second")), rolled_out(0, name="second")])
def test_a_rule_that_boosts_has_no_effect_while_it_is_paused_or_outside_of_its_rollout(controls: Controls) -> None:
    compiled = two(boost={"action": "a", "by": 3})
    scores = [decided(compiled, one).results[0].recommendations[0].score for one in (NO_CONTROLS, controls)]
    assert scores[0] == pytest.approx(3 * scores[1])


def test_what_is_pending_is_not_shown_again_while_it_is_paused_and_is_not_withdrawn() -> None:
    profile = replace(who(), pending=(waiting("a"),))
    found = decided(one(), paused(Target("action", "a")), profile=profile)
    assert (reasons(found), found.withdrawn) == ({"a": "PAUSED"}, ())


def test_a_rule_on_test_would_change_nothing_while_it_is_paused() -> None:
    compiled = one({"status": "shadow"})
    assert [experiment.rule for experiment in decided(compiled, Controls(1)).shadow] == ["r"]
    assert decided(compiled, paused(Target("rule", "r"))).shadow == ()


# ---- rollouts ----


@pytest.mark.parametrize(("kind", "name"), [("rule", "r"), ("action", "a")])
def test_a_rollout_refuses_the_customers_outside_of_its_share(kind: str, name: str) -> None:
    assert actions_of(decided(one(), rolled_out(1, kind, name))) == ["a"]
    refused = only_rejection(decided(one(), rolled_out(0, kind, name)))
    assert (refused.stage, refused.reason, refused.retry_after) == ("rollout", "NOT_IN_ROLLOUT", None)
    assert refused.refusal.params == NotInRollout(kind, name, 0.0)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_the_share_of_customers_in_a_rollout_is_close_to_the_one_asked_for(share: float) -> None:
    rollout = Rollout(Target("rule", "r"), share)
    found = sum(map(rollout.includes, CUSTOMERS)) / len(CUSTOMERS)
    assert found == pytest.approx(share, abs=0.025)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=9), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_rollout_contains_the_smaller(customer: str, one: float, other: float) -> None:
    small, large = (Rollout(Target("action", "a"), share) for share in sorted((one, other)))
    assert large.includes(customer) or not small.includes(customer)


def test_who_is_in_a_rollout_is_not_more_often_in_another_or_in_the_control_group() -> None:
    inside = [customer for customer in CUSTOMERS if Rollout(Target("rule", "a"), 0.2).includes(customer)]
    for salt, what in (("spring", "a"), ("rollout", "a"), ("spring", "*")):
        held = sum(uniform(salt, what, customer) < 0.2 for customer in inside) / len(inside)
        assert held == pytest.approx(0.2, abs=0.06)
    other = Rollout(Target("action", "a"), 0.2)
    assert sum(map(other.includes, inside)) / len(inside) == pytest.approx(0.2, abs=0.06)


def test_these_very_customers_are_in_a_rollout_after_every_restart() -> None:
    """Fixed for ever: another hash would show an action to other customers in the middle of its rollout."""
    included = [Rollout(Target("rule", "r"), share).includes("c/mei") for share in (0.917, 0.918)]
    assert included == [False, True]


# ---- both ----


def test_a_pause_comes_before_a_rollout_and_both_before_once() -> None:
    compiled = one({"once": "per customer"})
    had = replace(who(), once={"r": "1"})
    both = Controls(1, (Pause(Target("rule", "r")),), rolled_out(0).rollouts)
    found = [reasons(decided(compiled, controls, profile=had)) for controls in (both, rolled_out(0), NO_CONTROLS)]
    assert [one["a"] for one in found] == ["PAUSED", "NOT_IN_ROLLOUT", "ONCE_ALREADY"]


def test_a_decision_names_its_controls() -> None:
    assert decided(one(), NO_CONTROLS).controls == 0
    assert decided(one(), Controls(7)).controls == 7


def test_controls_that_restrict_nothing_here_change_nothing_but_the_number() -> None:
    compiled, elsewhere = one(), Controls(3, (Pause(Target("rule", "x")),), (Rollout(Target("rule", "y"), 0.0),))
    assert replace(decided(compiled, elsewhere), controls=0) == decided(compiled, NO_CONTROLS)
