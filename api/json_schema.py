"""Parts of the JSON Schemas of answers."""

from typing import Any, Final

Json = dict[str, Any]

TEXT: Final[Json] = {"type": "string"}
TEXT_OR_NULL: Final[Json] = {"type": ["string", "null"]}
WHOLE: Final[Json] = {"type": "integer", "minimum": 0}
TIME: Final[Json] = {"type": "string", "format": "date-time"}


def object_of(required: Json, **optional: Any) -> Json:
    """An object with these required and optional properties."""
    return {"type": "object", "properties": required | optional, "required": list(required)}


def list_of(items: Json) -> Json:
    """A list of any length."""
    return {"type": "array", "items": items}


def nullable(schema: Json) -> Json:
    """The schema, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> Json:
    """A reference to a schema of /openapi.json."""
    return {"$ref": f"#/components/schemas/{name}"}
