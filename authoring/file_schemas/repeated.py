"""Repeated parts of a schema are written once: an editor reads a tenth, and hover texts stay."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from authoring.file_schemas.parts import Schema

SHORTEST: Final = 240
"""Minimum characters of a definition."""
_OF_MANY: Final = ("properties", "patternProperties", "definitions")
_LISTS: Final = ("allOf", "anyOf", "oneOf")
_SINGLE: Final = ("items", "additionalProperties", "if", "then", "else", "not")


def written_once(schema: Schema) -> Schema:
    """The same schema with what it repeats under `definitions`."""
    found: Counter[str] = Counter()
    _each(schema, lambda name, part: found.update([_text(part)]))
    hoist = _Hoist({text for text, times in found.items() if times > 1 and len(text) >= SHORTEST})
    own = {name: hoist.inner(name, part) for name, part in schema.get("definitions", {}).items()}
    rest = hoist.inner("", {key: part for key, part in schema.items() if key != "definitions"})
    definitions = {**own, **hoist.definitions}
    return {**rest, "definitions": definitions} if definitions else rest


def _bare(part: Schema) -> Schema:
    """Without its sentence: the same thing may be described in several ways."""
    return {key: value for key, value in part.items() if key != "description"}


def _text(part: Schema) -> str:
    return json.dumps(_bare(part), sort_keys=True)


def _each(part: Schema, see: Callable[[str, Schema], None], name: str = "") -> None:
    """Every schema in a schema, with the key that leads to it."""
    for key, inner in _parts(part, name):
        see(key, inner)
        _each(inner, see, key)


def _parts(part: Schema, name: str) -> list[tuple[str, Schema]]:
    many = [pair for keyword in _OF_MANY for pair in part.get(keyword, {}).items()]
    listed = [(name, one) for keyword in _LISTS for one in part.get(keyword, ())]
    single = [(name, part[keyword]) for keyword in _SINGLE if isinstance(part.get(keyword), dict)]
    return [(key, one) for key, one in (*many, *listed, *single) if isinstance(one, dict)]


class _Hoist:
    """Moves the repeated into definitions, each called after the first key that leads to it."""

    def __init__(self, repeated: set[str]) -> None:
        self.definitions: dict[str, Schema] = {}
        self._repeated = repeated
        self._names: dict[str, str] = {}

    def _moved(self, name: str, part: Any) -> Any:
        if not isinstance(part, dict):
            return part
        text = _text(part)
        if text not in self._repeated:
            return self.inner(name, part)
        if text not in self._names:
            self._names[text] = self._free(name)
            self.definitions[self._names[text]] = self.inner(name, _bare(part))
        link = {"$ref": f"#/definitions/{self._names[text]}"}
        return {"allOf": [link], "description": part["description"]} if "description" in part else link

    def inner(self, name: str, part: Schema) -> Schema:
        """The part with what is repeated inside of it moved."""
        out = dict(part)
        for keyword in _OF_MANY:
            if keyword in part:
                out[keyword] = {key: self._moved(key, one) for key, one in part[keyword].items()}
        for keyword in _LISTS:
            if keyword in part:
                out[keyword] = [self._moved(name, one) for one in part[keyword]]
        for keyword in _SINGLE:
            if keyword in part:
                out[keyword] = self._moved(name, part[keyword])
        return out

    def _free(self, name: str) -> str:
        base = f"shared_{name}".replace(".", "_").replace("-", "_")
        taken = sum(known == base or known.startswith(f"{base}_") for known in self._names.values())
        return f"{base}_{taken + 1}" if taken else base
