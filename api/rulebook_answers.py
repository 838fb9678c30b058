"""JSON Schemas of answers about rulebooks: the active one, publications, findings."""

from typing import Any, Final

Json = dict[str, Any]

_TEXT: Final[Json] = {"type": "string"}
_WHOLE: Final[Json] = {"type": "integer", "minimum": 0}
_MAYBE: Final[Json] = {"type": ["string", "null"]}


def _object(required: Json, **optional: Any) -> Json:
    return {"type": "object", "properties": required | optional, "required": list(required)}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


_PUBLICATION: Final[Json] = {
    "number": {**_WHOLE, "description": "Number of the publication, from 1"},
    "revision": {**_TEXT, "description": "SHA-256 of the rules' content, without comments and tests"},
    "at": {"type": "string", "format": "date-time"},
    "author": _TEXT,
    "message": _TEXT,
    "key": {**_MAYBE, "description": "Name of the API key that published it"},
    "restores": {"type": ["integer", "null"], "description": "For a rollback: number of the restored publication"},
}
_FINDING: Final = _object(
    {
        "file": _TEXT,
        "line": _WHOLE,
        "column": _WHOLE,
        "severity": {"enum": ["error", "warning"]},
        "code": _TEXT,
        "message": _TEXT,
        "hint": _MAYBE,
        "witness": {"type": ["object", "null"], "description": "A customer for whom the finding holds"},
        "docs": _TEXT,
        "text": {**_TEXT, "description": "The finding as printed by `patron check`"},
    }
)
_DIFFERENCE: Final = _object({"expected": _TEXT, "got": _TEXT})
_FAILED: Final = _object({"test": _TEXT, "place": _TEXT, "failures": _list(_DIFFERENCE)})
_FOUND: Final[Json] = {
    "errors": _WHOLE,
    "warnings": _WHOLE,
    "findings": _list(_FINDING),
    "tests": {**_WHOLE, "description": "Number of tests run"},
    "failed_tests": _list(_FAILED),
}
_STATUS: Final[Json] = {
    "enum": ["published", "unchanged"],
    "description": "unchanged: already published, so nothing was stored",
}
_RULE: Final = _object({"id": _TEXT, "title": _TEXT, "status": _TEXT})

ANSWERS: Final[Json] = {
    "Rulebook": _object(
        {
            "revision": _TEXT,
            "published": {
                "anyOf": [_object(_PUBLICATION), {"type": "null"}],
                "description": "null: the rulebook of the folder",
            },
            "refused": {**_MAYBE, "description": "Why this process does not serve the latest publication"},
            "counts": {"type": "object"},
            "rules": _list(_RULE),
        }
    ),
    "Revisions": _object({"revisions": _list(_object(_PUBLICATION))}),
    "Revision": _object({**_PUBLICATION, "files": {"type": "object", "additionalProperties": _TEXT}}),
    "Proof": _object({"revision": _MAYBE, **_FOUND, "problem": _MAYBE}),
    "Published": _object({"status": _STATUS, **_PUBLICATION, **_FOUND}),
}
