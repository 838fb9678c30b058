"""The fields of events and requests that hold others: objects, lists, the customer, the placements to decide for."""

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields

from engine.domain.errors import InvalidInput, Problem
from engine.domain.events import NONE, OUTBOUND, customer_key
from engine.rulebook.shop import Shop
from engine.schemas.base import MAX_PROBLEMS, Base, Message, Refused, Strict, add_minor_units
from engine.schemas.fields import Id, Key, kind_of, wrong_type

MAX_PLACEMENTS: Final = 10


class Customer(Strict):
    """{"id": ...} or {"anonymous_id": ...}, exactly one; read to the customer key."""

    _ids: Final = {"id": Key(), "anonymous_id": Key(anonymous=True)}

    def read(self, value: Any) -> str:
        if type(value) is not dict:
            raise wrong_type("an object", value)
        if len(value) != 1 or not value.keys() <= {"id", "anonymous_id"}:
            raise Refused("customer", 'must have exactly one of "id" and "anonymous_id", and nothing else')
        ((name, given),) = value.items()
        return customer_key(**{name: self._ids[name].read(given)})

    def json_schema(self) -> dict[str, Any]:
        one = [
            {
                "type": "object",
                "properties": {key: field.json_schema()},
                "required": [key],
                "additionalProperties": False,
            }
            for key, field in self._ids.items()
        ]
        return {"oneOf": one}


def refuse_broken(customer: str, shop: Shop, pointer: str) -> None:
    """InvalidInput for a customer key with an id that shop.yaml lists under `broken_ids`."""
    if customer[2:].casefold() in shop.broken_ids:
        message = f"is {customer[2:]}, which shop.yaml lists in broken_ids: it would merge unrelated customers"
        raise InvalidInput((Problem(pointer, "broken-id", message),))


class Decide(Strict):
    """ "outbound", "none", or the placements to fill."""

    _id = Id()

    def read(self, value: Any) -> str | tuple[str, ...]:
        if type(value) is str and value in (OUTBOUND, NONE):
            return value
        if type(value) is not list:
            raise Refused("choice", 'must be "outbound", "none" or a list of placement ids')
        if not 1 <= len(value) <= MAX_PLACEMENTS:
            raise Refused("length", f"must name 1 to {MAX_PLACEMENTS} placements")
        ids = tuple(self._id.read(item) for item in value)
        if len(set(ids)) < len(ids):
            raise Refused("repeated", "names a placement twice")
        return ids

    def json_schema(self) -> dict[str, Any]:
        many = {"type": "array", "items": Id().json_schema(), "minItems": 1, "maxItems": MAX_PLACEMENTS}
        return {"oneOf": [{"enum": [OUTBOUND, NONE]}, many]}


class Object(Strict):
    """A nested object with a schema of its own."""

    def __init__(self, schema: type[Base], **kwargs: Any) -> None:
        self.schema_class = schema
        super().__init__(**kwargs)

    def _bind_to_schema(self, field_name: str, parent: Schema | fields.Field[Any]) -> None:
        super()._bind_to_schema(field_name, parent)
        if isinstance(parent, Base):
            self.schema = self.schema_class(parent.money)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return self.schema.load(value)

    def quick(self, value: Any) -> Any:
        return self.schema.quick(value)

    def json_schema(self) -> dict[str, Any]:
        return object_schema(self.schema_class)


Fold = Callable[[tuple[Any, ...]], tuple[Any, ...]]


class ListOf(Strict):
    """A bounded list of values of one field; read to a tuple. `fold` makes a long one shorter."""

    def __init__(self, item: Strict, at_most: int, at_least: int = 0, fold: Fold | None = None, **kwargs: Any) -> None:
        self.item, self.at_most, self.at_least, self.fold = item, at_most, at_least, fold
        super().__init__(**kwargs)

    def _bind_to_schema(self, field_name: str, parent: Schema | fields.Field[Any]) -> None:
        super()._bind_to_schema(field_name, parent)
        self.item = copy.copy(self.item)
        self.item._bind_to_schema(field_name, parent)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if type(value) is not list:
            raise ValidationError(Message.of("type", f"must be a list, not {kind_of(value)}"))
        if not self.at_least <= len(value) <= self.at_most:
            expected = f"must have {self.at_least} to {self.at_most} items, not {len(value)}"
            raise ValidationError(Message.of("length", expected))
        out: list[Any] = []
        errors: dict[str | int, Any] = {}
        for place, item in enumerate(value):
            try:
                out.append(self.item.deserialize(item))
            except ValidationError as error:
                errors[place] = error.messages
            if len(errors) > MAX_PROBLEMS:
                break
        if errors:
            raise ValidationError(errors)
        return tuple(out) if self.fold is None else self.fold(tuple(out))

    def quick(self, value: Any) -> Any:
        if type(value) is not list or not self.at_least <= len(value) <= self.at_most:
            raise Refused("list", "is not a list, or is too long")
        read = tuple([self.item.quick(item) for item in value])
        return read if self.fold is None else self.fold(read)

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": "array",
            "items": self.item.json_schema(),
            "minItems": self.at_least,
            "maxItems": self.at_most,
        }


def object_schema(schema: type[Base]) -> dict[str, Any]:
    """JSON Schema of a marshmallow schema class."""
    declared: dict[str, Any] = dict(schema._declared_fields)
    amounts = add_minor_units(declared)
    described = {name: f.json_schema() | dict(f.metadata) for name, f in declared.items()}
    required = [name for name, field in declared.items() if field.required and name not in amounts]
    pairs = ([{"required": [name]}, {"required": [f"{name}_minor"]}] for name in amounts)
    either = [
        {"oneOf": pair} if field.required else {"not": {"allOf": pair}}
        for field, pair in zip(amounts.values(), pairs, strict=True)
    ]
    out: dict[str, Any] = {"type": "object", "properties": described, "additionalProperties": False}
    out |= {"required": required} if required else {}
    return out | ({"allOf": either} if either else {}) | dict(schema.also)
