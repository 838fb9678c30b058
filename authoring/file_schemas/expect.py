"""`expect:` of a rule test."""

from typing import Final

from authoring.file_schemas.conditions import CONDITIONS
from authoring.file_schemas.names import Names
from authoring.file_schemas.offers import effect
from authoring.file_schemas.parts import (
    TEXT,
    Schema,
    listed,
    mapping,
    money,
    named,
    number,
    pattern,
    record,
    said,
    words,
)
from authoring.rule_tests.case import PARTS
from authoring.rule_tests.expect import NOTHING, SCORE_PARTS
from authoring.rule_tests.figure import BOUNDS
from engine.domain.reasons import Reason
from engine.rulebook.read.words import EFFECTS
from engine.rulebook.values import PLAIN

EXPECT: Final[Schema] = {"$ref": "#/definitions/expect"}


def expect(names: Names) -> Schema:
    action = named(tuple(names.actions))
    reasons = mapping(words(list(Reason.__members__)), names.actions)
    channel = named(tuple(names.channels))
    score = _figure(number())
    keys = {
        "first": said(words((*names.actions, NOTHING)) if names.actions else TEXT, "The first action, or none"),
        "rule": said(named(names.rules), "The rule of the first"),
        "channel": said(channel, "The channel of the first"),
        "language": said(named(names.languages), "The language of the first"),
        "text": said(_wording(names), "Appears in one of the texts of the first"),
        "texts": said(mapping(_wording(names), names.languages), "The texts of the first in each language"),
        "effect": said({"anyOf": [words(EFFECTS), effect(names)]}, "The effect of the first: its type, or its keys"),
        "products": said(listed(named(names.products)), "The products of the first, by sku"),
        "score": said(score, "The score of the first"),
        "score_parts": said(record(dict.fromkeys(SCORE_PARTS, score)), "The factors of its score"),
        "deliver_after": said(TEXT, "End of the quiet hours for which it is held, or none: sent immediately"),
        "all": said(listed(action), "All actions, in this order"),
        "none": said(listed(action), "Actions that must not be recommended"),
        "rejected": said(reasons, "action: reason of its refusal"),
        "withdrawn": said({"anyOf": [listed(action), reasons]}, "Pending actions that are withdrawn, and no others"),
        "deliveries": said(
            {"anyOf": [listed(action), mapping(channel, names.actions)]}, "Messages to send, and their channels"
        ),
        "used": said(_used(names), "action: use of its limits by all customers"),
        "facts": said(CONDITIONS, "Conditions on the facts"),
    }
    return {**record(keys, (), "The expected result"), "minProperties": 1}


def _figure(one: Schema) -> Schema:
    """A number, or bounds."""
    bounds = {name: {**listed(one, 2), "maxItems": 2} if name == "between" else one for name in BOUNDS}
    return {"anyOf": [one, {**record(bounds), "minProperties": 1}]}


def _wording(names: Names) -> Schema:
    """A text contained somewhere, or the text of each field."""
    fields = tuple(dict.fromkeys(field.name for channel in names.channels.values() for field in channel.fields))
    exactly = record({"is": said(TEXT, "All of it"), "has": said(TEXT, "A part of it")})
    return {"anyOf": [TEXT, mapping({"anyOf": [TEXT, exactly]}, fields)]}


def _used(names: Names) -> Schema:
    parts = {
        part: _figure(money(names.currency) if part == "budget" else {"anyOf": [{"type": "number"}, pattern(PLAIN)]})
        for part in PARTS
    }
    return mapping(record(parts), names.actions)
