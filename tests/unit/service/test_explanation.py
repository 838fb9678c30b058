"""Explanations as the service answers them: in the language asked for, with more on request, and honest about gaps."""

from dataclasses import replace
from typing import Any

import pytest

from engine.domain.errors import InvalidInput
from engine.domain.events import DecisionRequest
from service.explanation import Ask
from tests.support.books import NOW, action, event, made, order, ready, rule
from tests.support.bound_service import BoundService as Service
from tests.support.services import GoneStore, Shop, request

GOLD = {"customer.tier": "gold"}
FAR = {"customer.tier": "gold", "customer.orders": 9, "cart.total": {"more_than": "1 EUR"}}
RULES = [rule("shows", "a"), rule("near", "b", when=GOLD), rule("far", "b", when=FAR)]
BANNER = request("home.banner")
TRIED = request("home.banner", dry_run=True)


@pytest.fixture
def shop() -> Shop:
    return Shop(made([action("a"), action("b", value="20 EUR")], RULES))


def explained(shop: Shop, asked: DecisionRequest = BANNER, **ask: Any) -> dict[str, Any]:
    """What a request is answered with."""
    decision = shop.service.handle_request(asked).decision
    return dict(shop.service.explained(decision, Ask(**ask), shop.live, asked))


def test_the_explanation_is_shown_in_the_language_asked_for_else_in_the_shops(shop: Shop) -> None:
    assert "home.banner: a is recommended, via web" in explained(shop)["sentences"]
    assert "home.banner：推荐 a，渠道 web" in explained(shop, language="zh-CN")["sentences"]
    book = shop.live.compiled.rulebook
    chinese = Shop(ready(replace(book, shop=replace(book.shop, languages=("zh-Hans", "en")))))
    assert "home.banner：推荐 a，渠道 web" in explained(chinese)["sentences"]


def test_rules_that_are_far_from_holding_are_counted_and_shown_on_request(shop: Shop) -> None:
    short, whole = explained(shop), explained(shop, everything=True)
    assert ([one["rule"] for one in short["rules"]], short["further_rules"]) == (["shows", "near"], 1)
    assert [one["rule"] for one in whole["rules"]] == ["shows", "near", "far"]


def test_a_decision_that_was_stored_is_explained_from_its_record(shop: Shop) -> None:
    decision = shop.service.handle_request(BANNER).decision
    shop.service.handle_event(order("o1"))
    told = shop.service.decision(decision.decision_id, Ask(rule="near")).explanation
    assert told["rule"]["changes"][0]["fact"] == "customer.tier"
    would = told["rule"]["would"]
    assert (would["surely"], would["given"]["action"]) == (True, "b")


def test_in_a_dry_run_the_stages_behind_a_rule_are_tried(shop: Shop) -> None:
    would = explained(shop, TRIED, rule="near")["rule"]["would"]
    assert (would["surely"], would["given"]["action"], would["given"]["score"]) == (True, "b", 2.0)
    assert shop.profile() is None


def test_a_dry_run_for_another_moment_is_explained_as_of_then() -> None:
    shop = Shop(made([action("a")], [rule("r", "a", valid={"from": "2027-01-01"})]))
    later = request("home.banner", dry_run=True, now=NOW + 365 * 86_400_000)
    assert explained(shop, later, rule="r")["rule"]["fired"]
    assert not explained(shop, TRIED, rule="r")["rule"]["fired"]


def test_who_was_anonymous_is_explained_as_who_they_are_now(shop: Shop) -> None:
    shop.service.handle_event(event("v", "visited", NOW, {"surface": "web"}, customer="a/cookie"))
    shop.service.handle_event(event("m", "aliased", NOW, {"anonymous_id": "cookie"}))
    told = explained(shop, replace(TRIED, customer="a/cookie"), rule="near")
    assert told["customer"] == {"id": "mei"}


def test_a_rule_that_does_not_exist_is_refused_with_the_nearest_one(shop: Shop) -> None:
    with pytest.raises(InvalidInput) as refused:
        explained(shop, rule="nears")
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.code) == ("/rule", "unknown-rule")
    assert problem.message == "no such rule in this rulebook; did you mean near?"


def test_without_the_store_the_explanation_says_so_and_names_no_rule(shop: Shop) -> None:
    told = explained(Shop(shop.live.compiled, GoneStore()), TRIED, rule="near")
    assert told["rules"] == []
    assert (
        "home.banner: nothing. The store did not respond, so the customer's data is unavailable." in told["sentences"]
    )


def test_under_another_rulebook_it_says_so_in_the_language_asked_for(shop: Shop) -> None:
    decision = shop.service.handle_request(BANNER).decision
    shop.live = Shop().live
    told = shop.service.decision(decision.decision_id, Ask("zh")).explanation
    assert (told["rules"], told["sentences"]) == ([], [told["note"]])
    assert decision.rulebook in told["note"]
    assert told["note"].startswith("该决策基于")


def test_a_record_without_its_inputs_tells_what_it_can(shop: Shop) -> None:
    bare = Service(shop.store, shop.service.live, lambda: NOW, with_inputs=False)
    decision = bare.handle_request(BANNER).decision
    would = bare.decision(decision.decision_id, Ask(rule="near")).explanation["rule"]["would"]
    assert would == {"surely": False, "given": None, "withheld": False, "dropped": None}


def test_a_stored_decision_is_explained_as_of_then_whatever_happened_since(shop: Shop) -> None:
    decision = shop.service.handle_request(BANNER).decision
    before = shop.service.decision(decision.decision_id, Ask(rule="far", everything=True)).explanation
    shop.service.handle_event(order("o1"))
    shop.take_snapshot()
    assert shop.service.decision(decision.decision_id, Ask(rule="far", everything=True)).explanation == before


def test_a_limit_that_is_used_up_stands_in_the_way_of_a_rule() -> None:
    last = action("b", limits={"total": 1})
    shop = Shop(made([action("a"), last], [rule("gives", "b"), rule("more", "b", when=GOLD)]))
    shop.service.handle_request(request("home.banner", customer="c/first"))
    would = explained(shop, TRIED, rule="more")["rule"]["would"]
    assert would["dropped"]["reason"] == "TOTAL_EXHAUSTED"
