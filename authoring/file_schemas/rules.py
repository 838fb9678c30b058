"""Rules and segments."""

from authoring.file_schemas.conditions import CONDITIONS, condition_definitions
from authoring.file_schemas.names import Names
from authoring.file_schemas.parts import (
    LENGTH,
    NAME,
    NAME_,
    TEXT,
    Schema,
    listed,
    named,
    one_or_more,
    pattern,
    record,
    said,
    whole,
    words,
)
from authoring.file_schemas.policy import BY
from engine.domain.events import EVENT_TYPES
from engine.domain.trigger import INACTIVE, REQUESTED
from engine.rulebook.read.rules import KEY_ORDER, MOST_PRODUCTS
from engine.rulebook.read.triggers import AFTER, ANY
from engine.rulebook.read.words import EFFECTS, EXCLUSIONS, KINDS, ONCE, ROLES, STATEMENTS, STATUSES
from engine.rulebook.values import DATE


def rules(names: Names) -> Schema:
    keys = {
        "id": said(NAME, "Permanent id: never renamed, never reused"),
        "title": said(TEXT, 'The answer to "why did I get this?"'),
        "serves": said(listed(words(sorted(STATEMENTS, key=_by_number)), 1), "Statements of the strategy"),
        "status": said(words(STATUSES), "draft; shadow: evaluated and recorded, never shown; live; retired"),
        "owner": said(TEXT, "Owner"),
        "trigger": said(listed(_trigger(), 1), "Triggers on which the rule is evaluated"),
        "once": said(words([f"per {what}" for what in ONCE]), "Recommend only once per customer, order or the like"),
        "when": said(CONDITIONS, "Conditions that must all hold"),
        "recommend": said(_recommend(names), "The recommended action"),
        "forbid": said(_forbid(names), "What is forbidden; exactly one of the keys"),
        "boost": said(_boost(names), "Factor of a score; less than 1 lowers it"),
        "valid": said(
            record({"from": said(pattern(DATE), "First day"), "until": said(pattern(DATE), "Last day")}),
            "Days of the shop's calendar, such as 2026-12-31",
        ),
    }
    rule = record(
        {key: keys[key] for key in KEY_ORDER}, ("id", "title", "serves", "status", "owner", "trigger", "when")
    )
    one = {"oneOf": [{"required": [what]} for what in ("recommend", "forbid", "boost")]}
    schema = record({"rules": listed({**rule, **one})}, ("rules",), "Rules")
    return {**schema, "definitions": condition_definitions(names)}


def _by_number(statement: str) -> int:
    return int(statement[1:])


def _trigger() -> Schema:
    waits = record(
        {AFTER: said(words(EVENT_TYPES), "After this event"), "wait": said(LENGTH, "Whole days to wait")},
        (AFTER, "wait"),
    )
    return {"anyOf": [words((*EVENT_TYPES, REQUESTED, INACTIVE, ANY)), waits]}


def _recommend(names: Names) -> Schema:
    category = said(named(names.categories), "Products of this category")
    sets = named(names.sets)
    products = record(
        {
            "role": said(words(ROLES), "Products in this role"),
            "category": category,
            "near": said(sets, "Products of the categories in this fact, when there are any"),
            "next_to": said(sets, "Products of categories related to those in this fact"),
            "scene": said(words(("missing",)), "The category that completes a scene"),
            "not": said(one_or_more(words(EXCLUSIONS)), "Excluded products"),
            "count": said(whole(1, MOST_PRODUCTS), "Number"),
        }
    )
    keys = {
        "action": _action(names),
        "products": said(products, "Products to show with it; each key narrows the choice"),
    }
    return record(keys, ("action",))


def _action(names: Names) -> Schema:
    return said(named(tuple(names.actions)), "From actions/")


def _forbid(names: Names) -> Schema:
    keys = {
        "action": _action(names),
        "group": said(named(names.groups), "All actions of this group"),
        "tag": said(named(names.tags), "All actions with this tag"),
        "kind": said(words(KINDS), "All actions of this kind"),
        "effect": said(words(EFFECTS), "All actions with an effect of this type"),
    }
    return {**record(keys), "minProperties": 1, "maxProperties": 1}


def _boost(names: Names) -> Schema:
    keys = {
        "action": _action(names),
        "group": said(named(names.groups), "All actions of this group"),
        "role": said(words(ROLES), "Recommendations of products in this role"),
        "by": said(BY, "Factor of the score"),
    }
    return {**record(keys, ("by",)), "minProperties": 2, "maxProperties": 2}


def segments(names: Names) -> Schema:
    by_name: Schema = {"type": "object", "additionalProperties": CONDITIONS, "propertyNames": NAME_}
    schema = record({"segments": by_name}, ("segments",), "Named conditions, used as `segment: name`")
    return {**schema, "definitions": condition_definitions(names)}
