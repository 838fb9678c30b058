"""Events, requests and outcomes as received: parsed JSON in, checked values out.

All errors of an input are reported at once, with JSON pointers (`InvalidInput`). Nothing is guessed: a
number is not a text, `true` is not a number, an unknown property is an error with a hint. A wrong value of a field
that may be missing is left out with a warning, unless money, ids, times or consents depend on it.
"""

from engine.schemas.events import MAX_AHEAD, event_json_schema, load_event, load_event_strictly
from engine.schemas.requests import (
    CONTEXT_KEYS,
    INCLUDES,
    load_customer,
    load_merge,
    load_outcomes,
    load_request,
    load_traits,
    load_traits_strictly,
    merge_json_schema,
    outcome_json_schema,
    request_json_schema,
    traits_json_schema,
)

__all__ = [
    "CONTEXT_KEYS",
    "INCLUDES",
    "MAX_AHEAD",
    "event_json_schema",
    "load_customer",
    "load_event",
    "load_event_strictly",
    "load_merge",
    "load_outcomes",
    "load_request",
    "load_traits",
    "load_traits_strictly",
    "merge_json_schema",
    "outcome_json_schema",
    "request_json_schema",
    "traits_json_schema",
]
