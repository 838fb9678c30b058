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
        "description": "What can be recommended: value, cost, chance, texts",
        "if": {"required": ["action"]},
        "then": action,
        "else": record({"actions": listed(action)}, ("actions",)),
        "definitions": {"action": _action(names)},
    }


def _action(names: Names) -> Schema:
    amount = money(names.currency)
    friend = record({"per_friend": said(amount, "What a friend is worth who buys")}, ("per_friend",))
    cost = {"per_contact": said(amount, "Of each contact"), "per_acceptance": said(amount, "Of each that is accepted")}
    limits = {
        "per_customer": said(TIMES, "Contacts with one customer, such as 2 in 365 days"),
        "total": said(TOTAL, "Contacts with all together, such as 500 in 1 month"),
    }
    keys = {
        "action": said(NAME, "Its id: permanent, never used again"),
        "title": said(TEXT, "What it is, for the people who run the shop"),
        "kind": said(words(KINDS), "What it is towards the customer; internal: a task for staff"),
        "group": said(NAME, "Actions that count as one thing in caps and cooldowns"),
        "tags": said(listed(NAME), "For caps and forbids across groups"),
        "effect": said(effect(names), "What a machine can execute"),
        "value": said({"anyOf": [amount, friend]}, "The margin that is gained when it is accepted"),
        "cost": said(record(cost), "What it costs"),
        "propensity": said(SHARE, "The chance that a contact is accepted, until it is measured"),
        "priority": said(whole(0, MOST_PRIORITY), "Where scores are the same, the lower comes first"),
        "cooldown": said(LENGTH, "How long between two contacts with it"),
        "limits": said(record(limits), "How often at most"),
        "budget": said(budget(names.currency), "What contacts and acceptances may cost: 2000 EUR in 1 month"),
        "stock": said(whole(1), "Units to give away, ever"),
        "holdout": said(SHARE, "Customers who never get it, so that one can compare; at most 50 %"),
        "expires": said(LENGTH, "How long it waits to be seen"),
        "treatments": said(listed(_treatment(names), 1), "Its form on each channel"),
    }
    required = ("action", "title", "kind", "group", "value", "propensity", "expires", "treatments")
    return record(keys, required)


def effect(names: Names) -> Schema:
    """One form for each type, with the keys of that type."""
    amount = money(names.currency)
    values = {
        "percent": said(SHARE, "Off the price"),
        "amount": said(amount, "In money"),
        "method": said(NAME_, "The way of delivery"),
        "gift": said(NAME_, "What is given"),
        "points": said(whole(1, MOST_POINTS), "How many"),
        "content": said(NAME_, "What is shown or sent"),
        "queue": said(NAME_, "Whose task it is"),
        "due": said(LENGTH, "By when"),
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
        "link": said({**TEXT, "maxLength": LONGEST_LINK}, "Where it leads; placeholders are filled in"),
        "texts": said(mapping(texts, names.languages), "In each language; {fact|default} is filled in"),
    }
    return record(keys, ("channel", "texts"))


def table(names: Names) -> Schema:
    cell: Schema = {"type": ["string", "number", "boolean"]}
    output: Schema = {"anyOf": [cell, listed(cell)]}
    keys = {
        "table": said(NAME_, "Its id"),
        "decides": said(named(names.declared), "The fact that it gives a value"),
        "pick": said(words(PICKS), "What is given where several rows fit; all: a set of outputs"),
        "order": said(listed(cell, 1), "Of pick: priority: the output that goes before all others first"),
        "columns": said(listed(named(tuple(names.facts)), 1), "The facts that are looked at"),
        "rows": said(
            listed(listed(cell), 1), "One cell per column, and the output: -, a value, a, b, >= 5, [1..5), not(a)"
        ),
        "otherwise": said(output, "The output when no row fits"),
    }
    return record(keys, ("table", "decides", "pick", "columns", "rows"), "A decision table")
