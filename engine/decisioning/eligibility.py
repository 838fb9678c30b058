"""Eligibility: the candidate stages about rule, action and products, before the contact policy.

A stage returns the candidate (it passes) or a `Refusal`. Their order is in `engine.decisioning.pipeline`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from engine.decisioning.draft import Candidate, Draft
from engine.decisioning.evaluation_context import EvaluationContext
from engine.decisioning.products import SoldOut, choose
from engine.domain.profile.state import Pending
from engine.domain.refusal import (
    AlreadyPending,
    ForbiddenByRule,
    NoProduct,
    NotInRollout,
    NotLive,
    OnceAlready,
    OutOfDates,
    OutOfStock,
    Paused,
    Refusal,
    Time,
    refused,
)
from engine.facts import cart_lines
from engine.facts.moment import local_time
from engine.rulebook.model import Forbid, Recommend, Rule
from engine.rulebook.offers import Action


def candidates(matched: Sequence[Rule], context: EvaluationContext) -> list[Candidate]:
    """The candidates of the matched rules."""
    actions = context.compiled.rulebook.actions
    return [
        Candidate(rule, actions[rule.then.action], rule.then.products, scope_of(rule, context))
        for rule in matched
        if isinstance(rule.then, Recommend)
    ]


def scope_of(rule: Rule, context: EvaluationContext) -> str | None:
    """The scope of `once: per ...`: a text that is constant within one order, delivery, inactivity spell ..."""
    if rule.once is None:
        return None
    profile = context.profile
    scopes: Mapping[str, Callable[[], object]] = {
        "customer": lambda: "1",
        "year": lambda: local_time(profile, context.compiled.rulebook, context.now).year,
        "order": lambda: context.facts.get("order.id") or profile.purchases.last_time,
        "inactivity spell": lambda: profile.purchases.last_time,
        "delivery": lambda: profile.delivery[1],
        "complaint": lambda: max((at for at, _ in profile.complaints.values()), default=None),
    }
    scope = scopes[rule.once]()
    return str(scope) if scope else None


def valid_now(rule: Rule, now: int) -> bool:
    """Whether the dates of the rule include this moment."""
    return (rule.valid_from is None or now >= rule.valid_from) and (rule.valid_until is None or now < rule.valid_until)


def in_effect(matched: Sequence[Rule], context: EvaluationContext) -> Sequence[Rule]:
    """The matched rules without the boosts and forbids that the controls disable.

    Recommending rules stay: their candidates are refused with the reason.
    """
    controls = context.controls
    if not controls.restrict:
        return matched
    customer, now = context.trigger.customer, context.now
    return tuple(
        rule
        for rule in matched
        if isinstance(rule.then, Recommend)
        or (controls.pause_of(rule.id, None, now) is None and controls.rollout_without(customer, rule.id, None) is None)
    )


def forbids_of(matched: Sequence[Rule], now: int) -> tuple[Rule, ...]:
    """The valid rules among these that forbid something."""
    return tuple(r for r in matched if isinstance(r.then, Forbid) and r.status == "live" and valid_now(r, now))


# ---- stages ----


def live(candidate: Candidate, _: Draft) -> Candidate | Refusal:
    """The rule's status is `live`."""
    status = candidate.rule.status
    return candidate if status == "live" else refused(NotLive(status))


def in_dates(candidate: Candidate, draft: Draft) -> Candidate | Refusal:
    """The rule's dates include this moment."""
    rule, now = candidate.rule, draft.context.now
    if valid_now(rule, now):
        return candidate
    if rule.valid_from is not None and now < rule.valid_from:
        return refused(OutOfDates(valid_from=Time(rule.valid_from)), rule.valid_from)
    return refused(OutOfDates(valid_until=Time(rule.valid_until or 0)))


def not_paused(candidate: Candidate, draft: Draft) -> Candidate | Refusal:
    """No pause of the rule, its action, the action's group or everything."""
    context = draft.context
    pause = context.controls.pause_of(candidate.rule.id, candidate.action, context.now)
    if pause is None:
        return candidate
    until = None if pause.until is None else Time(pause.until)
    return refused(Paused(pause.target.kind, pause.target.name, until, pause.why), pause.until)


def in_rollout(candidate: Candidate, draft: Draft) -> Candidate | Refusal:
    """The customer is in the rollouts of the rule and of its action, if any."""
    context = draft.context
    customer = context.trigger.customer
    rollout = context.controls.rollout_without(customer, candidate.rule.id, candidate.action)
    if rollout is None:
        return candidate
    return refused(NotInRollout(rollout.target.kind, rollout.target.name, rollout.share))


BY_CONTROLS: Final = (not_paused, in_rollout)
"""Stages that refuse nothing while the controls restrict nothing."""


def once(candidate: Candidate, draft: Draft) -> Candidate | Refusal:
    """The rule's `once` is unused in the current scope."""
    rule = candidate.rule
    if rule.once and candidate.scope and draft.context.profile.once.get(rule.id) == candidate.scope:
        return refused(OnceAlready(rule.once))
    return candidate


def not_pending(candidate: Candidate, draft: Draft) -> Candidate | Refusal:
    """The action is not pending outside the requested placements."""
    context = draft.context
    if not context.profile.pending:
        return candidate
    here = {placed.id for placed in context.trigger.placements}
    pending = pending_elsewhere(candidate.action, here, context)
    if pending is None:
        return candidate
    return refused(AlreadyPending(pending.placement or pending.channel), pending.expires)


def pending_elsewhere(action: Action, here: Collection[str], context: EvaluationContext) -> Pending | None:
    """The pending recommendation of the action outside these placements, if any."""
    for pending in context.profile.pending:
        if pending.action == action.id and pending.expires > context.now and pending.placement not in here:
            return pending
    return None


def not_forbidden(candidate: Candidate, draft: Draft) -> Candidate | Refusal:
    """No rule in force forbids the action."""
    return forbidden_by(candidate.action, draft.forbids) or candidate


def forbidden_by(action: Action, forbids: Sequence[Rule]) -> Refusal | None:
    """The first of these rules that forbids the action."""
    for rule in forbids:
        if isinstance(rule.then, Forbid) and rule.then.covers(action):
            return refused(ForbiddenByRule(rule.id, rule.title))
    return None


def quota_left(candidate: Candidate, draft: Draft) -> Candidate | Refusal:
    """The action's quota was not exhausted in an earlier round."""
    return draft.used_up.get(candidate.action.id) or candidate


def products_chosen(candidate: Candidate, draft: Draft) -> Candidate | Refusal:
    """Products fit the rule's choice; passes with them filled in."""
    wanted = candidate.wanted
    if wanted is None:
        return candidate
    context = draft.context
    cart = frozenset(str(line["sku"]) for line in cart_lines(context.trigger) if line.get("sku"))
    book = context.compiled.rulebook
    try:
        products = choose(wanted, context.facts, cart, context.profile, (book, context.now))
    except SoldOut:
        return refused(OutOfStock(wanted.role or wanted.category))
    if not products:
        return refused(NoProduct(wanted.role or wanted.category))
    return Candidate(candidate.rule, candidate.action, wanted, candidate.scope, products)
