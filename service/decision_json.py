"""Decisions as JSON: in answers, replay output and exports. `service.records` has the stored form."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from engine.domain.decision import Content, Decision, Recommendation, RefusedAttempt, Rejection, Result, Withdrawal
from engine.domain.events import customer_ref
from engine.domain.facts import NEVER, Value
from engine.domain.money import Currency
from engine.domain.refusal import Refusal, params_shown, params_to_json
from engine.domain.times import format_rfc3339
from explain.refusals import sentence
from explain.speaker import Speaker
from service.replies import Acknowledged, Decided, Recorded

Json = dict[str, Any]

INCLUDES: Final = ("explanation", "rejected", "profile")
"""Parts of an answer only on request."""
_INTERNAL: Final = ("scope", "reserved")
_PRIVATE: Final = (*_INTERNAL, "score_parts", "kind")
NOT_DELIVERED: Final = ("rank", "serves", "score", "score_parts", "scope", "reserved")
"""The parts of a recommendation that its sender does not need."""


Shown = Speaker | Currency
"""How to show refusals: with sentences, or as parameters alone."""


def acknowledged(reply: Acknowledged) -> Json:
    """The answer to an event without a decision."""
    return {"event_id": reply.event_id, "stored": not reply.erased, **effect(reply), **warnings(reply)}


def effect(reply: Acknowledged | Decided) -> Json:
    """That an event was a repetition, or why it had no effect; nothing for an ordinary one."""
    if reply.duplicate:
        return {"duplicate": True}
    return {} if reply.unapplied is None else {"applied": False, "reason": reply.unapplied}


def warnings(reply: Acknowledged | Decided) -> Json:
    """What of an event was not understood; nothing for one that was."""
    return {"warnings": list(reply.warnings)} if reply.warnings else {}


def recorded(reply: Recorded) -> Json:
    """The answer to an outcome."""
    out: Json = {"recommendation_id": reply.recommendation_id, "outcome": reply.outcome, "stored": True}
    return out | {name: True for name in ("expired", "late") if getattr(reply, name)}


def answer(reply: Decided, include: Iterable[str] = (), shown: Shown | None = None) -> Json:
    """The answer to a sender: internals that could reach a browser are included only on request.

    `include`: rejected (which needs `shown`), profile, and explanation, here with the parts of scores.
    """
    decision, hidden = reply.decision, _INTERNAL if "explanation" in include else _PRIVATE
    out = {
        **_head(decision),
        "stored": reply.stored,
        **_about(decision),
        "warnings": [*decision.warnings, *reply.warnings],
        **effect(reply),
        "results": [_result(result, hidden) for result in decision.results],
    }
    if "rejected" in include and shown is not None:
        out["rejected"] = [_rejection(one, shown) for one in decision.rejected]
    if "profile" in include and decision.standing:
        out["profile"] = {name: value_json(value) for name, value in decision.standing.items()}
    return out


def trace(decision: Decision, shown: Shown) -> Json:
    """Everything readable later: also what was withheld for the control group, withdrawn, and what shadow
    rules would have changed."""
    out = answer(Decided(decision), INCLUDES, shown)
    if decision.withheld:
        out["withheld"] = [without(_recommendation(one), _INTERNAL) for one in decision.withheld]
    return out | _aside(decision, shown)


def full(decision: Decision, shown: Shown) -> Json:
    """All of a decision, for `patron replay` and exports."""
    out = {
        **_head(decision),
        "trigger": decision.trigger,
        "customer": customer_ref(decision.customer),
        "stored": True,
        **_about(decision),
        "results": [_result(result) for result in decision.results],
        "rejected": [_rejection(one, shown) for one in decision.rejected],
    }
    if decision.withheld:
        out["withheld"] = [_recommendation(one) for one in decision.withheld]
    out |= _aside(decision, shown)
    out["matched"] = list(decision.matched)
    if decision.standing:
        out["profile"] = {name: value_json(value) for name, value in decision.standing.items()}
    out["facts"] = {name: value_json(value) for name, value in decision.facts.items()}
    return out


def delivery(decision: Decision, given: Recommendation) -> Json:
    """A recommendation sent as a message, as the CRM system collects it."""
    head = {"type": "deliver", "customer": customer_ref(decision.customer), "decision_id": decision.decision_id}
    return head | without(_recommendation(given), NOT_DELIVERED)


def withdrawn(gone: Withdrawal, customer: str, currency: Currency) -> Json:
    """A message to cancel, as stored: `kept` becomes a sentence when it is collected."""
    kept = {} if gone.refusal.params is None else {"kept": params_to_json(gone.refusal.params)}
    return {
        "type": "withdraw",
        "customer": customer_ref(customer),
        "recommendation_id": gone.recommendation_id,
        "action": gone.action,
        "channel": gone.channel,
        **_refusal(gone.refusal, currency),
        **kept,
    }


def _head(decision: Decision) -> Json:
    kind, _, trigger_id = decision.trigger_id.partition("/")
    return {"decision_id": decision.decision_id, f"{kind}_id": trigger_id}


def _about(decision: Decision) -> Json:
    return {
        "decided_at": format_rfc3339(decision.decided_at),
        "rulebook": decision.rulebook,
        "snapshot": decision.snapshot,
        "controls": decision.controls,
        "degraded": decision.degraded,
        "warnings": list(decision.warnings),
    }


def _aside(decision: Decision, shown: Shown) -> Json:
    """Withdrawals and the changes by shadow rules; only where there are any."""
    out: Json = {}
    if decision.shadow:
        out["shadow"] = [asdict(one) for one in decision.shadow]
    if decision.withdrawn:
        out["withdrawn"] = [_withdrawal(one, shown) for one in decision.withdrawn]
    return out


def _result(result: Result, hidden: Iterable[str] = ()) -> Json:
    out: Json = {"placement": result.placement}
    if result.recommendations or result.placement is None:
        out["recommendations"] = [without(_recommendation(given), hidden) for given in result.recommendations]
    if result.fallback is not None:
        out["fallback"] = {"content": content_json(result.fallback)}
    if result.reason is not None:
        out["reason"] = result.reason
    return out


def content_json(content: Content) -> Json:
    """A rendered text."""
    return {"language": content.language, **content.fields, "link": content.link}


def _recommendation(given: Recommendation) -> Json:
    out: Json = {
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
        "products": [{"sku": product.sku, "role": product.role} for product in given.products],
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


def _rejection(one: Rejection, shown: Shown) -> Json:
    return {
        "action": one.action,
        "rule": one.rule,
        **_refusal(one.refusal, shown),
        "placement": one.placement,
        "retry_after": format_rfc3339(one.retry_after) if one.retry_after else None,
        "attempts": [_attempt(attempt, shown) for attempt in one.attempts],
    }


def _attempt(attempt: RefusedAttempt, shown: Shown) -> Json:
    return {"placement": attempt.placement, "channel": attempt.channel, **_refusal(attempt.refusal, shown)}


def _withdrawal(one: Withdrawal, shown: Shown) -> Json:
    return {
        "recommendation_id": one.recommendation_id,
        "action": one.action,
        "channel": one.channel,
        "placement": one.placement,
        **_refusal(one.refusal, shown),
    }


def _refusal(refusal: Refusal, shown: Shown) -> Json:
    out: Json = {"stage": refusal.stage, "reason": refusal.reason}
    if refusal.params is not None:
        out["params"] = params_shown(refusal.params, shown.currency if isinstance(shown, Speaker) else shown)
    if isinstance(shown, Speaker):
        out["detail"] = sentence(refusal, shown)
    elif refusal.legacy_text is not None:
        out["detail"] = refusal.legacy_text
    return out


def value_json(value: Value) -> bool | int | float | str | list[str] | None:
    """A fact's value as JSON: `never` for never, null for unknown, a sorted list for a set."""
    if value == NEVER:
        return "never"
    return sorted(value) if isinstance(value, frozenset) else value


def without(given: Mapping[str, Any], hidden: Iterable[str]) -> Json:
    """A copy without these keys."""
    shown = dict(given)
    for name in hidden:
        shown.pop(name, None)
    return shown
