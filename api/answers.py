"""JSON Schemas of the answers: the contract with callers."""

from typing import Final

from api import refusal_answers, rulebook_answers
from api.json_schema import TEXT, TEXT_OR_NULL, TIME, WHOLE, Json, list_of, nullable, object_of, ref
from api.refusal_answers import PARAMS_OF, REFUSAL
from engine.domain.events import OUTCOMES
from engine.domain.profile.effects import UNAPPLIED
from engine.domain.reasons import Reason
from service.feedback.apply import NOT_APPLIED
from service.feedback.table import IGNORED

_YES: Final[Json] = {"const": True}
_UNAPPLIED_REPORT: Final = ["refused", *NOT_APPLIED, *IGNORED, *UNAPPLIED]
_REASON: Final[Json] = {"enum": [str(reason) for reason in Reason]}


_CONTENT: Final = object_of({}, language=TEXT, link={"type": ["string", "null"]})
_PROBLEM: Final = object_of(
    {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": TEXT,
        "errors": list_of(object_of({"pointer": TEXT, "code": TEXT, "detail": TEXT})),
    }
)
_GIVEN: Final[Json] = {
    "recommendation_id": TEXT,
    "action": TEXT,
    "rule": TEXT,
    "why": TEXT,
    "channel": TEXT,
    "effect": object_of({"type": TEXT}),
    "content": _CONTENT,
    "products": list_of(object_of({"sku": TEXT}, role={"type": ["string", "null"]})),
    "expires_at": TIME,
}
_HELD: Final[Json] = {**TIME, "description": "End of the quiet hours: do not send before"}
_RECOMMENDATION: Final = object_of(
    {**_GIVEN, "rank": WHOLE, "serves": list_of(TEXT), "score": {"type": "number"}}, deliver_after=_HELD
)
_RESULT: Final = object_of(
    {"placement": {"type": ["string", "null"]}},
    recommendations=list_of(ref("Recommendation")),
    fallback=object_of({"content": _CONTENT}),
    reason=_REASON,
)
_PLACEMENT: Final[Json] = {"type": ["string", "null"], "description": "null: an outbound message"}
_ATTEMPT: Final = object_of({"placement": _PLACEMENT, "channel": TEXT, **REFUSAL}, params=PARAMS_OF)
_ATTEMPTS: Final[Json] = {
    **list_of(_ATTEMPT),
    "description": "Every treatment tried; the rejection has the refusal of the treatment that passed most stages",
}
_RETRY: Final[Json] = {**nullable(TIME), "description": "The earliest of all attempts; null: unknown, or never"}
_REJECTED: Final = object_of(
    {
        "action": TEXT,
        "rule": TEXT,
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
    "warnings": {"type": "array", "items": TEXT, "description": "What of the event was not understood"},
}
_WITHDRAWN: Final[Json] = {"recommendation_id": TEXT, "action": TEXT, "channel": TEXT}
_DECISION: Final = object_of(
    {
        "decision_id": TEXT,
        "stored": {"type": "boolean"},
        "decided_at": TIME,
        "rulebook": TEXT,
        "snapshot": WHOLE,
        "degraded": {"type": "boolean"},
        "warnings": list_of(TEXT),
        "results": list_of(_RESULT),
    },
    **_EFFECT,
    controls={**WHOLE, "description": "Number of the controls in force (pauses, rollouts); 0: none were ever set"},
    request_id=TEXT,
    event_id=TEXT,
    explanation=ref("Explanation"),
    rejected=list_of(_REJECTED),
    profile={"type": "object"},
)
_EXPLANATION: Final = object_of(
    {
        "sentences": {
            **list_of(TEXT),
            "description": "The explanation in sentences; details are indented below their line",
        },
        "rules": {
            **list_of(object_of({"rule": TEXT, "title": TEXT, "status": TEXT, "matched": {"type": "boolean"}})),
            "description": "Matched rules, and the closest of the others, with every condition",
        },
    },
    note={**TEXT, "description": "Why there is no more: the decision was made under another rulebook"},
)
_SHADOW: Final = object_of(
    {
        "rule": TEXT,
        "what": {"enum": ["recommend", "forbid", "boost"]},
        "action": TEXT,
        "channel": TEXT,
        "placement": {"type": ["string", "null"]},
        "instead_of": list_of(TEXT),
    }
)
_RECORD: Final[Json] = {
    "allOf": [
        ref("Decision"),
        object_of(
            {"explanation": ref("Explanation"), "rejected": list_of(_REJECTED)},
            withheld={**list_of(ref("Recommendation")), "description": "Chosen, but withheld: control group"},
            withdrawn=list_of(object_of({**_WITHDRAWN, "placement": _PLACEMENT, **REFUSAL}, params=PARAMS_OF)),
            shadow={**list_of(_SHADOW), "description": "What shadow rules would have changed"},
        ),
    ]
}
_REPRODUCTION: Final = object_of(
    {
        "decision_id": TEXT,
        "same": {"type": "boolean", "description": "Identical, byte for byte"},
        "bytes": WHOLE,
        "rulebook": TEXT,
        "snapshot": WHOLE,
        "controls": WHOLE,
        "decided_at": TIME,
        "differences": list_of(object_of({"part": TEXT, "kept": {}, "again": {}})),
    }
)
_STORED: Final = object_of({"event_id": TEXT, "stored": {"type": "boolean"}}, **_EFFECT)
_CUSTOMER: Final[Json] = {"oneOf": [object_of({"id": TEXT}), object_of({"anonymous_id": TEXT})]}
_DELIVER: Final = object_of(
    {"type": {"const": "deliver"}, "customer": _CUSTOMER, "decision_id": TEXT, **_GIVEN},
    kind=TEXT,
    deliver_after=_HELD,
)
_WITHDRAW: Final = object_of(
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
_LINE: Final = object_of(
    {"line": WHOLE, "status": {"enum": ["stored", "refused", "erased"]}},
    event_id=TEXT,
    decision_id=TEXT,
    **_EFFECT,
    problem=ref("Problem"),
)
_NUMBER: Final[Json] = {"type": "number"}
_SHARE: Final[Json] = {"type": ["number", "null"]}
_RESULT_OF: Final[Json] = {"enum": ["more", "less", "no difference shown"]}
_UPLIFT: Final = object_of(
    {
        "status": {"enum": ["measured", "not enough data", "no holdout"]},
        "against": {"enum": ["action", "everybody", None]},
        "customers": object_of({"treated": WHOLE, "control": WHOLE}),
        "purchases": nullable(object_of({"by": _NUMBER, "low": _NUMBER, "high": _NUMBER, "result": _RESULT_OF})),
        "revenue": nullable(object_of({"by": TEXT, "low": TEXT, "high": TEXT, "result": _RESULT_OF})),
    }
)
_AMOUNT: Final[Json] = {"type": ["integer", "string"]}
_LIMIT: Final = object_of({"most": _AMOUNT, "used": _AMOUNT, "remaining": _AMOUNT}, period=TEXT_OR_NULL)
_LIMITS: Final = object_of({"reserved": WHOLE, "late": WHOLE}, total=_LIMIT, stock=_LIMIT, budget=_LIMIT)
_ACTION_ROW: Final = object_of(
    {
        "action": TEXT,
        "title": TEXT_OR_NULL,
        "kind": TEXT_OR_NULL,
        "recommended": WHOLE,
        "contacts": WHOLE,
        "accepted": WHOLE,
        "converted": WHOLE,
        "revenue": TEXT,
        "cost": TEXT,
        "acceptance_rate": _SHARE,
        "propensity": _SHARE,
        "evidence": {"type": "number", "minimum": 0},
        "limits": nullable(_LIMITS),
        "uplift": _UPLIFT,
    }
)
_SHADOW_ROW: Final = object_of(
    {
        "rule": TEXT,
        "title": TEXT,
        "matched": {**WHOLE, "description": "Decisions in which the rule matched"},
        "would": {**WHOLE, "description": "Decisions that it would have changed, had it been live"},
        "tiers": {"type": "object", "additionalProperties": WHOLE},
    }
)
_ACTION_REPORT: Final = object_of(
    {
        "at": TIME,
        "currency": TEXT,
        "snapshot": WHOLE,
        "observed_days": _NUMBER,
        "everything": object_of({"uplift": _UPLIFT}),
        "actions": list_of(_ACTION_ROW),
        "shadow": list_of(_SHADOW_ROW),
    }
)
_EXPORT: Final = object_of(
    {
        "customer": object_of({}, id=TEXT, anonymous_id=TEXT),
        "profile": {"type": "object"},
        "decisions": list_of({"type": "object"}),
        "deliveries": list_of({"type": "object"}),
    }
)
_RECORDED: Final = object_of(
    {"recommendation_id": TEXT, "outcome": TEXT, "stored": _YES},
    expired={**_YES, "description": "The outcome arrived after the recommendation had expired; it is stored anyway"},
    late={**_YES, "description": "Its reserved unit had been assigned to another customer meanwhile"},
)
_REPORT_LINE: Final = object_of(
    {"line": WHOLE, "applied": {"type": "boolean"}},
    event=TEXT,
    outcome={"enum": list(OUTCOMES)},
    withdrawn={
        **object_of({"channel": TEXT, "purposes": list_of(TEXT)}),
        "description": "The consent that was withdrawn",
    },
    address_removed={**TEXT, "description": "The channel address that was removed"},
    duplicate=_EFFECT["duplicate"],
    reason={"enum": _UNAPPLIED_REPORT, "description": "Why the report had no effect"},
    warnings=_EFFECT["warnings"],
    problem=ref("Problem"),
)
_FEEDBACK: Final = object_of(
    {
        "applied": WHOLE,
        "unapplied": WHOLE,
        "refused": WHOLE,
        "duplicate": WHOLE,
        "unknown": {
            "type": "object",
            "additionalProperties": WHOLE,
            "description": "Events that the feedback table does not know, and how often each came",
        },
        "results": list_of(_REPORT_LINE),
    }
)
_OUTCOME_LINE: Final = object_of(
    {"line": WHOLE, "status": {"enum": ["recorded", "refused"]}},
    **_RECORDED["properties"],
    problem=ref("Problem"),
)
_OUTCOMES: Final = object_of({"recorded": WHOLE, "refused": WHOLE, "results": list_of(_OUTCOME_LINE)})

ANSWERS: Final[Json] = {
    "Problem": _PROBLEM,
    "Recommendation": _RECOMMENDATION,
    "Decision": _DECISION,
    "DecisionRecord": _RECORD,
    "Explanation": _EXPLANATION,
    "Reproduction": _REPRODUCTION,
    "EventAnswer": {"anyOf": [ref("Decision"), _STORED]},
    "BatchAnswer": object_of(
        {"stored": WHOLE, "refused": WHOLE, "duplicate": WHOLE, "unapplied": WHOLE, "results": list_of(_LINE)}
    ),
    "OutcomeAnswer": {"anyOf": [_RECORDED, _OUTCOMES]},
    "FeedbackAnswer": _FEEDBACK,
    "Deliver": _DELIVER,
    "Withdraw": _WITHDRAW,
    "Deliveries": object_of({"items": list_of({"oneOf": [ref("Deliver"), ref("Withdraw")]}), "next": TEXT}),
    "Export": _EXPORT,
    "ActionReport": _ACTION_REPORT,
    **refusal_answers.ANSWERS,
    **rulebook_answers.ANSWERS,
    "Live": object_of({"status": {"const": "alive"}}),
    "Ready": object_of({"status": {"enum": ["ready", "not ready", "draining"]}}),
    "Anything": {"type": "object"},
}
