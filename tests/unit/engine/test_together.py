"""What a whole decision says at once: what must be said, how much, what is held for later, what is held out."""

from dataclasses import replace
from typing import Any

import pytest

from engine.compiled.rulebook import Compiled
from engine.decisioning import control_group, experiments
from engine.decisioning.contacts import book
from engine.decisioning.decide import decide_on, situated
from engine.domain.decision import Decision
from engine.domain.profile import Pending, Profile
from engine.domain.profile.state import PENDING_KEPT
from engine.domain.reasons import Reason
from engine.domain.refusal import StockExhausted, TooManyPending, refused
from engine.domain.times import DAY, HOUR, parse_rfc3339
from engine.value.tiers import Snapshot
from tests.support.books import (
    CUSTOMER,
    NOW,
    action,
    actions_of,
    asked,
    decision,
    given,
    made,
    on,
    reachable,
    reasons,
    rule,
    who,
)

ALL_OF_IT = "salt: spring\nholdout: {share: 50 %}"
EVERYTHING = "{salt: spring, holdout: {share: 50 %, spare: {kinds: [transactional]}}}"


def abc(*changed: dict[str, Any], **files: str) -> Compiled:
    """The actions a, b and c, each with a rule that always recommends it; `changed` replace some of them."""
    actions = {name: action(name) for name in "abc"} | {one["action"]: one for one in changed}
    return made(actions.values(), [rule(f"r-{name}", name) for name in actions], **files)


# ---- how much ----


def test_what_is_mandatory_goes_before_what_scores_higher() -> None:
    compiled = abc(action("c", kind="mandatory", value="0 EUR", cooldown="30 days"))
    assert actions_of(decision(compiled, asked("account.next", count=2))) == ["c", "a"]


def test_a_request_says_no_more_than_the_shop_allows_over_all_its_placements() -> None:
    compiled = abc(arbitration="request: {at_most: 2}")
    decided = decision(compiled, asked("account.next", "home.banner", "home.side"))
    assert actions_of(decided) == ["a", "b"]
    assert reasons(decided)["c"] == Reason.OUTRANKED
    assert decided.results[2].fallback is not None


def test_an_action_may_stand_in_two_placements_where_the_shop_allows_it() -> None:
    compiled = abc(arbitration="duplicates: yes")
    assert actions_of(decision(compiled, asked("home.banner", "home.side"))) == ["a", "a"]


@pytest.mark.parametrize("limit", [{"limits": {"per_customer": "3 in 9 days"}}, {"cooldown": "2 days"}, {"stock": 5}])
def test_an_action_that_is_limited_stands_in_one_placement_only(limit: dict[str, Any]) -> None:
    compiled = abc(action("a", **limit), arbitration="duplicates: yes")
    assert actions_of(decision(compiled, asked("home.banner", "home.side"))) == ["a", "b"]


def test_what_is_chosen_in_one_placement_counts_in_the_caps_of_the_next() -> None:
    compiled = abc(contact_policy="frequency_caps: [{at_most: 2, in: 7 days, window: rolling, channels: [web]}]")
    decided = decision(compiled, asked("account.next", "home.banner", "home.side"))
    assert [[g.action for g in result.recommendations] for result in decided.results] == [["a"], ["b"], []]


def test_no_more_may_wait_than_a_profile_holds() -> None:
    waiting = [Pending(f"r-{n}", f"x-{n}", "r", "web", "home.side", NOW, NOW + DAY) for n in range(PENDING_KEPT)]
    compiled = abc()
    full = who().but(pending=tuple(replace(one, action="a", placement="elsewhere") for one in waiting))
    decided = decision(compiled, asked("home.banner"), full)
    assert actions_of(decided) == []
    assert {r.action: r.refusal for r in decided.rejected}["b"] == refused(TooManyPending(PENDING_KEPT))


# ---- asked again ----


def test_what_waits_in_a_placement_is_given_again_though_something_slightly_better_came_up() -> None:
    compiled = abc(action("b", value="5 EUR"))
    first = decision(compiled, asked("home.banner"), who(), NOW)
    profile = book(who(), first, compiled.rulebook).profile
    better = abc(action("b", value="14 EUR"))
    again = decision(better, asked("home.banner", id="request/2"), profile, NOW + HOUR)
    assert [g.recommendation_id for g in given(again)] == [g.recommendation_id for g in given(first)]


# ---- held for later ----

NIGHT = 'quiet_hours: [{channels: [email], from: "09:00", until: "12:00", then: hold}]\ndefault_zone: shop'


def test_a_message_in_quiet_hours_is_held_until_they_are_over() -> None:
    compiled = made([action("a", treatments=[on("email")])], [rule("r", "a")], contact_policy=NIGHT)
    (held,) = given(decision(compiled, asked(), who(*reachable("email"))))
    assert held.deliver_after == parse_rfc3339("2026-03-02T12:00:00+01:00")


