"""Who asks gets an answer: the same to a repeat, a fallback without the store, nothing stored on a dry run."""

from typing import Any

import pytest

from engine.domain.decision import Content
from engine.domain.errors import NotFound, StateUnavailable
from engine.domain.facts import NEVER
from engine.domain.reasons import Reason
from engine.domain.times import DAY, MINUTE
from engine.scheduling.timers import SOON, next_due
from service.decision_json import answer
from tests.support.books import NOW, action, event, made, on, order, reachable, rule, says
from tests.support.services import DUPLICATE, GoneStore, Shop, answered, recommendations, request, small

BANNER = request("home.banner")


def test_a_request_is_answered_and_what_it_shows_waits() -> None:
    shop = Shop()
    (given,) = recommendations(shop.service.handle_request(BANNER))
    assert (given.action, given.content) == ("banner", Content("en", {"title": "Hi"}))
    profile = shop.profile()
    assert profile is not None
    assert [p.recommendation_id for p in profile.pending] == [given.recommendation_id]


def test_a_request_sent_again_gets_the_first_answer() -> None:
    shop = Shop()
    first = shop.service.handle_request(BANNER)
    shop.service.handle_event(order("o1"))
    shop.now += DAY
    assert answered(shop.service.handle_request(BANNER)) == answered(first) | DUPLICATE


def test_another_request_while_the_first_waits_gets_the_same_recommendation() -> None:
    shop = Shop()
    first = shop.service.handle_request(BANNER)
    again = shop.service.handle_request(request("home.banner", id="2"))
    assert again.decision.decision_id != first.decision.decision_id
    assert recommendations(again)[0].recommendation_id == recommendations(first)[0].recommendation_id


def test_a_dry_run_answers_and_stores_nothing() -> None:
    shop = Shop()
    reply = shop.service.handle_request(request("home.banner", dry_run=True))
    assert [given.action for given in recommendations(reply)] == ["banner"]
    assert reply.stored is False
    assert shop.profile() is None
    with pytest.raises(NotFound):
        shop.service.decision(reply.decision.decision_id)
    assert shop.service.handle_request(BANNER).stored is True


def test_a_dry_run_may_ask_what_will_be_another_day() -> None:
    compiled = made([action("a")], [rule("r", "a", valid={"from": "2027-01-01"})])
    shop = Shop(compiled)
    later = request("home.banner", dry_run=True, now=NOW + 365 * DAY)
    assert recommendations(shop.service.handle_request(later))[0].action == "a"
    assert recommendations(shop.service.handle_request(BANNER)) == ()


def test_a_request_speaks_the_language_that_it_asks_for() -> None:
    shop = Shop(made([action("a")], [rule("r", "a")]))
    reply = shop.service.handle_request(request("home.banner", language="zh-Hans"))
    assert recommendations(reply)[0].content.fields["title"] == "中 a"


def test_an_unknown_placement_and_an_unknown_context_key_are_named_in_warnings() -> None:
    decision = Shop().service.handle_request(request("no.such.slot", context={"weather": None})).decision
    assert decision.warnings == ("unknown context key: weather", "unknown placement: no.such.slot")
    assert decision.results[0].fallback == Content("en", {})


# ---- without the store ----


def test_without_the_store_a_placement_gets_its_fallback_and_is_shown() -> None:
    reply = Shop(store=GoneStore()).service.handle_request(request("home.banner", "no.such", language="zh-Hans"))
    assert (reply.decision.degraded, reply.stored) == (True, False)
    assert reply.decision.warnings == ("the store does not respond: fallbacks only",)
    banner, unknown = reply.decision.results
    assert banner.fallback == Content("zh-Hans", {"title": "你好"})
    assert {banner.reason, unknown.reason} == {Reason.STATE_UNAVAILABLE}


def test_without_the_store_there_is_nothing_to_send() -> None:
    with pytest.raises(StateUnavailable):
        Shop(store=GoneStore()).service.handle_request(request())


def test_without_the_store_an_event_is_not_taken() -> None:
    with pytest.raises(StateUnavailable):
        Shop(store=GoneStore()).service.handle_event(order("o1"))


def test_a_degraded_answer_keeps_the_id_that_the_repeat_will_have() -> None:
    degraded = Shop(store=GoneStore()).service.handle_request(BANNER).decision
    assert Shop().service.handle_request(BANNER).decision.decision_id == degraded.decision_id


@pytest.mark.parametrize(
    ("store", "ready", "said"), [(None, True, "ok"), (GoneStore(), False, "no answer within 50 ms")]
)
def test_the_status_says_whether_it_can_decide(store: Any, ready: bool, said: str) -> None:
    status = Shop(store=store).service.status()
    assert (status["ready"], status["store"], status["matcher"], status["rules"]) == (ready, said, "reference", 3)


# ---- due times ----


