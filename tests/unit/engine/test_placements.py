"""Placements are filled in the order asked for; an answer is never empty, never an error, and always the same."""

from dataclasses import replace
from threading import Lock

import pytest

from authoring.checking import load
from engine.compiled.rulebook import prepare
from engine.decisioning.contacts import book
from engine.decisioning.decide import decide
from engine.domain.decision import Content, Decision
from engine.domain.events import Placed
from engine.domain.facts import FactType
from engine.domain.ids import decision_id
from engine.domain.profile import Contact, Profile
from engine.domain.reasons import Reason
from engine.domain.times import DAY
from engine.domain.trigger import Trigger
from engine.rulebook.matcher import DurableMatcher, available
from engine.value.tiers import Snapshot
from tests.support.books import (
    CHANNELS,
    CUSTOMER,
    NOW,
    RULES,
    action,
    actions_of,
    asked,
    days_ago,
    decision,
    event,
    given,
    made,
    on,
    order,
    reachable,
    reasons,
    rule,
    says,
    shipped,
    who,
)

ABC = made([action(name) for name in "abc"], [rule(f"r-{name}", name) for name in "abc"])
NOTHING = made([action("a")], [rule("r", "a", when={"customer.orders": 99})])


def test_a_placement_takes_no_more_than_asked_for_nor_than_it_holds() -> None:
    assert actions_of(decision(ABC, asked("account.next", count=2))) == ["a", "b"]
    assert actions_of(decision(ABC, asked("account.next", count=20))) == ["a", "b", "c"]
    assert actions_of(decision(ABC, asked("home.banner", count=20))) == ["a"]


def test_no_action_comes_twice_in_one_decision() -> None:
    decided = decision(ABC, asked("home.banner", "account.next", "home.side", count=3))
    assert [[g.action for g in result.recommendations] for result in decided.results] == [["a"], ["b", "c"], []]


def test_placements_are_answered_in_the_order_asked_for() -> None:
    for names in (("home.side", "home.banner"), ("home.banner", "home.side")):
        decided = decision(ABC, asked(*names))
        assert [result.placement for result in decided.results] == list(names)
        assert actions_of(decided) == ["a", "b"]


def test_a_placement_without_a_recommendation_gets_its_fallback_and_a_reason() -> None:
    (result,) = decision(NOTHING, asked("home.banner")).results
    assert (result.recommendations, result.reason) == ((), "NOTHING_ELIGIBLE")
    assert result.fallback == Content("en", {"title": "Hello"})


def test_a_fallback_speaks_the_language_asked_for() -> None:
    (result,) = decision(NOTHING, asked("home.banner", language="zh-Hans-CN")).results
    assert result.fallback == Content("zh-Hans", {"title": "你好"})


def test_without_a_language_asked_for_the_customers_own_is_spoken() -> None:
    profile = who(event("i", "identified", NOW, {"traits": {"language": "zh-Hans"}}))
    (best,) = given(decision(ABC, asked("home.banner"), profile))
    assert best.content == Content("zh-Hans", {"title": "中 a"})
    (best,) = given(decision(ABC, asked("home.banner", language="en"), profile))
    assert best.content == Content("en", {"title": "a"})


def test_outbound_with_nothing_to_say_is_an_answer_too() -> None:
    (result,) = decision(NOTHING, asked()).results
    assert (result.placement, result.recommendations, result.reason) == (None, (), "NOTHING_ELIGIBLE")


def test_an_unknown_placement_is_answered_with_a_warning() -> None:
    decided = decision(ABC, asked("no.such.slot", "home.banner"))
    assert decided.warnings == ("unknown placement: no.such.slot",)
    assert decided.results[0].reason == "NOTHING_ELIGIBLE"
    assert decided.results[0].fallback == Content("en", {})
    assert actions_of(decided) == ["a"]


def test_an_action_with_several_treatments_uses_the_first_that_reaches() -> None:
    compiled = made([action("a", treatments=[on("email"), on("desk")])], [rule("r", "a")])
    assert [g.channel for g in given(decision(compiled, asked()))] == ["desk"]
    assert [g.channel for g in given(decision(compiled, asked(), who(*reachable("email"))))] == ["email"]


def test_outbound_does_not_use_channels_that_only_show() -> None:
    assert reasons(decision(ABC, asked())) == dict.fromkeys("abc", "NO_TREATMENT")


def test_a_customer_nobody_has_heard_of_gets_an_answer() -> None:
    for customer in ("c/new", "a/visitor", "c/客户"):
        decided = decide(
            ABC,
            Snapshot(),
            Profile(customer),
            Trigger("requested", "request/1", customer, placements=(Placed("home.banner"),)),
            NOW,
        )
        assert actions_of(decided) == ["a"]


# ---- asked again ----


def booked(profile: Profile, decided: Decision) -> Profile:
    return book(profile, decided, ABC.rulebook).profile


def shown(profile: Profile | None = None, now: int = NOW) -> Profile:
    """The profile after the home page asked once."""
    profile = profile or who()
    return booked(profile, decision(ABC, asked("home.banner"), profile, now))


