"""Building blocks of the schemas: the patterns, words and bounds of the readers.

A schema may accept more than `patron check` does, never less: an editor that marks what is right is switched off.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from engine.rulebook.read.fields import DOTTED, ID, LONGEST_ID, WORD
from engine.rulebook.values import DURATION, LIMIT, MAX_TEXT, MONEY, PERCENT, PERIOD, PLAIN

Schema = dict[str, Any]

MOST_NAMES: Final = 2_000
"""More names than these are not listed: an editor would choke on a catalogue of a hundred thousand."""


def pattern(*alternatives: re.Pattern[str] | str) -> Schema:
    """A text that one of these patterns fits as a whole."""
    either = "|".join(one if isinstance(one, str) else one.pattern for one in alternatives)
    return {"type": "string", "pattern": f"^(?:{either})$"}


def said(schema: Schema, description: str) -> Schema:
    """The schema with a hover text."""
    if "$ref" in schema:  # draft-07 ignores its siblings
        return {"description": description, "allOf": [schema]}
    return {"description": description, **schema}


def record(keys: Mapping[str, Schema], required: Sequence[str] = (), description: str = "") -> Schema:
    """A mapping with these keys and no others."""
    schema: Schema = {"type": "object"}
    if description:
        schema["description"] = description
    schema |= {"properties": dict(keys), "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def mapping(values: Schema, names: Collection[str] = (), key: re.Pattern[str] | None = None) -> Schema:
    """A mapping with free keys, or with keys of these names."""
    if names:
        return {"type": "object", "properties": dict.fromkeys(names, values), "additionalProperties": False}
    schema: Schema = {"type": "object", "additionalProperties": values}
    return {**schema, "propertyNames": pattern(key)} if key else schema


def listed(items: Schema, at_least: int = 0) -> Schema:
    schema: Schema = {"type": "array", "items": items}
    return {**schema, "minItems": at_least} if at_least else schema


def words(among: Collection[str]) -> Schema:
    """One of a closed list."""
    return {"enum": list(among)}


def named(among: Collection[str]) -> Schema:
    """One of the names that the rulebook declares; any text where it declares none, or too many to list."""
    return words(among) if 0 < len(among) <= MOST_NAMES else TEXT


def one_or_more(one: Schema) -> Schema:
    return {"anyOf": [one, listed(one, 1)]}


def number(low: float | None = None, high: float | None = None) -> Schema:
    """A number without unit; in quotes it is one too."""
    bounds = {key: bound for key, bound in (("minimum", low), ("maximum", high)) if bound is not None}
    return {"anyOf": [{"type": "number", **bounds}, pattern(PLAIN)]}


def whole(low: int | None = None, high: int | None = None) -> Schema:
    bounds = {key: bound for key, bound in (("minimum", low), ("maximum", high)) if bound is not None}
    return {"anyOf": [{"type": "integer", **bounds}, pattern(PLAIN)]}


def money(currency: str) -> Schema:
    """ "60 EUR", in the shop's currency."""
    return pattern(MONEY.pattern.replace("[A-Za-z]{3}", re.escape(currency)))


def budget(currency: str) -> Schema:
    """ "2000 EUR", "2000 EUR in 1 month"."""
    amount = MONEY.pattern.replace("[A-Za-z]{3}", re.escape(currency))
    return pattern(f"{amount}(?: in {PERIOD.pattern})?")


TEXT: Final[Schema] = {"type": "string", "pattern": r"\S"}
TRUTH: Final[Schema] = {"enum": ["yes", "no", True, False]}
NAME: Final[Schema] = {**pattern(ID), "maxLength": LONGEST_ID}
"""An id."""
NAME_: Final[Schema] = {**pattern(WORD), "maxLength": LONGEST_ID}
"""An id that may have underscores."""
DOTTED_NAME: Final[Schema] = {**pattern(DOTTED), "maxLength": LONGEST_ID}
VALUE: Final[Schema] = {"type": "string", "maxLength": MAX_TEXT}
LENGTH: Final = pattern(DURATION)
"""A length of time."""
SHARE: Final = pattern(PERCENT)
TIMES: Final = pattern(LIMIT)
"""A frequency within a period."""
TOTAL: Final[Schema] = {"anyOf": [{"type": "integer"}, pattern(f"{PLAIN.pattern}(?: in {PERIOD.pattern})?")]}
