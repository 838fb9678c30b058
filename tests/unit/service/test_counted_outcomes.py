"""A counter of outcomes counts each outcome once, however it was reported."""

from typing import Any

from engine.decisioning.decide import build_facts
from engine.domain.events import Outcome
from tests.support.books import VOCABULARY, action, asked, event, made, order, rule
from tests.support.services import Shop, recommendations, request

COUNTERS = """counters:
  customer.accepts_30d: {count: outcome, where: {outcome: accept}, within: 30 days, example: 1, sentence: Accepted}
  customer.converts_30d: {count: outcome, where: {outcome: convert}, within: 30 days, example: 1, sentence: Converted}
  customer.of_a_30d: {count: outcome, where: {action: a}, within: 30 days, example: 1, sentence: About a}
"""


def shop() -> Shop:
    return Shop(made([action("a")], [rule("r", "a")], vocabulary=VOCABULARY.replace("counters:\n", COUNTERS)))


def recommended(at: Shop, number: int = 1) -> str:
    (given,) = recommendations(at.service.handle_request(request("home.banner", id=str(number))))
    return given.recommendation_id


def counted(at: Shop) -> tuple[Any, ...]:
    profile = at.profile()
    assert profile is not None
    facts = build_facts(at.live.compiled, at.live.snapshot, profile, asked(), at.now)
    return tuple(facts[f"customer.{name}_30d"] for name in ("accepts", "converts", "of_a"))


def test_an_outcome_that_is_reported_by_itself_is_counted() -> None:
    at = shop()
    at.service.record_outcomes([Outcome(recommended(at), "accept")])
    assert counted(at) == (1, 0, 1)


def test_an_outcome_that_arrives_as_an_event_is_counted() -> None:
    at = shop()
    said = {"recommendation_id": recommended(at), "outcome": "accept"}
    at.service.handle_event(event("o", "outcome", at.now, said))
    assert counted(at) == (1, 0, 1)


def test_an_order_that_names_its_recommendation_is_counted_as_conversion() -> None:
    at = shop()
    at.service.handle_event(order("o1", at.now, recommendation_ids=(recommended(at),)))
    assert counted(at)[1] == 1


def test_the_same_outcome_reported_in_two_ways_is_counted_once() -> None:
    at = shop()
    of = recommended(at)
    at.service.record_outcomes([Outcome(of, "accept"), Outcome(of, "accept")])
    at.service.handle_event(event("o", "outcome", at.now, {"recommendation_id": of, "outcome": "accept"}))
    assert counted(at) == (1, 0, 1)
