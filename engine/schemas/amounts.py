"""The amounts of an event as it was sent, found by the schemas of its type."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from engine.schemas.base import Base
from engine.schemas.fields import Amount
from engine.schemas.nested import ListOf, Object
from engine.schemas.properties import PROPERTIES


class Sent(NamedTuple):
    """An amount: the object that holds it, its name there, and its JSON pointer."""

    holder: dict[str, Any]
    name: str
    pointer: str

    @property
    def is_integer(self) -> bool:
        """A whole number, which counted minor units before version 0.2.0."""
        return type(self.holder[self.name]) is int


def amounts_of(event: Mapping[str, Any]) -> Iterator[Sent]:
    """All amounts of a parsed JSON event, valid or not; never raises."""
    kind = event.get("type")
    if isinstance(kind, str) and kind in PROPERTIES:
        yield from _within(PROPERTIES[kind], event.get("properties"), "/properties")


def in_minor_units(event: Mapping[str, Any]) -> None:
    """Moves whole numbers into the fields for minor units: `total` becomes `total_minor`."""
    for sent in list(amounts_of(event)):
        if sent.is_integer and f"{sent.name}_minor" not in sent.holder:
            sent.holder[f"{sent.name}_minor"] = sent.holder.pop(sent.name)


def _within(schema: type[Base], body: object, pointer: str) -> Iterator[Sent]:
    if not isinstance(body, dict):
        return
    for name, field in schema._declared_fields.items():
        if name not in body:
            continue
        if isinstance(field, Amount):
            yield Sent(body, name, f"{pointer}/{name}")
        elif isinstance(field, Object):
            yield from _within(field.schema_class, body[name], f"{pointer}/{name}")
        elif isinstance(field, ListOf) and isinstance(field.item, Object) and isinstance(body[name], list):
            for number, item in enumerate(body[name]):
                yield from _within(field.item.schema_class, item, f"{pointer}/{name}/{number}")
