"""JSON Schemas of the answers: the contract with callers."""

from typing import Any, Final

from api import refusal_answers, rulebook_answers
from api.refusal_answers import PARAMS_OF, REFUSAL
from engine.domain.profile.effects import UNAPPLIED
from engine.domain.reasons import Reason

Json = dict[str, Any]

_TEXT: Final[Json] = {"type": "string"}
_WHOLE: Final[Json] = {"type": "integer", "minimum": 0}
_TIME: Final[Json] = {"type": "string", "format": "date-time"}
_YES: Final[Json] = {"const": True}
_REASON: Final[Json] = {"enum": [str(reason) for reason in Reason]}


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
_GIVEN: Final[Json] = {
    "recommendation_id": _TEXT,
    "action": _TEXT,
    "rule": _TEXT,
    "why": _TEXT,
    "channel": _TEXT,
    "effect": _object({"type": _TEXT}),
    "content": _CONTENT,
    "products": _list(_object({"sku": _TEXT}, role={"type": ["string", "null"]})),
    "expires_at": _TIME,
}
_HELD: Final[Json] = {**_TIME, "description": "End of the quiet hours: do not send before"}
_RECOMMENDATION: Final = _object(
    {**_GIVEN, "rank": _WHOLE, "serves": _list(_TEXT), "score": {"type": "number"}}, deliver_after=_HELD
)
_RESULT: Final = _object(
    {"placement": {"type": ["string", "null"]}},
    recommendations=_list(_ref("Recommendation")),
    fallback=_object({"content": _CONTENT}),
    reason=_REASON,
)
_PLACEMENT: Final[Json] = {"type": ["string", "null"], "description": "null: an outbound message"}
_ATTEMPT: Final = _object({"placement": _PLACEMENT, "channel": _TEXT, **REFUSAL}, params=PARAMS_OF)
_ATTEMPTS: Final[Json] = {
    **_list(_ATTEMPT),
    "description": "Every treatment tried; the rejection has the refusal of the treatment that passed most stages",
}
_RETRY: Final[Json] = {**_maybe(_TIME), "description": "The earliest of all attempts; null: unknown, or never"}
_REJECTED: Final = _object(
    {
        "action": _TEXT,
        "rule": _TEXT,
        **REFUSAL,
        "placement": _PLACEMENT,
        "retry_after": _RETRY,
        "attempts": _ATTEMPTS,
    },
    params=PARAMS_OF,
)
_EFFECT: Final[Json] = {
    "duplicate": {"const": True, "description": "The id was received before with this content; nothing changed"},
    "applied": {"const": False, "description": "The event had no effect, see `reason`"},
    "reason": {"enum": list(UNAPPLIED), "description": "Why the event had no effect"},
}
_WITHDRAWN: Final[Json] = {"recommendation_id": _TEXT, "action": _TEXT, "channel": _TEXT}
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
    **_EFFECT,
    controls={**_WHOLE, "description": "Number of the controls in force (pauses, rollouts); 0: none were ever set"},
    request_id=_TEXT,
    event_id=_TEXT,
    explanation=_ref("Explanation"),
    rejected=_list(_REJECTED),
    profile={"type": "object"},
)
_EXPLANATION: Final = _object(
    {
        "sentences": {
            **_list(_TEXT),
            "description": "The explanation in sentences; details are indented below their line",
        },
        "rules": {
            **_list(_object({"rule": _TEXT, "title": _TEXT, "status": _TEXT, "matched": {"type": "boolean"}})),
            "description": "Matched rules, and the closest of the others, with every condition",
        },
    },
    note={**_TEXT, "description": "Why there is no more: the decision was made under another rulebook"},
)
_SHADOW: Final = _object(
    {
        "rule": _TEXT,
        "what": {"enum": ["recommend", "forbid", "boost"]},
        "action": _TEXT,
        "channel": _TEXT,
        "placement": {"type": ["string", "null"]},
        "instead_of": _list(_TEXT),
    }
)
_RECORD: Final[Json] = {
    "allOf": [
        _ref("Decision"),
        _object(
            {"explanation": _ref("Explanation"), "rejected": _list(_REJECTED)},
            withheld={**_list(_ref("Recommendation")), "description": "Chosen, but withheld: control group"},
            withdrawn=_list(_object({**_WITHDRAWN, "placement": _PLACEMENT, **REFUSAL}, params=PARAMS_OF)),
            shadow={**_list(_SHADOW), "description": "What shadow rules would have changed"},
        ),
    ]
}
_REPRODUCTION: Final = _object(
    {
        "decision_id": _TEXT,
        "same": {"type": "boolean", "description": "Identical, byte for byte"},
        "bytes": _WHOLE,
        "rulebook": _TEXT,
        "snapshot": _WHOLE,
        "controls": _WHOLE,
        "decided_at": _TIME,
        "differences": _list(_object({"part": _TEXT, "kept": {}, "again": {}})),
    }
)
_STORED: Final = _object({"event_id": _TEXT, "stored": {"type": "boolean"}}, **_EFFECT)
_CUSTOMER: Final[Json] = {"oneOf": [_object({"id": _TEXT}), _object({"anonymous_id": _TEXT})]}
_DELIVER: Final = _object(
    {"type": {"const": "deliver"}, "customer": _CUSTOMER, "decision_id": _TEXT, **_GIVEN},
    kind=_TEXT,
    deliver_after=_HELD,
)
_WITHDRAW: Final = _object(
    {
        "type": {"const": "withdraw"},
        "customer": _CUSTOMER,
        **_WITHDRAWN,
        "reason": REFUSAL["reason"],
        "detail": REFUSAL["detail"],
    },
    stage=REFUSAL["stage"],
    params=PARAMS_OF,
)
_LINE: Final = _object(
    {"line": _WHOLE, "status": {"enum": ["stored", "refused", "erased"]}},
    event_id=_TEXT,
    decision_id=_TEXT,
    **_EFFECT,
    problem=_ref("Problem"),
)
_MAYBE: Final[Json] = {"type": ["string", "null"]}
_NUMBER: Final[Json] = {"type": "number"}
_SHARE: Final[Json] = {"type": ["number", "null"]}
_RESULT_OF: Final[Json] = {"enum": ["more", "less", "no difference shown"]}
_UPLIFT: Final = _object(
    {
        "status": {"enum": ["measured", "not enough data", "no holdout"]},
        "against": {"enum": ["action", "everybody", None]},
        "customers": _object({"treated": _WHOLE, "control": _WHOLE}),
        "purchases": _maybe(_object({"by": _NUMBER, "low": _NUMBER, "high": _NUMBER, "result": _RESULT_OF})),
        "revenue": _maybe(_object({"by": _TEXT, "low": _TEXT, "high": _TEXT, "result": _RESULT_OF})),
    }
)
_AMOUNT: Final[Json] = {"type": ["integer", "string"]}
_LIMIT: Final = _object({"most": _AMOUNT, "used": _AMOUNT, "remaining": _AMOUNT}, period=_MAYBE)
_LIMITS: Final = _object({"reserved": _WHOLE, "late": _WHOLE}, total=_LIMIT, stock=_LIMIT, budget=_LIMIT)
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
        "uplift": _UPLIFT,
    }
)
_SHADOW_ROW: Final = _object(
    {
        "rule": _TEXT,
        "title": _TEXT,
        "matched": {**_WHOLE, "description": "Decisions in which the rule matched"},
        "would": {**_WHOLE, "description": "Decisions that it would have changed, had it been live"},
        "tiers": {"type": "object", "additionalProperties": _WHOLE},
    }
)
_ACTION_REPORT: Final = _object(
    {
        "at": _TIME,
        "currency": _TEXT,
        "snapshot": _WHOLE,
        "observed_days": _NUMBER,
        "everything": _object({"uplift": _UPLIFT}),
        "actions": _list(_ACTION_ROW),
        "shadow": _list(_SHADOW_ROW),
    }
)
_EXPORT: Final = _object(
    {
        "customer": _object({}, id=_TEXT, anonymous_id=_TEXT),
        "profile": {"type": "object"},
        "decisions": _list({"type": "object"}),
        "deliveries": _list({"type": "object"}),
    }
)
_RECORDED: Final = _object(
    {"recommendation_id": _TEXT, "outcome": _TEXT, "stored": _YES},
    expired={**_YES, "description": "The outcome arrived after the recommendation had expired; it is stored anyway"},
    late={**_YES, "description": "Its reserved unit had been assigned to another customer meanwhile"},
)
_OUTCOME_LINE: Final = _object(
    {"line": _WHOLE, "status": {"enum": ["recorded", "refused"]}},
    **_RECORDED["properties"],
    problem=_ref("Problem"),
)
_OUTCOMES: Final = _object({"recorded": _WHOLE, "refused": _WHOLE, "results": _list(_OUTCOME_LINE)})

ANSWERS: Final[Json] = {
    "Problem": _PROBLEM,
    "Recommendation": _RECOMMENDATION,
    "Decision": _DECISION,
    "DecisionRecord": _RECORD,
    "Explanation": _EXPLANATION,
    "Reproduction": _REPRODUCTION,
    "EventAnswer": {"anyOf": [_ref("Decision"), _STORED]},
    "BatchAnswer": _object(
        {"stored": _WHOLE, "refused": _WHOLE, "duplicate": _WHOLE, "unapplied": _WHOLE, "results": _list(_LINE)}
    ),
    "OutcomeAnswer": {"anyOf": [_RECORDED, _OUTCOMES]},
    "Deliver": _DELIVER,
    "Withdraw": _WITHDRAW,
    "Deliveries": _object({"items": _list({"oneOf": [_ref("Deliver"), _ref("Withdraw")]}), "next": _TEXT}),
    "Export": _EXPORT,
    "ActionReport": _ACTION_REPORT,
    **refusal_answers.ANSWERS,
    **rulebook_answers.ANSWERS,
    "Live": _object({"status": {"const": "alive"}}),
    "Ready": _object({"status": {"enum": ["ready", "not ready", "draining"]}}),
    "Anything": {"type": "object"},
}
