"""The action catalogue, and decision tables."""

from authoring.file_schemas.names import Names
from authoring.file_schemas.parts import (
    LENGTH,
    NAME,
    NAME_,
    SHARE,
    TEXT,
    TIMES,
    TOTAL,
    Schema,
    budget,
    listed,
    mapping,
    money,
    named,
    record,
    said,
    whole,
    words,
)
from engine.rulebook.offers import Channel
from engine.rulebook.read.actions import KEYS, LONGEST_LINK, MOST_POINTS, MOST_PRIORITY
from engine.rulebook.read.words import KINDS, PICKS


def actions(names: Names) -> Schema:
    """A file of actions holds a list of them, or is one itself."""
    action = {"$ref": "#/definitions/action"}
    return {
        "description": "Actions: value, cost, propensity, texts",
        "if": {"required": ["action"]},
        "then": action,
        "else": record({"actions": listed(action)}, ("actions",)),
        "definitions": {"action": _action(names)},
    }


def _action(names: Names) -> Schema:
    amount = money(names.currency)
    friend = record({"per_friend": said(amount, "The value of a referred friend who buys")}, ("per_friend",))
    on_acceptance = "Per acceptance (default: the amount of a discount in money, otherwise 0)"
    cost = {"per_contact": said(amount, "Per contact"), "per_acceptance": said(amount, on_acceptance)}
    limits = {
        "per_customer": said(TIMES, "Contacts with one customer, such as 2 in 365 days"),
        "total": said(TOTAL, "Contacts with all customers together, such as 500 in 1 month"),
    }
    keys = {
        "action": said(NAME, "Permanent id, never reused"),
        "title": said(TEXT, "Title, for the people who run the shop"),
        "kind": said(words(KINDS), "Kind of contact; internal: a task for staff"),
        "group": said(NAME, "Actions with a common cooldown and history"),
        "tags": said(listed(NAME), "Labels for caps and forbids across groups"),
        "effect": said(effect(names), "What a machine executes on acceptance"),
        "value": said({"anyOf": [amount, friend]}, "Margin gained on acceptance"),
        "cost": said(record(cost), "What it costs"),
        "propensity": said(SHARE, "Propensity: the chance that a contact is accepted, until it is measured"),
        "priority": said(whole(0, MOST_PRIORITY), "Tie-breaker: the lower number ranks first"),
        "cooldown": said(LENGTH, "Minimum time between two contacts with it"),
        "limits": said(record(limits), "Maximum number of contacts"),
        "budget": said(budget(names.currency), "Maximum cost of contacts and acceptances: 2000 EUR in 1 month"),
        "stock": said(whole(1), "Units to give away, ever"),
        "holdout": said(SHARE, "Share of customers in its control group; at most 50 %"),
        "expires": said(LENGTH, "How long it stays pending"),
        "treatments": said(listed(_treatment(names), 1), "Treatment per channel"),
    }
    required = ("action", "title", "kind", "group", "value", "propensity", "expires", "treatments")
    return record(keys, required)


def effect(names: Names) -> Schema:
    """One form for each type, with the keys of that type."""
    amount = money(names.currency)
    values = {
        "percent": said(SHARE, "Share of the price"),
        "amount": said(amount, "Amount of money"),
        "method": said(NAME_, "Delivery method"),
        "gift": said(NAME_, "The gift"),
        "points": said(whole(1, MOST_POINTS), "Number"),
        "content": said(NAME_, "The content"),
        "queue": said(NAME_, "Assignee of the task"),
        "due": said(LENGTH, "Due time"),
    }
    forms = [
        record(
            {"type": {"const": type_}, **{key: values[key] for key in (*keys.required, *keys.optional)}},
            ("type", *keys.required),
        )
        for type_, keys in KEYS.items()
    ]
    return {"anyOf": forms}


def _treatment(names: Names) -> Schema:
    if not names.channels:
        return _on(names, None)
    return {"anyOf": [_on(names, channel) for channel in names.channels.values()]}


def _on(names: Names, channel: Channel | None) -> Schema:
    """A treatment on a channel, with the fields that its texts have there."""
    fields = (
        {field.name: said(TEXT, f"At most {field.max_length} characters") for field in channel.fields}
        if channel
        else {}
    )
    needed = [field.name for field in channel.fields if field.required] if channel else []
    texts = record(fields, needed) if channel else mapping(TEXT)
    placements = [placement.id for placement in channel.placements] if channel else ()
    keys = {
        "channel": {"const": channel.id} if channel else TEXT,
        "placements": said(listed(named(placements), 1), "Only in these slots of the channel"),
        "link": said({**TEXT, "maxLength": LONGEST_LINK}, "Target of the link; placeholders are filled in"),
        "texts": said(mapping(texts, names.languages), "In each language; {fact|default} is filled in"),
    }
    return record(keys, ("channel", "texts"))


def table(names: Names) -> Schema:
    cell: Schema = {"type": ["string", "number", "boolean"]}
    output: Schema = {"anyOf": [cell, listed(cell)]}
    keys = {
        "table": said(NAME_, "Its id"),
        "decides": said(named(names.declared), "The fact whose value it sets"),
        "pick": said(words(PICKS), "Output where several rows match; all: the set of outputs"),
        "order": said(listed(cell, 1), "For pick: priority: outputs, highest priority first"),
        "columns": said(listed(named(tuple(names.facts)), 1), "The facts that the cells test"),
        "rows": said(
            listed(listed(cell), 1), "One cell per column, and the output: -, a value, a, b, >= 5, [1..5), not(a)"
        ),
        "otherwise": said(output, "The output when no row matches"),
    }
    return record(keys, ("table", "decides", "pick", "columns", "rows"), "A decision table")
