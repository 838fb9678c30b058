"""JSON Schemas of refusals: the stage, the reason, and the parameters of every reason."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final, get_args, get_type_hints

from api.json_schema import TEXT, TIME, Json
from engine.domain.reasons import STAGE_OF, Stage
from engine.domain.refusal import PARAMS, Money, Span, Time

_SHOWN_AS: Final[dict[Any, Json]] = {
    Time: TIME,
    Span: TEXT,
    Money: TEXT,
    tuple[str, ...]: {"type": "array", "items": TEXT},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: TEXT,
}
"""The output of `params_shown` for each type."""


def _schema(kind: Any) -> Json:
    """Of a type, or None."""
    return next(_SHOWN_AS[one] for one in (kind, *get_args(kind)) if one in _SHOWN_AS)


def _parameters() -> Iterator[tuple[str, Json, str]]:
    """Name, schema and reason."""
    for reason, cls in PARAMS.items():
        kinds = get_type_hints(cls)
        for field in fields(cls):  # type: ignore[arg-type]
            yield field.name, _schema(kinds[field.name]), reason


def _params() -> Json:
    """The parameters of all reasons as one object; each reason has some of them, and unknown ones are absent."""
    schemas: dict[str, list[Json]] = {}
    reasons: dict[str, list[str]] = {}
    for name, schema, reason in _parameters():
        reasons.setdefault(name, []).append(reason)
        if schema not in schemas.setdefault(name, []):
            schemas[name].append(schema)
    return {
        "type": "object",
        "description": "Numbers and names of the refusal. Durations are written as in rule files",
        "properties": {
            name: {**(many[0] if len(many) == 1 else {"anyOf": many}), "description": f"Of {', '.join(reasons[name])}"}
            for name, many in schemas.items()
        },
    }


REFUSAL: Final[Json] = {
    "stage": {"enum": [str(stage) for stage in Stage], "description": "In pipeline order"},
    "reason": {"enum": [str(reason) for reason in STAGE_OF]},
    "detail": {**TEXT, "description": "The refusal as a sentence, in the requested language (default: the shop's)"},
}
"""The parameters always present."""
PARAMS_OF: Final[Json] = {
    "$ref": "#/components/schemas/RefusalParams",
    "description": "Absent in old records, which contain a sentence instead of parameters",
}
ANSWERS: Final[Json] = {"RefusalParams": _params()}
