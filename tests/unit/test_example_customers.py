"""The shipped rules give each telling customer of the example shop what the strategy wants for the situation."""

from dataclasses import replace
from datetime import datetime
from functools import cache

import pytest

from engine.domain.decision import Decision
from engine.domain.errors import PatronError
from engine.domain.events import customer_key
from engine.domain.reasons import Reason
from engine.schemas import load_event, load_request
from engine.value.tiers import Snapshot, make_snapshot
from examples.example_customers import ExampleCustomer
from examples.products import RULES
from examples.shop import UNTIL, generate
from runtime.bootstrap import compiled
from service.live import Live
from storage.memory import MemoryStore
from tests.support.bound_service import BoundService as Service
from tests.support.services import decided

END = int(datetime.fromisoformat(UNTIL).timestamp()) * 1000
SEEDS = (7, 8)
WANTED = {
    1: "receipt-account",
    2: "link-",
    3: "one-question",
    4: "second-purchase-invitation",
    5: "quiet-check-in",
    6: "personal-call",
    7: "light-reminder",
    8: "early-look",
    10: "free-hour-delivery",
    11: "scene-item",
    12: "neighbour-category",
    13: "bring-a-friend",
    14: "source-it",
    15: "good-to-have-you-back",
}
"""Situation -> how the action begins. 9 has two answers: a call for the complaint, and no marketing meanwhile."""


@cache
def shop(seed: int) -> tuple[Service, list[ExampleCustomer]]:
    """The service with the whole history loaded and counted, at the end of the history."""
    events, example_customers = generate(seed, datetime.fromisoformat(UNTIL))
    rules, store = compiled(RULES), MemoryStore()
    live = [Live(rules, Snapshot())]
    service = Service(store, lambda: live[0], lambda: END)
    answers = service.handle_events([load_event(event, rules.rulebook.shop, END) for event in events])
    assert not [answer for answer in answers if isinstance(answer, PatronError)]
    counted = make_snapshot(store.histogram(), rules.rulebook.tiers, END)
    live[0] = Live(rules, replace(counted, number=1))
    return service, example_customers


def decision_of(seed: int, situation: int, variant: int) -> Decision:
    service, example_customers = shop(seed)
    example = [example for example in example_customers if example.situation == situation][variant]
    if situation == 4:  # nobody asks: two weeks after the delivery it is due
        key = customer_key(**example.customer)
        due = service.handle_due(key)
        return next(decision for decision in due if decision.trigger == "after:delivery_completed:14")
    if example.ask["path"] == "/v1/events":
        return decided(service.handle_event(load_event(example.ask["body"], service.live().shop, END)))
    return service.handle_request(load_request(example.ask["body"], service.live().shop)).decision


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("variant", [0, 1])
@pytest.mark.parametrize("situation", WANTED)
def test_an_example_customer_gets_what_the_situation_asks_for(situation: int, variant: int, seed: int) -> None:
    given = decision_of(seed, situation, variant).results[0].recommendations
    assert given and given[0].action.startswith(WANTED[situation])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_complaint_gets_a_call_and_no_marketing(seed: int) -> None:
    now, meanwhile = (decision_of(seed, 9, variant) for variant in (0, 1))
    assert now.results[0].recommendations[0].action == "call-back-today"
    assert meanwhile.results[0].recommendations == ()
    assert {one.reason for one in meanwhile.rejected} == {Reason.FORBIDDEN_BY_RULE}
