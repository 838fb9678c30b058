"""JSON Schemas of answers about rulebooks: the active one, publications, findings."""

from typing import Final

from api.json_schema import TEXT, TEXT_OR_NULL, TIME, WHOLE, Json, list_of, object_of

_PUBLICATION: Final[Json] = {
    "number": {**WHOLE, "description": "Number of the publication, from 1"},
    "revision": {**TEXT, "description": "SHA-256 of the rules' content, without comments and tests"},
    "at": TIME,
    "author": TEXT,
    "message": TEXT,
    "key": {**TEXT_OR_NULL, "description": "Name of the API key that published it"},
    "restores": {"type": ["integer", "null"], "description": "For a rollback: number of the restored publication"},
}
_FINDING: Final = object_of(
    {
        "file": TEXT,
        "line": WHOLE,
        "column": WHOLE,
        "severity": {"enum": ["error", "warning"]},
        "code": TEXT,
        "message": TEXT,
        "hint": TEXT_OR_NULL,
        "witness": {"type": ["object", "null"], "description": "A customer for whom the finding holds"},
        "docs": TEXT,
        "text": {**TEXT, "description": "The finding as printed by `patron check`"},
    }
)
_DIFFERENCE: Final = object_of({"expected": TEXT, "got": TEXT})
_FAILED: Final = object_of({"test": TEXT, "place": TEXT, "failures": list_of(_DIFFERENCE)})
_FOUND: Final[Json] = {
    "errors": WHOLE,
    "warnings": WHOLE,
    "findings": list_of(_FINDING),
    "tests": {**WHOLE, "description": "Number of tests run"},
    "failed_tests": list_of(_FAILED),
}
_STATUS: Final[Json] = {
    "enum": ["published", "unchanged"],
    "description": "unchanged: already published, so nothing was stored",
}
_RULE: Final = object_of({"id": TEXT, "title": TEXT, "status": TEXT})

ANSWERS: Final[Json] = {
    "Rulebook": object_of(
        {
            "revision": TEXT,
            "published": {
                "anyOf": [object_of(_PUBLICATION), {"type": "null"}],
                "description": "null: the rulebook of the folder",
            },
            "refused": {**TEXT_OR_NULL, "description": "Why this process does not serve the latest publication"},
            "counts": {"type": "object"},
            "rules": list_of(_RULE),
        }
    ),
    "Revisions": object_of({"revisions": list_of(object_of(_PUBLICATION))}),
    "Revision": object_of({**_PUBLICATION, "files": {"type": "object", "additionalProperties": TEXT}}),
    "Proof": object_of({"revision": TEXT_OR_NULL, **_FOUND, "problem": TEXT_OR_NULL}),
    "Published": object_of({"status": _STATUS, **_PUBLICATION, **_FOUND}),
}
