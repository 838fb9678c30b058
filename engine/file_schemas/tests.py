"""Files of rule tests."""

from typing import Any

from engine.events import EVENT_TYPES, OUTCOMES
from engine.file_schemas.conditions import given, given_definitions
from engine.file_schemas.names import Names
from engine.file_schemas.parts import (
    LENGTH,
    TEXT,
    TRUTH,
    Schema,
    listed,
    mapping,
    money,
    named,
    record,
    said,
    whole,
    words,
)
from engine.reasons import Reason
from engine.rule_tests.expect import NOTHING
from engine.rule_tests.steps import MOST_TIMES
from engine.rulebook.read.triggers import AFTER, ASKED, OVERDUE
from engine.rulebook.read.words import EFFECTS
from engine.schemas import CONTEXT_KEYS, event_json_schema, traits_json_schema

_EVENT: Schema = {"$ref": "#/definitions/event"}
_EXPECT: Schema = {"$ref": "#/definitions/expect"}


def tests(names: Names) -> Schema:
    keys = {
        "personas": said(mapping(_persona(names)), "Customers that all tests share"),
        "tests": said(listed({"if": {"required": ["steps"]}, "then": _story(names), "else": _test(names)}), "Tests"),
    }
    schema = record(keys, (), "What the rules must do: given, at, ask, expect; or steps")
    return {**schema, "definitions": {"event": _event(), "expect": _expect(names), **given_definitions(names)}}


def _persona(names: Names) -> Schema:
    keys = {
        "links": said(listed(named(names.links)), "Over which the customer can be reached"),
        "consents": said(listed(named(tuple(names.channels))), "Channels on which marketing is agreed to"),
        "traits": said(traits_json_schema(), "As an event tells them"),
    }
    return record(keys)


def _test(names: Names) -> Schema:
    keys = _shared(names) | {
        "given": said(given(names), "Facts that are set, whatever the history says"),
        "done": said(listed(named(names.rules)), "Rules whose `once` is used up"),
        "ask": said(_ask(), "What makes the rules look; left out: asked"),
        **_request(names),
        "expect": _EXPECT,
    }
    return record(keys, ("test", "at", "expect"))


def _story(names: Names) -> Schema:
    keys = _shared(names) | {
        "anonymous": said(TRUTH, "yes: it begins with somebody whom nobody knows"),
        "steps": said(listed(_step(names), 1), "What happens, one after the other"),
    }
    return record(keys, ("test", "at", "steps"))


def _shared(names: Names) -> dict[str, Schema]:
    """What a test and a story both tell."""
    amount = money(names.currency)
    score = {"anyOf": [{"type": "number"}, amount]}
    population = {
        "cutoffs": said(mapping(score, names.levels), "tier: the score from which it begins"),
        "mean_order": said(amount, "The shop's mean order"),
    }
    return {
        "test": said(TEXT, "Its name: the sentence that it proves"),
        "at": said(TEXT, "When it is: 2026-03-02T10:00:00+01:00"),
        "persona": said(TEXT, "One of the personas of tests/"),
        "history": said(listed(_EVENT), "What happened before"),
        "contacts": said(listed(_contact(names, "outcome", words(OUTCOMES))), "What the customer was told before"),
        "pending": said(listed(_contact(names, "placement", named(names.placements))), "What waits to be seen"),
        "population": said(record(population), "What all customers together give"),
        "holdout": said(TRUTH, "yes: the customer is held out of everything"),
    }


def _contact(names: Names, key: str, more: Schema) -> Schema:
    keys = {
        "action": named(tuple(names.actions)),
        "channel": named(tuple(names.channels)),
        "time": said(TEXT, "-3 days, or a time with its offset"),
        key: more,
    }
    return record(keys, ("action", "channel", "time"))


def _ask() -> Schema:
    told_event = record({"event": _EVENT}, ("event",))
    waits = record({AFTER: words(EVENT_TYPES), "wait": LENGTH}, (AFTER, "wait"))
    return {"anyOf": [words((ASKED, OVERDUE, *EVENT_TYPES)), told_event, waits]}


def _request(names: Names) -> dict[str, Schema]:
    return {
        "placements": said(_placements(names), "Slots that are to be filled; left out: a message that is sent"),
        "context": said(record({key: {} for key in sorted(CONTEXT_KEYS)}), "What the page knows"),
        "language": said(TEXT, "The customer's, such as zh-Hans"),
    }


def _placements(names: Names) -> Schema:
    placement = named(names.placements)
    counted = record({"id": placement, "count": said(whole(1, 20), "How many recommendations")}, ("id",))
    return listed({"anyOf": [placement, counted]})


def _step(names: Names) -> Schema:
    """Any of the keys that a step can have; which go together, `patron check` says."""
    keys = {
        "at": said(TEXT, "A time with its offset"),
        "after": said(LENGTH, "So long after the step before"),
        "times": said(whole(1, MOST_TIMES), "Told so often, `after` apart"),
        "event": said(_EVENT, "It happens, and is decided on"),
        "decide": said(words((NOTHING,)), "none: the event is only stored"),
        "outcome": said(mapping(words(OUTCOMES), names.actions), "action: what came of its latest recommendation"),
        "ask": said(words((ASKED,)), "The CRM asks"),
        **_request(names),
        "expect": _EXPECT,
    }
    return record(keys)


def _event() -> Schema:
    """As the API takes it, but for what a test need not tell: id, time, and properties that are filled in."""
    return {"anyOf": [_of_type(one) for one in event_json_schema()["oneOf"]]}


def _of_type(told_type: dict[str, Any]) -> Schema:
    said_properties = told_type["properties"]
    keys = {
        "type": said_properties["type"],
        "id": said_properties["id"],
        "time": said(TEXT, "-40 days, or a time with its offset"),
        "channel": said_properties["channel"],
        "properties": {key: part for key, part in said_properties["properties"].items() if key != "required"},
    }
    return record(keys, ("type",))


def _expect(names: Names) -> Schema:
    action = named(tuple(names.actions))
    keys = {
        "first": said(words((*names.actions, NOTHING)) if names.actions else TEXT, "The first action, or none"),
        "rule": said(named(names.rules), "The rule of the first"),
        "channel": said(named(tuple(names.channels)), "The channel of the first"),
        "language": said(named(names.languages), "The language of the first"),
        "text": said(TEXT, "Stands in one of the texts of the first"),
        "effect": said(words(EFFECTS), "The effect of the first"),
        "products": said(listed(named(names.products)), "The products of the first, by sku"),
        "deliver_after": said(TEXT, "Held until then, or none: sent at once"),
        "all": said(listed(action), "All actions, in this order"),
        "none": said(listed(action), "Actions that must not be there"),
        "rejected": said(mapping(words(list(Reason.__members__)), names.actions), "action: why not"),
        "withdrawn": said(listed(action), "Actions that waited and no longer may; these and no others"),
    }
    return {**record(keys, (), "What must come out"), "minProperties": 1}
