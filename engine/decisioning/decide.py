"""`decide`: the one pure function that the API, the worker, replay, test, diff and explain call.

facts -> matching rules -> candidates -> the stages of `engine.decisioning.pipeline` -> a decision with its reasons.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from engine.decisioning import control_group, eligibility
from engine.decisioning.controls import NO_CONTROLS, Controls
from engine.decisioning.draft import Candidate, Draft, Scored
from engine.decisioning.eligibility import forbids_of, in_effect, valid_now
from engine.decisioning.evaluation_context import EvaluationContext
from engine.decisioning.placement import Placer, rejection
from engine.decisioning.shadow import compared
from engine.decisioning.stages import CandidateStage, Selection
from engine.decisioning.withdrawal import withdrawals, without
from engine.domain.decision import Decision, Recommendation, Result, ShadowEffect
from engine.domain.facts import Value
from engine.domain.ids import decision_id
from engine.domain.profile.state import Profile
from engine.domain.refusal import Refusal
from engine.domain.trigger import Trigger
from engine.facts import Given
from engine.rulebook.model import Boost, Rule, Rulebook
from engine.value.tiers import Snapshot

if TYPE_CHECKING:
    from engine.compiled.rulebook import Compiled

NOTHING_USED_UP: Final[Mapping[str, Refusal]] = MappingProxyType({})

STANDING = {
    "tier": "customer.tier",
    "relationship_stage": "customer.relationship_stage",
    "journey_stage": "customer.journey_stage",
    "churn_risk": "customer.churn_risk",
}
"""The customer data in an answer to a request that `include`s the profile."""


def build_facts(
    compiled: "Compiled", snapshot: Snapshot, profile: Profile, trigger: Trigger, now: int
) -> dict[str, Value]:
    """Exactly the declared facts, all of them: for showing a profile. `decide` computes only those it needs."""
    return compiled.full.build(Given(profile, trigger, compiled.rulebook, snapshot, now))


def standing(facts: Mapping[str, Value]) -> dict[str, Value]:
    """The customer's standing, from all facts."""
    return {name: facts.get(fact) for name, fact in STANDING.items()}


def decide(  # noqa: PLR0913, PLR0917 - the customer, what happened and when, and the three numbered documents
    compiled: "Compiled",
    snapshot: Snapshot,
    profile: Profile,
    trigger: Trigger,
    now: int,
    controls: Controls = NO_CONTROLS,
) -> Decision:
    """The decision for one trigger of one customer at `now` (ms). Same inputs, same decision."""
    return decide_on(snapshot, situated(compiled, snapshot, profile, trigger, now, controls))


def situated(  # noqa: PLR0913, PLR0917 - as `decide`
    compiled: "Compiled",
    snapshot: Snapshot,
    profile: Profile,
    trigger: Trigger,
    now: int,
    controls: Controls = NO_CONTROLS,
) -> EvaluationContext:
    """The evaluation context, with the facts that its rules need."""
    plan = compiled.full if trigger.standing else compiled.plans.get(trigger.key)
    facts = plan.build(Given(profile, trigger, compiled.rulebook, snapshot, now)) if plan else {}
    return EvaluationContext(compiled, profile, trigger, facts, now, controls)


def decide_on(
    snapshot: Snapshot, context: EvaluationContext, used_up: Mapping[str, Refusal] = NOTHING_USED_UP
) -> Decision:
    """The decision in an evaluation context: rule tests set its facts.

    `used_up`: actions whose quota was exhausted in an earlier round of this decision.
    """
    facts, compiled, trigger = context.facts, context.compiled, context.trigger
    named = compiled.named.get(trigger.key, ())
    matched = _matched(context)
    rules = in_effect(matched, context)
    forbids = forbids_of(rules, context.now)
    withdrawn = withdrawals(context, forbids)
    context = without(context, withdrawn)
    draft = Draft(context, decision_id(trigger.customer, trigger.id), forbids, used_up)
    scored, refused = _selected(rules, draft, snapshot)
    placer = Placer(draft, compiled.pipeline, scored)
    results = placer.place()
    tier = str(facts.get("customer.tier", context.profile.tier))
    withheld = _withheld(results, trigger.customer, tier, compiled.rulebook)
    shown = placer.without(withheld, results) if withheld else results
    return Decision(
        decision_id=draft.decision_id,
        trigger_id=trigger.id,
        trigger=trigger.key,
        customer=trigger.customer,
        decided_at=context.now,
        rulebook=compiled.rulebook.revision,
        snapshot=snapshot.number,
        controls=context.controls.number,
        results=shown,
        rejected=(*(rejection(c, r) for c, r in refused), *placer.rejections(withheld)),
        matched=tuple(rule.id for rule in matched),
        facts=dict(zip(named, map(facts.get, named), strict=True)),
        standing=standing(facts) if trigger.standing else {},
        warnings=_warnings(trigger, compiled.rulebook),
        withheld=withheld,
        withdrawn=(*withdrawn, *placer.displaced(shown)),
        shadow=_shadow(rules, draft, snapshot, results),
    )


