"""The types of built-in facts are those in which they are computed."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.events import EVENT_TYPES, Event
from engine.domain.facts import NEVER, FactType, Value
from engine.domain.profile import Profile, apply
from engine.domain.trigger import Trigger, of_event
from engine.facts import BUILT_IN, GROUPS, FactsDict, Given
from engine.rulebook.built_in_facts import FACT_TYPES
from engine.rulebook.values import DATE
from engine.value.tiers import Snapshot
from tests.support.books import DAYS, NOW, asked, event, shipped
from tests.support.histories import END, histories

CARTS: tuple[dict[str, Any], ...] = (
    {},
    {"cart": {"lines": ({"sku": "x", "category": "kitchen", "amount": 100}, {"category": "lighting"})}},
    {"distance_km": 4, "in_stock_nearby": True, "order_id": "o1"},
)
TRAITS = {"first_name": "Mei", "language": "zh-Hans", "birthday": "1980-03-07", "interests": ("cooking",)}
TYPES = tuple(type_ for type_ in EVENT_TYPES if type_ != "identified")  # traits: as the API lets them in


def fits(value: Value, type_: FactType) -> bool:
    """Whether a computed value is one of the type; what is not known fits every type."""
    if value is None or (type_ is FactType.DAYS and value == NEVER):
        return True
    if type_ in (FactType.COUNT, FactType.MONEY, FactType.DAYS):
        return type(value) is int
    if type_ is FactType.NUMBER:
        return type(value) in (int, float) and abs(float(value)) <= 1e9  # type: ignore[arg-type]
    if type_ is FactType.DATE:
        return type(value) is str and DATE.fullmatch(value) is not None
    kinds = {FactType.BOOLEAN: bool, FactType.TEXT: str, FactType.SET: frozenset}
    return type(value) is kinds[type_]


def computed(profile: Profile, trigger: Trigger, now: int) -> FactsDict:
    given = Given(profile, trigger, shipped().rulebook, Snapshot(), now)
    return {name: value for group in GROUPS for name, value in group(given).items()}


def wrong(facts: FactsDict) -> dict[str, Value]:
    return {name: value for name, value in facts.items() if not fits(value, FACT_TYPES[name])}


def test_every_built_in_fact_has_a_type() -> None:
    assert FACT_TYPES.keys() == BUILT_IN


@pytest.mark.parametrize("context", CARTS)
def test_what_is_computed_of_a_request_fits_the_types(context: dict[str, Any]) -> None:
    assert wrong(computed(Profile("c/mei"), asked("home.banner", context=context), NOW)) == {}


@settings(max_examples=100, deadline=None)
@given(events=histories(TYPES), last=st.integers(0, 15))
def test_what_is_computed_of_a_history_fits_the_types(events: list[Event], last: int) -> None:
    profile = Profile("c/mei")
    for happened in (event("i", "identified", NOW, {"traits": TRAITS}), *events):
        profile = apply(profile, happened, shipped().counters, DAYS)
    trigger = of_event(events[last % len(events)]) if events else asked()
    assert wrong(computed(profile, trigger, END)) == {}
