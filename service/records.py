"""Decision records: the JSON that is answered, kept, and answered again to a repeat. One shape for all of them."""

from dataclasses import asdict
from typing import Any

from engine.decision import Content, Decision, Recommendation, Rejection, Result
from engine.events import customer_ref
from engine.rulebook.model import NEVER, FactType, Value
from engine.times import format_rfc3339

Record = dict[str, Any]


def of_decision(decision: Decision) -> Record:
    """The whole record. `service.views` says how much of it an answer shows."""
    kind, _, trigger_id = decision.trigger_id.partition("/")
    return {
        "decision_id": decision.decision_id,
        f"{kind}_id": trigger_id,
        "trigger": decision.trigger,
        "customer": customer_ref(decision.customer),
        "stored": True,
        "decided_at": format_rfc3339(decision.decided_at),
        "rulebook": decision.rulebook,
        "snapshot": decision.snapshot,
        "controls": decision.controls,
        "degraded": decision.degraded,
        "warnings": list(decision.warnings),
        "results": [_result(result) for result in decision.results],
        "rejected": [_rejection(rejection) for rejection in decision.rejected],
        **_left_out(decision),
        "matched": list(decision.matched),
        **_profile(decision),
        "facts": {n: value if type(value) in _AS_IT_IS else value_json(value) for n, value in decision.facts.items()},
    }


def _left_out(decision: Decision) -> Record:
    """What a holdout kept back, what was withdrawn, what rules on trial would change; only where there is something."""
    out: Record = {}
    if decision.on_trial:
        out["on_trial"] = [asdict(one) for one in decision.on_trial]
    if decision.withheld:
        out["withheld"] = [_recommendation(given) for given in decision.withheld]
    if decision.withdrawn:
        out["withdrawn"] = [
            {
                "recommendation_id": one.recommendation_id,
                "action": one.action,
                "channel": one.channel,
                "placement": one.placement,
                "reason": one.reason,
                "detail": one.detail,
            }
            for one in decision.withdrawn
        ]
    return out


def _profile(decision: Decision) -> Record:
    """Only where it was asked for."""
    if not decision.standing:
        return {}
    return {"profile": {name: value_json(value) for name, value in decision.standing.items()}}


def _result(result: Result) -> Record:
    out: Record = {"placement": result.placement}
    if result.recommendations or result.placement is None:
        out["recommendations"] = [_recommendation(given) for given in result.recommendations]
    if result.fallback is not None:
        out["fallback"] = {"content": content_json(result.fallback)}
    if result.reason is not None:
        out["reason"] = result.reason
    return out


def content_json(content: Content) -> Record:
    return {"language": content.language, **content.fields, "link": content.link}


def _recommendation(given: Recommendation) -> Record:
    out: Record = {
        "recommendation_id": given.recommendation_id,
        "rank": given.rank,
        "action": given.action,
        "kind": given.kind,
        "rule": given.rule,
        "why": given.why,
        "serves": list(given.serves),
        "channel": given.channel,
        "effect": dict(given.effect),
        "content": content_json(given.content),
        "products": [{"sku": p.sku, "role": p.role} for p in given.products],
        "score": given.score,
        "score_parts": dict(given.score_parts),
        "expires_at": format_rfc3339(given.expires_at),
        "scope": given.scope,
    }
    if given.deliver_after is not None:
        out["deliver_after"] = format_rfc3339(given.deliver_after)
    if given.reserved:
        out["reserved"] = True
    return out


def _rejection(rejection: Rejection) -> Record:
    return {
        "action": rejection.action,
        "rule": rejection.rule,
        "stage": rejection.stage,
        "reason": rejection.reason,
        "detail": rejection.detail,
        "placement": rejection.placement,
        "retry_after": format_rfc3339(rejection.retry_after) if rejection.retry_after else None,
    }


_AS_IT_IS = frozenset((int, str, bool, type(None)))


def value_json(value: Value) -> Any:
    """A fact's value as JSON: `never` for never, null for unknown, a sorted list for a set."""
    if value == NEVER:
        return "never"
    return sorted(value) if isinstance(value, frozenset) else value


def value_from_json(value: Any, kind: FactType) -> Value:
    """The way back; a text fact may well say "never"."""
    if isinstance(value, list):
        return frozenset(value)
    if value == "never" and kind is not FactType.TEXT:
        return NEVER
    known: Value = value
    return known