def _matched(context: EvaluationContext) -> tuple[Rule, ...]:
    """The rules whose conditions hold, by id."""
    ids = context.compiled.matcher.match(context.trigger.key, context.facts)
    return tuple(map(context.compiled.rulebook.rules.__getitem__, sorted(ids)))


def _selected(
    matched: Sequence[Rule], draft: Draft, snapshot: Snapshot
) -> tuple[list[Scored], list[tuple[Candidate, Refusal]]]:
    """The candidates that pass the candidate stages and selection, the best first; and the refused ones."""
    pipeline, now = draft.context.compiled.pipeline, draft.context.now
    passed: list[Scored] = []
    refused: list[tuple[Candidate, Refusal]] = []
    stages = pipeline.candidate if draft.context.controls.restrict else pipeline.unrestricted
    for candidate in eligibility.candidates(matched, draft.context):
        found = _through(candidate, draft, stages)
        if isinstance(found, Refusal):
            refused.append((candidate, found))
        else:
            passed.append(Scored(found, 0.0, {}))
    if not passed:
        return passed, refused
    boosts = tuple(r for r in matched if isinstance(r.then, Boost) and r.status == "live" and valid_now(r, now))
    by = Selection(draft, boosts, snapshot, refused)
    for stage in pipeline.selection:
        passed = stage(passed, by)
    return passed, refused


def _through(candidate: Candidate, draft: Draft, stages: Sequence[CandidateStage]) -> Candidate | Refusal:
    """The candidate after every candidate stage, or the first refusal."""
    for stage in stages:
        found = stage(candidate, draft)
        if isinstance(found, Refusal):
            return found
        candidate = found
    return candidate


def _shadow(
    matched: Sequence[Rule], draft: Draft, snapshot: Snapshot, results: tuple[Result, ...]
) -> tuple[ShadowEffect, ...]:
    """Decides again with the shadow rules live, if some match; the result is never shown."""
    context = draft.context
    rules = [rule for rule in matched if rule.status == "shadow" and valid_now(rule, context.now)]
    if not rules:
        return ()
    as_live = tuple(replace(rule, status="live") if rule in rules else rule for rule in matched)
    shadow_draft = Draft(context, draft.decision_id, forbids_of(as_live, context.now), draft.used_up)
    scored, _ = _selected(as_live, shadow_draft, snapshot)
    would = Placer(shadow_draft, context.compiled.pipeline, scored).place()
    return compared(results, would, rules, context.compiled.rulebook)


def _withheld(results: tuple[Result, ...], customer: str, tier: str, book: Rulebook) -> tuple[Recommendation, ...]:
    """The placed recommendations that a holdout withholds from this customer."""
    given = [one for result in results for one in result.recommendations]
    return tuple([one for one in given if control_group.withheld_by(customer, book.actions[one.action], tier, book)])


def _warnings(trigger: Trigger, book: Rulebook) -> tuple[str, ...]:
    """Unknown parts of the request."""
    if not trigger.context and not trigger.placements:
        return ()
    keys = tuple(f"unknown context key: {name}" for name, value in trigger.context.items() if value is None)
    return (*keys, *(f"unknown placement: {p.id}" for p in trigger.placements if p.id not in book.placements))