def test_a_due_time_is_decided_on_once() -> None:
    shop = Shop()
    shop.service.handle_events([*reachable("email"), order("o1", NOW - 60 * DAY)])
    shop.now = NOW + SOON
    first = shop.service.handle_due("c/mei")
    assert [given.action for decision in first for given in decision.given] == ["mail"]
    assert shop.service.handle_due("c/mei") == []
    assert len(shop.service.deliveries(None, 10)[0]) == 1


# ---- the record and its explanation ----


def test_a_decision_can_be_read_with_every_condition_of_every_rule_that_looked() -> None:
    when = {
        "customer.orders": {"at_least": 1},
        "any": [{"customer.tier": ["gold"]}, {"cart.total": {"more_than": "10 EUR"}}],
        "none": [{"customer.first_name": {"known": True}}],
    }
    rules = [rule("fires", "a", when={}), rule("does-not", "b", when=when), rule("other", "b", trigger=["visited"])]
    shop = Shop(made([action("a"), action("b")], rules))
    decision = shop.service.handle_request(BANNER).decision
    read = shop.service.decision(decision.decision_id)
    explained = {told["rule"]: told for told in read.explanation["rules"]}
    assert read.decision == decision
    assert explained.keys() == {"fires", "does-not"}
    assert (explained["fires"]["matched"], explained["does-not"]["matched"]) == (True, False)
    leaves = {leaf["fact"]: leaf for leaf in leaves_of(explained["does-not"]["when"])}
    assert leaves.keys() == {"customer.orders", "customer.tier", "cart.total", "customer.first_name"}
    assert (leaves["customer.orders"]["actual"], leaves["customer.orders"]["holds"]) == (0, False)
    assert leaves["customer.first_name"]["actual"] is None
    assert leaves["customer.tier"]["actual"] == "none"


def leaves_of(trace: Any) -> list[dict[str, Any]]:
    if isinstance(trace, list):
        return [leaf for item in trace for leaf in leaves_of(item)]
    if isinstance(trace, dict) and "fact" in trace:
        return [trace]
    return [leaf for value in trace.values() for leaf in leaves_of(value)] if isinstance(trace, dict) else []


def test_an_explanation_knows_never_from_a_text_that_says_never() -> None:
    when = {"customer.days_since_last_order": {"more_than": 9}, "customer.first_name": {"known": True}}
    shop = Shop(made([action("a")], [rule("r", "a", when=when)]))
    shop.service.handle_event(event("i", "identified", NOW, {"traits": {"first_name": "never"}}))
    decision = shop.service.handle_request(BANNER).decision
    assert decision.facts == {"customer.first_name": "never", "customer.days_since_last_order": NEVER}
    (told,) = shop.service.decision(decision.decision_id).explanation["rules"]
    assert (told["matched"], {leaf["holds"] for leaf in leaves_of(told["when"])}) == (True, {True})


def test_under_another_rulebook_a_record_is_not_explained_by_guessing() -> None:
    shop = Shop()
    decision = shop.service.handle_request(BANNER).decision
    shop.live = Shop(made([action("banner")], [rule("new", "banner")])).live
    told = shop.service.decision(decision.decision_id).explanation
    assert told["rules"] == []
    assert decision.rulebook in told["note"]


def test_an_unknown_decision_is_not_found() -> None:
    for name in ("d-857385cd3f431e867beaca", "d-", "nonsense"):
        with pytest.raises(NotFound):
            Shop().service.decision(name)


def test_an_answer_does_not_show_what_it_was_not_asked_for() -> None:
    reply = Shop().service.handle_request(request("home.banner", include=frozenset(("profile",))))
    shown = answer(reply)
    assert {"profile", "facts", "rejected", "matched", "customer"}.isdisjoint(shown)
    (given,) = shown["results"][0]["recommendations"]
    assert {"score_parts", "scope", "kind"}.isdisjoint(given)
    assert answer(reply, ("profile",))["profile"]["tier"] == "none"
    assert "rejected" in answer(reply, ("rejected",), small().rulebook.shop.currency)


def test_a_dry_run_in_the_past_does_not_see_what_was_recommended_later() -> None:
    shop = Shop()
    shop.service.handle_request(request("home.banner"))
    earlier = request("home.side", id="2", dry_run=True, now=NOW - DAY)
    (given,) = recommendations(shop.service.handle_request(earlier))
    assert given.action == "banner"
    later = request("home.side", id="2", dry_run=True, now=NOW + MINUTE)
    assert recommendations(shop.service.handle_request(later)) == ()


def test_a_page_that_a_cap_refuses_is_not_made_up_for_by_a_message_later() -> None:
    capped = "frequency_caps: [{at_most: 1, in: 1 day, window: rolling}]"
    everywhere = action("a", treatments=[*says("Hi"), on("email")])
    shop = Shop(made([everywhere, action("b")], [rule("r-a", "a"), rule("r-b", "b")], contact_policy=capped))
    shop.service.handle_events(list(reachable("email")))
    for number, placement in enumerate(("home.banner", "home.side")):
        shop.service.handle_request(request(placement, id=str(number)))
    profile = shop.profile()
    assert profile is not None
    assert (profile.retries, next_due(profile)) == ((), None)