def test_a_placement_asked_again_while_it_waits_gives_the_same_recommendation() -> None:
    (first,) = given(decision(ABC, asked("home.banner")))
    (again,) = given(decision(ABC, asked("home.banner", id="request/2"), shown(), NOW + DAY))
    assert (again.recommendation_id, again.expires_at) == (first.recommendation_id, first.expires_at)


def test_asking_again_leaves_one_recommendation_waiting() -> None:
    profile = shown()
    again = decision(ABC, asked("home.banner", id="request/2"), profile, NOW + DAY)
    assert booked(profile, again).pending == profile.pending


def test_after_it_expired_the_recommendation_is_a_new_one() -> None:
    (first,) = given(decision(ABC, asked("home.banner")))
    (later,) = given(decision(ABC, asked("home.banner", id="request/2"), shown(), NOW + 10 * DAY))
    assert later.action == first.action
    assert later.recommendation_id != first.recommendation_id


def test_two_slots_that_wait_give_the_same_two_recommendations_again() -> None:
    both = asked("home.banner", "account.next", count=2)
    first = decision(ABC, both)
    profile = booked(who(), first)
    again = decision(ABC, replace(both, id="request/2"), profile, NOW + 1)
    assert [g.recommendation_id for g in given(again)] == [g.recommendation_id for g in given(first)]


# ---- the same inputs, the same decision ----


def test_ids_do_not_depend_on_the_rulebooks_revision() -> None:
    changed = made([action(name, title="Reworded") for name in "abc"], [rule(f"r-{name}", name) for name in "abc"])
    one, other = decision(ABC, asked("home.banner")), decision(changed, asked("home.banner"))
    assert one.rulebook != other.rulebook
    assert one.decision_id == other.decision_id
    assert [g.recommendation_id for g in given(one)] == [g.recommendation_id for g in given(other)]


def test_a_decision_id_is_that_of_customer_and_trigger_for_good() -> None:
    assert decision_id("c/mei", "request/1") == "d-857385cd3f431e867beaca"
    assert len({decision_id(c, t) for c in ("c/a", "c/b", "a/a") for t in ("event/1", "request/1")}) == 6


def test_the_same_inputs_give_the_same_decision() -> None:
    profile = who(order("o1", NOW - 9 * DAY), *reachable("email"))
    assert decision(ABC, asked("home.banner"), profile) == decision(ABC, asked("home.banner"), profile)


@pytest.mark.skipif(not available(), reason="durable_rules cannot be imported")
def test_both_matchers_give_the_same_decisions_under_the_shipped_rules() -> None:
    book = load(RULES)
    durable = prepare(book, DurableMatcher(book, Lock))
    snapshot = Snapshot(1, customers=9, mean_value=4_000.0)
    profiles = [who(), who(*reachable("email", "push")), who(*(order(f"o{n}", NOW - n * 20 * DAY) for n in range(9)))]
    for profile in profiles:
        for placements in ((), tuple(book.placements)):
            on_both = [decision(c, asked(*placements), profile, snapshot=snapshot) for c in (durable, shipped())]
            assert on_both[0] == on_both[1]


def test_what_a_record_says_of_facts_is_what_the_rules_named() -> None:
    compiled = made([action("a")], [rule("r", "a", when={"customer.orders": {"at_least": 0}})])
    decided = decision(compiled, asked("home.banner"))
    assert decided.facts == {"customer.orders": 0}
    assert compiled.types["customer.orders"] is FactType.COUNT
    assert decided.customer == CUSTOMER


def test_a_rule_that_looks_at_another_trigger_is_not_asked() -> None:
    compiled = made([action("a", treatments=says("Hi"))], [rule("r", "a", trigger=["visited"])])
    assert decision(compiled, asked("home.banner")).matched == ()


def test_a_rule_that_names_its_trigger_twice_looks_once() -> None:
    decided = decision(made([action("a")], [rule("r", "a", trigger=["requested", "requested"])]), asked("home.banner"))
    assert (actions_of(decided), decided.matched, decided.rejected) == (["a"], ("r",), ())


def test_a_task_for_staff_is_written_in_the_shops_language_not_the_customers() -> None:
    compiled = made([action("task", kind="internal", treatments=[on("desk")])], [rule("r", "task")])
    reader = who(event("t", "identified", days_ago(1), {"traits": {"language": "zh-Hans"}}))
    (task,) = given(decision(compiled, asked(), reader))
    assert task.content.language == "en"


@pytest.mark.parametrize("channels", [("push", "email"), ("email", "push")])
def test_of_the_reasons_on_two_channels_the_one_that_passes_is_told(channels: tuple[str, str]) -> None:
    cap = "frequency_caps: [{at_most: 1, in: 7 days, window: rolling, channels: [email]}]"
    both = action("a", treatments=[on(channel) for channel in channels])
    push = (
        CHANNELS.partition("  - channel: email\n")[2]
        .partition("  - channel:")[0]
        .replace("address: email", "address: app")
    )
    compiled = made([both], [rule("r", "a")], contact_policy=cap, channels=f"{CHANNELS}  - channel: push\n{push}")
    profile = replace(who(*reachable("email")), contacts={"b": Contact({"email": (days_ago(1),)}, "sent", days_ago(1))})
    (rejected,) = decision(compiled, asked(), profile).rejected
    assert (rejected.reason, rejected.retry_after) == (Reason.FREQUENCY_CAP, days_ago(-6))
