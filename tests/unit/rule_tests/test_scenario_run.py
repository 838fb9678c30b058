"""What a step leaves is there for the next, and time that passes fires what is due."""

import pytest

from authoring.rule_tests import Outcome
from engine.domain.times import DAY
from tests.support.rule_tests import run

ORDER = 'event: {type: order_completed, channel: web, properties: {total: "60.00"}}'
REQUESTED = "placements: [home.banner]"


def lived(*steps: str, more: str = "persona: mei") -> Outcome:
    """A story about mei, or about whom `more` says."""
    return run("\n".join((more, "steps:", *(f"  - {{{step}}}" for step in steps))))


def comes_true(*steps: str, more: str = "persona: mei") -> bool:
    outcome = lived(*steps, more=more)
    assert outcome.step is not None
    return outcome.passed


# ---- time ----


def test_inactivity_becomes_a_reason_to_act_while_nothing_happens() -> None:
    assert comes_true(
        ORDER, "after: 29 days, expect: {first: none}", "after: 2 days, expect: {first: call, rule: call-the-silent}"
    )


def test_what_falls_due_is_decided_at_its_own_moment() -> None:
    outcome = lived(ORDER, "after: 45 days, expect: {first: call}")
    (decision,) = outcome.decisions
    assert (decision.decided_at - outcome.test.at) // DAY in (29, 30)


def test_a_wait_after_an_event_ends_while_time_passes() -> None:
    delivery = "event: {type: delivery_completed}, decide: none"
    assert comes_true(ORDER, delivery, "after: 13 days, expect: {first: none}", "after: 1 day, expect: {first: note}")


def test_an_order_in_between_ends_the_inactivity() -> None:
    assert comes_true(ORDER, f"after: 20 days, {ORDER}", "after: 20 days, expect: {first: none}")


def test_what_falls_due_between_two_steps_is_decided_on_too() -> None:
    outcome = lived(ORDER, f"after: 31 days, {REQUESTED}, expect: {{first: show}}")
    assert outcome.passed
    assert [r.action for d in outcome.before for result in d.decision.results for r in result.recommendations] == [
        "note",
        "call",
    ]


def test_what_was_rejected_while_time_passed_can_be_expected() -> None:
    assert comes_true(ORDER, "after: 45 days, expect: {rejected: {call: NO_REACHABLE_CHANNEL}}", more="persona: sam")


# ---- what steps leave ----


def test_a_recommendation_waits_until_it_is_sent_or_expires() -> None:
    waiting = (ORDER, "after: 31 days, expect: {first: call}")
    assert comes_true(*waiting, f"{REQUESTED}, expect: {{rejected: {{call: ALREADY_PENDING}}}}")
    assert comes_true(*waiting, "after: 30 days, expect: {none: [call]}", f"{REQUESTED}, expect: {{first: call}}")


def test_an_outcome_makes_a_contact_so_that_the_cooldown_runs() -> None:
    sent = (ORDER, "after: 45 days", "outcome: {call: sent}")
    assert comes_true(*sent, f"after: 9 days, {REQUESTED}, expect: {{rejected: {{call: ONCE_ALREADY}}}}")


def test_an_outcome_is_of_the_latest_recommendation_of_its_action() -> None:
    called = (ORDER, "after: 31 days, expect: {first: call}", "outcome: {call: sent}")
    assert comes_true(*called, *called, ORDER, "after: 31 days, expect: {rejected: {call: LIMIT_REACHED}}")


def test_an_outcome_of_what_nobody_recommended_is_a_failure() -> None:
    outcome = lived("outcome: {call: sent}", "after: 1 day, expect: {first: none}")
    assert outcome.failures == (("outcome: call", "call was not recommended before"),)


def test_once_is_used_up_by_a_step_before() -> None:
    delivered = "event: {type: delivery_completed}, decide: none"
    assert comes_true(
        ORDER, delivered, "after: 14 days, expect: {first: note}", delivered, "after: 14 days, expect: {all: []}"
    )


