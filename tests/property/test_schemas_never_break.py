"""Any JSON is taken, or InvalidInput says where it is wrong. What is taken whole fits the schema that is published."""

import copy

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine.domain.errors import InvalidInput
from engine.domain.money import Currency
from engine.rulebook.shop import Shop
from engine.schemas import event_json_schema, load_event, load_outcomes, load_request
from tests.support.requests import event, order, outcome, request

SHOP = Shop(Currency("EUR"), "Europe/Berlin", ("en",))
PUBLISHED = Draft202012Validator(event_json_schema())

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["", "EUR", "none"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
rights = st.sampled_from([event(), order(), order(currency="USD", shop_total="9.00"), request(), outcome()])


@st.composite
def mutated(draw):
    """Something right, with one to three places replaced, removed or added to."""
    value = copy.deepcopy(draw(rights))
    for _ in range(draw(st.integers(1, 3))):
        at = value
        while True:
            inner = [v for v in (at.values() if isinstance(at, dict) else at) if isinstance(v, (dict, list)) and v]
            if not inner or draw(st.booleans()):
                break
            at = draw(st.sampled_from(inner))
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if isinstance(at, dict):
            keys.append(draw(st.text(max_size=5)))
        key = draw(st.sampled_from(keys))
        if draw(st.booleans()) or key not in keys[:-1]:
            at[key] = draw(values)
        else:
            del at[key]
        if not value:
            break
    return value


def taken(load, raw):
    """What is read of it; None if it is refused."""
    before = copy.deepcopy(raw)
    try:
        return load(raw)
    except InvalidInput as error:
        assert error.problems
        assert all(p.message and p.code and (not p.pointer or p.pointer[0] == "/") for p in error.problems)
        return None
    finally:
        assert repr(raw) == repr(before), "the input was changed"


@settings(max_examples=400, deadline=None)
@given(mutated() | values)
def test_any_value_is_taken_or_refused_with_reasons(raw):
    taken(lambda r: load_request(r, SHOP), raw)
    taken(lambda r: load_outcomes(r, SHOP), raw)
    event = taken(lambda r: load_event(r, SHOP, None), raw)
    if event is not None and not event.warnings:
        PUBLISHED.validate(orjson.loads(orjson.dumps(raw)))
