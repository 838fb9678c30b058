"""Files of rule tests."""

from typing import Any, Final

from authoring.file_schemas.conditions import condition_definitions, given, given_definitions
from authoring.file_schemas.expect import EXPECT, expect
from authoring.file_schemas.names import Names
from authoring.file_schemas.parts import (
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
from authoring.rule_tests.case import PARTS
from authoring.rule_tests.expect import NOTHING
from authoring.rule_tests.steps import MOST_TIMES
from engine.domain.events import EVENT_TYPES, OUTCOMES
from engine.domain.trigger import INACTIVE, REQUESTED
from engine.rulebook.read.triggers import AFTER
from engine.schemas import event_json_schema, request_json_schema, traits_json_schema

_EVENT: Final[Schema] = {"$ref": "#/definitions/event"}


def tests(names: Names) -> Schema:
    keys = {
        "personas": said(mapping(_persona(names)), "Customers shared by all tests"),
        "tests": said(listed(_told(names)), "Tests"),
    }
    schema = record(keys, (), "Rule tests: given, at, ask, expect; or steps")
    own = {"event": _event(), "expect": expect(names)}
    return {**schema, "definitions": {**own, **condition_definitions(names), **given_definitions(names)}}


def _told(names: Names) -> Schema:
    """A scenario has steps; a test with `use` or `cases` may leave required keys to them."""
    shared, test, scenario = _shared(names), _of_tests(names), _of_scenarios(names)
    case = record(
        {key: one for key, one in {**shared, **test, **scenario, **_CASE}.items() if key not in _NOT_OF_CASES}
    )
    cases = {"cases": said(listed(case, 1), "Variants of this test, each with its differences")}
    partly = record({**shared, **test, **scenario, **cases}, ("test",))
    whole: Schema = {
        "if": {"required": ["steps"]},
        "then": record({**shared, **scenario, **cases}, ("test", "at", "steps")),
        "else": record({**shared, **test, **cases}, ("test", "at", "expect")),
    }
    return {"if": {"anyOf": [{"required": ["use"]}, {"required": ["cases"]}]}, "then": partly, "else": whole}


_CASE: Final[dict[str, Schema]] = {"case": said(TEXT, "Suffix of its name")}
_NOT_OF_CASES: Final = ("test", "use")


def _persona(names: Names) -> Schema:
    keys = {
        "use": said(TEXT, "Another persona, whose keys it inherits"),
        "channel_addresses": said(listed(named(names.channel_addresses)), "Channel addresses of the customer"),
        "consents": said(listed(named(tuple(names.channels))), "Channels with consent to marketing"),
        "traits": said(traits_json_schema(), "Traits, as in a traits event"),
        "given": said(given(names), "Facts that are set for every test of this persona"),
        "change": said(given(names), "Facts that are set otherwise than in the persona that it uses"),
    }
    return record(keys)


def _of_tests(names: Names) -> dict[str, Schema]:
    return {
        "pending": said(listed(_contact(names, "placement", named(names.placements))), "Pending recommendations"),
        "done": said(listed(named(names.rules)), "Rules whose `once` is used up"),
        "ask": said(_ask(), "Trigger of the decision (default: requested)"),
        **_request(names),
        "expect": EXPECT,
    }


def _of_scenarios(names: Names) -> dict[str, Schema]:
    return {
        "anonymous": said(TRUTH, "yes: it begins with an anonymous customer"),
        "steps": said(listed(_step(names), 1), "Steps in their order"),
    }


def _shared(names: Names) -> dict[str, Schema]:
    """Keys of both tests and scenarios."""
    amount = money(names.currency)
    score = {"anyOf": [{"type": "number"}, amount]}
    population = {
        "cutoffs": said(mapping(score, names.levels), "tier: customer value score from which it begins"),
        "mean_order": said(amount, "Mean order value of the shop"),
    }
    return {
        "test": said(TEXT, "Name: the sentence that the test verifies"),
        "use": said(TEXT, "Another test, whose keys it inherits"),
        "change": said(given(names), "Facts that are set otherwise than in the test that it uses"),
        "at": said(TEXT, "Time of the test: 2026-03-02T10:00:00+01:00"),
        "persona": said(TEXT, "One of the personas of tests/"),
        "given": said(given(names), "Facts that are set, whatever the history says"),
        "history": said(listed(_EVENT), "Earlier events"),
        "contacts": said(listed(_contact(names, "outcome", words(OUTCOMES))), "Earlier contacts"),
        "population": said(record(population), "Figures of the whole shop"),
        "holdout": said(TRUTH, "yes: the customer is in the control group for everything"),
        "used": _used(names),
    }


def _used(names: Names) -> Schema:
    parts = record({part: money(names.currency) if part == "budget" else whole() for part in PARTS})
    return said(mapping(parts, names.actions), "action: use of its limits by other customers")


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
    return {"anyOf": [words((REQUESTED, INACTIVE, *EVENT_TYPES)), told_event, waits]}


def _request(names: Names) -> dict[str, Schema]:
    return {
        "placements": said(_placements(names), "Placements to fill (default: an outbound message)"),
        "context": said(_context(), "Context that the page sends"),
        "language": said(TEXT, "Language of the customer, such as zh-Hans"),
    }


def _context() -> Schema:
    """As in a request, with yes and no as everywhere in rule files."""
    keys = request_json_schema()["properties"]["context"]["properties"]
    return record({key: TRUTH if part.get("type") == "boolean" else part for key, part in keys.items()})


def _placements(names: Names) -> Schema:
    placement = named(names.placements)
    counted = record({"id": placement, "count": said(whole(1, 20), "Number of recommendations")}, ("id",))
    return listed({"anyOf": [placement, counted]})


def _step(names: Names) -> Schema:
    """Any of the keys of a step; `patron check` checks their combinations."""
    keys = {
        "at": said(TEXT, "A time with its offset"),
        "after": said(LENGTH, "Time after the previous step"),
        "times": said(whole(1, MOST_TIMES), "Number of repetitions, `after` apart"),
        "event": said(_EVENT, "An event, and the decision on it"),
        "decide": said(words((NOTHING,)), "none: the event is only stored"),
        "outcome": said(mapping(words(OUTCOMES), names.actions), "action: outcome of its latest recommendation"),
        "ask": said(words((REQUESTED,)), "A request of the CRM system"),
        "used": _used(names),
        **_request(names),
        "expect": EXPECT,
    }
    return record(keys)


def _event() -> Schema:
    """As the API takes it, except for what a test may omit: id, time, and properties that are filled in."""
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
