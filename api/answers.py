"""JSON Schemas of the answers: what a caller may rely on."""

from typing import Any, Final

Json = dict[str, Any]

_TEXT: Final[Json] = {"type": "string"}
_WHOLE: Final[Json] = {"type": "integer", "minimum": 0}
_TIME: Final[Json] = {"type": "string", "format": "date-time"}


def _object(required: Json, **optional: Any) -> Json:
    return {"type": "object", "properties": required | optional, "required": list(required)}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _maybe(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


_CONTENT: Final = _object({}, language=_TEXT, link={"type": ["string", "null"]})
_PROBLEM: Final = _object(
    {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": _TEXT,
        "errors": _list(_object({"pointer": _TEXT, "code": _TEXT, "detail": _TEXT})),
    }
)
_RECOMMENDATION: Final = _object(
    {
        "recommendation_id": _TEXT,
        "rank": _WHOLE,
        "action": _TEXT,
        "rule": _TEXT,
        "why": _TEXT,
        "serves": _list(_TEXT),
        "effect": _object({"type": _TEXT}),
        "content": _CONTENT,
        "products": _list(_object({"sku": _TEXT}, role={"type": ["string", "null"]})),
        "expires_at": _TIME,
    }
)
_RESULT: Final = _object(
    {"placement": {"type": ["string", "null"]}},
    recommendations=_list(_ref("Recommendation")),
    fallback=_object({"content": _CONTENT}),
    reason=_TEXT,
)
_DECISION: Final = _object(
    {
        "decision_id": _TEXT,
        "stored": {"type": "boolean"},
        "decided_at": _TIME,
        "rulebook": _TEXT,
        "snapshot": _WHOLE,
        "degraded": {"type": "boolean"},
        "warnings": _list(_TEXT),
        "results": _list(_RESULT),
    },
    request_id=_TEXT,
    event_id=_TEXT,
)
_STORED: Final = _object({"event_id": _TEXT, "stored": {"type": "boolean"}})
_LINE: Final = _object({"line": _WHOLE, "status": _TEXT}, problem=_ref("Problem"))
_MAYBE: Final[Json] = {"type": ["string", "null"]}
_NUMBER: Final[Json] = {"type": "number"}
_SHARE: Final[Json] = {"type": ["number", "null"]}
_SAYS: Final[Json] = {"enum": ["more", "less", "no difference shown"]}
_ADDED: Final = _object(
    {
        "status": {"enum": ["measured", "too few to say", "no holdout"]},
        "against": {"enum": ["action", "everybody", None]},
        "customers": _object({"given": _WHOLE, "held": _WHOLE}),
        "purchases": _maybe(_object({"by": _NUMBER, "low": _NUMBER, "high": _NUMBER, "says": _SAYS})),
        "revenue": _maybe(_object({"by": _TEXT, "low": _TEXT, "high": _TEXT, "says": _SAYS})),
    }
)
_AMOUNT: Final[Json] = {"type": ["integer", "string"]}
_LIMIT: Final = _object({"most": _AMOUNT, "used": _AMOUNT, "left": _AMOUNT}, period=_MAYBE)
_LIMITS: Final = _object({"waiting": _WHOLE, "late": _WHOLE}, total=_LIMIT, stock=_LIMIT, budget=_LIMIT)
_ACTION_ROW: Final = _object(
    {
        "action": _TEXT,
        "title": _MAYBE,
        "kind": _MAYBE,
        "recommended": _WHOLE,
        "contacts": _WHOLE,
        "accepted": _WHOLE,
        "converted": _WHOLE,
        "revenue": _TEXT,
        "cost": _TEXT,
        "acceptance_rate": _SHARE,
        "propensity": _SHARE,
        "evidence": {"type": "number", "minimum": 0},
        "limits": _maybe(_LIMITS),
        "added": _ADDED,
    }
)
_ACTION_REPORT: Final = _object(
    {
        "at": _TIME,
        "currency": _TEXT,
        "snapshot": _WHOLE,
        "observed_days": _NUMBER,
        "everything": _object({"added": _ADDED}),
        "actions": _list(_ACTION_ROW),
    }
)
_RULE: Final = _object({"id": _TEXT, "title": _TEXT, "status": _TEXT})
_RECORDED: Final = _object({"recommendation_id": _TEXT, "outcome": _TEXT})

ANSWERS: Final[Json] = {
    "Problem": _PROBLEM,
    "Recommendation": _RECOMMENDATION,
    "Decision": _DECISION,
    "EventAnswer": {"anyOf": [_ref("Decision"), _STORED]},
    "BatchAnswer": _object({"stored": _WHOLE, "refused": _WHOLE, "results": _list(_LINE)}),
    "OutcomeAnswer": {"anyOf": [_RECORDED, _object({"recorded": _WHOLE, "refused": _WHOLE, "results": _list(_LINE)})]},
    "Deliveries": _object({"items": _list({"type": "object"}), "next": _TEXT}),
    "ActionReport": _ACTION_REPORT,
    "Rulebook": _object({"revision": _TEXT, "counts": {"type": "object"}, "rules": _list(_RULE)}),
    "Live": _object({"status": {"const": "alive"}}),
    "Ready": _object({"status": {"enum": ["ready", "not ready", "draining"]}}),
    "Anything": {"type": "object"},
}
