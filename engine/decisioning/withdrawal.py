"""Withdrawal of pending recommendations: the consent or channel address is gone, or a rule forbids it (S42)."""

from dataclasses import replace

from engine.decisioning.contact_policy import may_use
from engine.decisioning.eligibility import forbidden_by
from engine.decisioning.evaluation_context import EvaluationContext
from engine.domain.decision import Withdrawal
from engine.domain.profile.state import Pending
from engine.domain.refusal import ActionRemoved, Refusal, refused
from engine.rulebook.model import Rule


def withdrawals(context: EvaluationContext, forbids: tuple[Rule, ...] = ()) -> tuple[Withdrawal, ...]:
    """The pending recommendations to withdraw now, and why."""
    found = []
    for pending in context.profile.pending:
        refusal = _refused_now(pending, context, forbids) if pending.expires > context.now else None
        if refusal is not None:
            found.append(withdrawal(pending, refusal))
    return tuple(found)


def withdrawal(pending: Pending, refusal: Refusal) -> Withdrawal:
    return Withdrawal(
        recommendation_id=pending.recommendation_id,
        action=pending.action,
        channel=pending.channel,
        placement=pending.placement,
        refusal=refusal,
        reserved=pending.reserved,
    )


def without(context: EvaluationContext, gone: tuple[Withdrawal, ...]) -> EvaluationContext:
    """The evaluation context without these pending."""
    if not gone:
        return context
    ids = {withdrawal.recommendation_id for withdrawal in gone}
    pending = tuple(p for p in context.profile.pending if p.recommendation_id not in ids)
    return replace(context, profile=context.profile.but(pending=pending))


def _refused_now(pending: Pending, context: EvaluationContext, forbids: tuple[Rule, ...]) -> Refusal | None:
    book = context.compiled.rulebook
    action, channel = book.actions.get(pending.action), book.channels.get(pending.channel)
    if action is None or channel is None:
        return refused(ActionRemoved())
    if action.kind == "internal":
        return None
    return forbidden_by(action, forbids) or may_use(channel, action, context)