def test_outside_of_quiet_hours_nothing_is_held() -> None:
    compiled = made([action("a", treatments=[on("email")])], [rule("r", "a")], contact_policy=NIGHT)
    (now,) = given(decision(compiled, asked(), who(*reachable("email")), NOW + 3 * HOUR))
    assert now.deliver_after is None


# ---- held out ----


def of_customer(compiled: Compiled, customer: str, *placements: str) -> Decision:
    trigger = replace(asked(*placements), customer=customer)
    return decision(compiled, trigger, Profile(customer))


def somebody(compiled: Compiled, held: bool) -> str:
    """A customer who is held out of everything, or one who is not."""
    names = (f"c/customer-{n}" for n in range(200))
    return next(name for name in names if control_group.in_global(name, compiled.rulebook) is held)


def test_who_is_held_out_gets_the_fallback_and_the_record_says_what_they_would_have_got() -> None:
    compiled = abc(measurement=ALL_OF_IT)
    held = of_customer(compiled, somebody(compiled, held=True), "home.banner")
    (result,) = held.results
    assert (result.recommendations, result.reason) == ((), Reason.HOLDOUT)
    assert result.fallback is not None
    assert result.fallback.fields == {"title": "Hello"}
    assert [one.action for one in held.withheld] == ["a"]


def test_who_is_not_held_out_gets_what_there_is() -> None:
    compiled = abc(measurement=ALL_OF_IT)
    assert actions_of(of_customer(compiled, somebody(compiled, held=False), "home.banner")) == ["a"]


def test_what_is_held_out_is_not_replaced_by_the_next_best() -> None:
    compiled = abc(measurement=ALL_OF_IT)
    held = of_customer(compiled, somebody(compiled, held=True), "home.banner")
    assert actions_of(held) == []


def test_the_place_of_what_is_held_out_is_free_for_what_is_spared() -> None:
    compiled = abc(action("a", kind="service"), action("b", kind="transactional"), measurement=EVERYTHING)
    held = of_customer(compiled, somebody(compiled, held=True), "home.banner")
    assert (actions_of(held), [one.action for one in held.withheld]) == (["b"], ["a"])
    assert [one.action for one in held.rejected] == ["c"]
    assert actions_of(of_customer(compiled, somebody(compiled, held=False), "home.banner")) == ["a"]


def test_what_is_spared_takes_only_as_much_room_as_became_free() -> None:
    two = {"kind": "transactional"}
    compiled = abc(action("a", kind="service"), action("b", **two), action("c", **two), measurement=EVERYTHING)
    held = of_customer(compiled, somebody(compiled, held=True), "home.banner")
    assert [(one.action, one.rank) for one in given(held)] == [("b", 1)]


def test_everybody_enters_a_comparison_at_the_same_moment_whether_held_out_or_not() -> None:
    compiled = abc(action("a", kind="service"), action("b", kind="transactional"), measurement=EVERYTHING)
    entered = []
    for held in (True, False):
        name = somebody(compiled, held)
        profile = experiments.enter(
            Profile(name), of_customer(compiled, name, "home.banner"), compiled.rulebook
        ).profile
        entered.append({of: one.entered for of, one in profile.experiments.items()})
    assert entered[0] == entered[1] == {"*": NOW, "a": NOW}


def test_what_a_holdout_spares_is_shown_beside_what_it_takes() -> None:
    compiled = abc(action("b", kind="service"), measurement=ALL_OF_IT)
    held = of_customer(compiled, somebody(compiled, held=True), "home.banner", "home.side")
    assert [[g.action for g in result.recommendations] for result in held.results] == [["b"], []]


def test_nothing_waits_for_who_is_held_out() -> None:
    compiled = abc(action("a", stock=3), measurement=ALL_OF_IT)
    name = somebody(compiled, held=True)
    decided = of_customer(compiled, name, "home.banner")
    assert book(Profile(name), decided, compiled.rulebook).profile.pending == ()


# ---- used up ----


def test_what_the_ledger_has_nothing_left_of_makes_room_for_the_next_best() -> None:
    compiled = abc(action("a", stock=1))
    context = situated(compiled, Snapshot(), Profile(CUSTOMER), asked("home.banner"), NOW)
    gone = {"a": refused(StockExhausted(1))}
    decided = decide_on(Snapshot(), context, gone)
    assert actions_of(decided) == ["b"]
    assert {r.action: r.refusal for r in decided.rejected}["a"] == gone["a"]


def test_only_what_is_limited_needs_a_reservation() -> None:
    compiled = abc(action("a", stock=1))
    limited, free = given(decision(compiled, asked("account.next", count=2)))
    assert (limited.reserved, free.reserved) == (True, False)
