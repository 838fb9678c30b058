"""The quick way through the schemas and marshmallow's own agree: on what is right, and on what is not."""

from datetime import datetime
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from engine.domain.money import Currency
from engine.schemas.base import Base, Money, Refused
from engine.schemas.events import ENVELOPES
from examples.shop import SEED, UNTIL, generate

EUR = Currency("EUR")
WRONG = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 2**60),
    st.floats(),
    st.text(max_size=120),
    st.sampled_from(["12.30", "EUR", "USD", "2026-03-01T10:00:00Z", "outbound", "none", "c/1", "en"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.sampled_from(["id", "sku", "x"]), st.text(max_size=3), max_size=2),
)


@cache
def samples() -> dict[str, list[dict[str, Any]]]:
    """Some real events of every type."""
    found: dict[str, list[dict[str, Any]]] = {}
    for event in generate(SEED, datetime.fromisoformat(UNTIL))[0]:
        some = found.setdefault(event["type"], [])
        if len(some) < 5:
            some.append(event)
    found["order_updated"] = found["order_completed"]
    found["merged"] = [{**event, "properties": {"merged": {"id": "other"}}} for event in found["aliased"]]
    return found


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """A real event with up to three things in it left out, replaced or added, at any depth."""
    kind = draw(st.sampled_from(sorted(ENVELOPES)))
    event = dict(draw(st.sampled_from(samples()[kind])))
    for _ in range(draw(st.integers(0, 3))):
        event = _mutated(draw, event)
    return {**event, "type": kind}


def _mutated(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict) and value and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(value)))
        return {**value, name: _mutated(draw, value[name])}
    if isinstance(value, list | tuple) and value:
        return [_mutated(draw, value[0]), *value[1:]]
    if isinstance(value, dict):
        names = st.sampled_from([*sorted(value), "currency", "shop_total", "lines", "amount", "unknown"])
        name = draw(names)
        if draw(st.booleans()):
            return {key: kept for key, kept in value.items() if key != name}
        return {**value, name: draw(WRONG)}
    return draw(WRONG)


def quick(schema: Base, raw: Any) -> Any:
    try:
        return schema.quick(raw)
    except Refused:
        return "refused"


def slow(schema: Base, raw: Any) -> Any:
    try:
        return schema.load(raw)
    except ValidationError:
        return "refused"


@settings(max_examples=1000)
@given(events(), st.sampled_from([EUR, Currency("USD"), Currency("JPY", 0)]))
def test_both_ways_through_a_schema_read_the_same(raw: dict[str, Any], sent: Currency) -> None:
    schema = ENVELOPES[raw["type"]](Money(sent=sent, shop=EUR))
    assert quick(schema, raw) == slow(schema, raw)