def test_an_event_withdraws_what_a_step_before_recommended() -> None:
    cancelled = "event: {type: order_cancelled}, expect: {first: write}"
    waits = (ORDER, f"after: 20 days, {cancelled}")
    bought = "expect: {withdrawn: [write]}"
    assert comes_true(*waits, f"after: 1 day, {ORDER}, {bought}")


def test_an_event_that_is_only_stored_withdraws_what_lost_its_permission() -> None:
    gone = "event: {type: channel_address_removed, properties: {channel: email}}, decide: none"
    call = (ORDER, "after: 31 days, expect: {first: call, channel: email}")
    assert comes_true(*call, f"{gone}, expect: {{withdrawn: [call]}}")


def test_tiers_begin_at_the_same_score_all_the_time() -> None:
    more = "persona: mei\npopulation: {cutoffs: {gold: 40}, mean_order: 40 EUR}"
    visit = "event: {type: visited, properties: {surface: web}}"
    orders = f"after: 10 days, times: 3, {ORDER}"
    assert comes_true(orders, f"{visit}, expect: {{first: note}}", more=more)
    assert comes_true(orders, f"after: 900 days, {visit}, expect: {{none: [note]}}", more=more)


# ---- who it is about ----


def test_a_stranger_is_nobody_until_an_id_is_claimed() -> None:
    more = "persona: mei\nanonymous: yes"
    silent = "after: 45 days"
    assert comes_true(ORDER, f"{silent}, expect: {{rejected: {{call: NO_REACHABLE_CHANNEL}}}}", more=more)
    assert comes_true(ORDER, "event: {type: aliased}, decide: none", f"{silent}, expect: {{first: call}}", more=more)


def test_what_happened_before_the_scenario_is_known_in_it() -> None:
    history = "history: [{type: order_completed, time: -20 days, properties: {order_id: o1, total: '60.00'}}]"
    told = ("after: 9 days, expect: {first: none}", "after: 2 days, expect: {first: call}")
    assert comes_true(*told, more=f"persona: mei\n{history}")


def test_what_was_said_before_the_scenario_counts() -> None:
    said = "contacts: [{action: call, channel: email, time: -1 day}]"
    history = "history: [{type: order_completed, time: -40 days, properties: {order_id: o1, total: '60.00'}}]"
    asked = f"{REQUESTED}, expect: {{rejected: {{call: COOLDOWN}}}}"
    assert comes_true(asked, more=f"persona: mei\n{history}\n{said}")


@pytest.mark.parametrize(("held", "expect"), [("no", "{first: call}"), ("yes", "{rejected: {call: HOLDOUT}}")])
def test_nobody_is_in_the_control_group_unless_the_scenario_says_so(held: str, expect: str) -> None:
    assert comes_true(ORDER, f"after: 45 days, expect: {expect}", more=f"persona: mei\nholdout: {held}")


# ---- what a failure says ----


def test_a_scenario_ends_at_the_first_step_that_fails() -> None:
    outcome = lived(ORDER, "after: 45 days, expect: {first: note}", "ask: requested, expect: {first: write}")
    assert outcome.step is not None
    assert (outcome.step.number, outcome.failures) == (
        2,
        (("first: note", "first: call (note: NOT_ELIGIBLE, no rule with it matched)"),),
    )


def test_a_failure_knows_what_was_decided_before_it() -> None:
    outcome = lived(ORDER, "ask: requested, expect: {first: write}")
    assert [one.decision.trigger for one in outcome.before] == ["order_completed"]
    assert outcome.touched >= {"note-an-order"}


def test_a_step_of_several_turns_fails_in_its_turn() -> None:
    visit = "event: {type: searched, properties: {query: x, results: 0}}"
    once = "event: {type: visited, properties: {surface: web}}"
    outcome = lived(once, f"after: 1 day, {once}", f"after: 1 day, times: 9, {visit}, expect: {{first: note}}")
    assert outcome.step is not None
    assert (outcome.step.number, outcome.step.turn) == (2 + 1, 5)
