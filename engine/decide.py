"""`decide`: the one pure function that the API, the worker, replay, test, diff and explain call.

facts -> matching rules -> candidates through their gates -> score -> placements -> a decision with its reasons.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.arbitration import rank_key, score
from engine.candidates import Candidate, gather, valid_now, waits_elsewhere
from engine.compiled import Compiled
from engine.contact_policy import Refusal, may_use, said_already
from engine.content import CompiledTreatment, Writer, fallback_content, language_chain
from engine.decision import Content, Decision, Recommendation, Rejection, Result
from engine.events import Placed
from engine.facts import Given
from engine.ids import decision_id, recommendation_id
from engine.occasion import Occasion
from engine.profile.state import Pending, Profile
from engine.reasons import Reason
from engine.rulebook.model import Boost, Value
from engine.rulebook.offers import Placement
from engine.situation import Situation
from engine.tiers import Snapshot

STANDING = {
    "tier": "customer.tier",
    "relationship_stage": "customer.relationship_stage",
    "journey_stage": "customer.journey_stage",
    "churn_risk": "customer.churn_risk",
}
"""What an answer says of the customer when it is asked to `include` the profile."""


def build_facts(
    compiled: Compiled, snapshot: Snapshot, profile: Profile, occasion: Occasion, now: int
) -> dict[str, Value]:
    """Exactly the declared facts, all of them: for people who read a profile. `decide` computes what it needs."""
    return compiled.full.build(Given(profile, occasion, compiled.rulebook, snapshot, now))


def standing(facts: Mapping[str, Value]) -> dict[str, Value]:
    """Where the customer stands, out of all facts."""
    return {name: facts.get(fact) for name, fact in STANDING.items()}


def decide(compiled: Compiled, snapshot: Snapshot, profile: Profile, occasion: Occasion, now: int) -> Decision:
    """The decision for one occasion of one customer at `now` (ms). Same inputs, same decision."""
    plan = compiled.full if occasion.standing else compiled.plans.get(occasion.key)
    facts = plan.build(Given(profile, occasion, compiled.rulebook, snapshot, now)) if plan else {}
    return decide_on(facts, compiled, snapshot, Situation(compiled, profile, occasion, facts, now))


def decide_on(facts: dict[str, Value], compiled: Compiled, snapshot: Snapshot, situation: Situation) -> Decision:
    """The decision for given facts: rule tests set facts by hand and call this."""
    occasion, now = situation.occasion, situation.now
    ids = compiled.matcher.match(occasion.key, facts)
    matched = tuple(compiled.rulebook.rules[rule] for rule in sorted(ids))
    candidates, refused = gather(matched, situation)
    boosts = tuple(r for r in matched if isinstance(r.then, Boost) and r.status == "live" and valid_now(r, now))
    placer = Placer(situation, decision_id(occasion.customer, occasion.id))
    scored = [(candidate, *score(candidate, boosts, compiled.rulebook)) for candidate in candidates]
    scored.sort(key=lambda row: rank_key((row[0], row[1])))
    scored, repeated = _one_per_action(scored)
    results = placer.place(scored)
    return Decision(
        decision_id=placer.decision,
        trigger_id=occasion.id,
        trigger=occasion.key,
        customer=occasion.customer,
        decided_at=now,
        rulebook=compiled.rulebook.revision,
        snapshot=snapshot.number,
        results=results,
        rejected=(*(_rejection(c, r, None) for c, r in (*refused, *repeated)), *placer.rejections(scored)),
        matched=tuple(rule.id for rule in matched),
        facts={name: facts.get(name) for name in compiled.named.get(occasion.key, ())},
        standing=standing(facts) if occasion.standing else {},
        warnings=placer.warnings,
    )


def _rejection(candidate: Candidate, refusal: Refusal, placement: str | None) -> Rejection:
    return Rejection(
        action=candidate.action.id,
        rule=candidate.rule.id,
        gate=refusal.gate,
        reason=refusal.reason,
        detail=refusal.detail,
        placement=placement,
        retry_after=refusal.retry_after,
    )


Scored = list[tuple[Candidate, float, Any]]


def _one_per_action(scored: Scored) -> tuple[Scored, list[tuple[Candidate, Refusal]]]:
    """Of several rules for one action the best scored stays, whatever the order in which they are written."""
    best: dict[str, tuple[Candidate, float, Any]] = {}
    repeated: list[tuple[Candidate, Refusal]] = []
    for row in scored:
        first = best.setdefault(row[0].action.id, row)
        if first is not row:
            detail = f"{first[0].rule.id} recommends the same action"
            repeated.append((row[0], Refusal("duplicate", Reason.DUPLICATE, detail)))
    return list(best.values()), repeated


@dataclass(slots=True)
class Fit:
    """A candidate on a channel, with its text."""

    treatment: CompiledTreatment
    content: Content


class Placer:
    """Fills placements (or the one outbound slot) with the best that fit, and remembers why others do not."""

    def __init__(self, situation: Situation, decision: str) -> None:
        self.decision = decision
        context = situation.occasion.context
        self.warnings = tuple(f"unknown context key: {k}" for k, v in context.items() if v is None) if context else ()
        self._situation = situation
        compiled, occasion = situation.compiled, situation.occasion
        book = compiled.rulebook
        _, spoken = situation.profile.traits.get("language", (0, None))
        self._chain = language_chain((occasion.language, spoken), book.shop.languages)
        self._writer = Writer(situation.facts, compiled.types, book.shop.currency)
        self._used: set[str] = set()
        self._groups: set[str] = set()
        self._why: dict[str, Rejection] = {}

    def place(self, scored: Scored) -> tuple[Result, ...]:
        """Placements are filled in the order in which they were asked for; no action twice in one decision."""
        asked = self._situation.occasion.placements
        if not asked:
            return (self._outbound(scored),)
        placements = self._situation.compiled.rulebook.placements
        self.warnings += tuple(f"unknown placement: {p.id}" for p in asked if p.id not in placements)
        return tuple(self._fill(placements.get(placed.id), placed, scored) for placed in asked)

    def rejections(self, scored: Scored) -> tuple[Rejection, ...]:
        """Why those were dropped that passed the gates and are in no placement."""
        return tuple(
            self._why[c.action.id] for c, _, _ in scored if c.action.id not in self._used and c.action.id in self._why
        )

    def _outbound(self, scored: Scored) -> Result:
        most = self._situation.compiled.rulebook.arbitration.outbound_at_most
        chosen = self._best(scored, None, most)
        return Result(None, chosen, reason=None if chosen else Reason.NOTHING_ELIGIBLE)

    def _fill(self, placement: Placement | None, placed: Placed, scored: Scored) -> Result:
        if placement is None:
            return Result(placed.id, fallback=Content(self._chain[0], {}), reason=Reason.NOTHING_ELIGIBLE)
        chosen = self._best(scored, placement, min(placed.count, placement.at_most))
        if chosen:
            return Result(placed.id, chosen)
        fallback = fallback_content(placement.fallback, self._chain) or Content(self._chain[0], {})
        return Result(placed.id, fallback=fallback, reason=Reason.NOTHING_ELIGIBLE)

    def _best(self, scored: Scored, placement: Placement | None, most: int) -> tuple[Recommendation, ...]:
        chosen: list[Recommendation] = []
        for candidate, points, parts in scored:
            if candidate.action.id in self._used:
                continue
            fit = self._fit(candidate, placement)
            if isinstance(fit, Refusal):
                self._drop(candidate, fit, placement)
            elif len(chosen) == most:
                detail = f"score {points:g}; {most} with a higher score came first"
                self._drop(candidate, Refusal("arbitration", Reason.OUTRANKED, detail), placement)
            elif held := said_already(candidate.action, self._groups, self._situation.compiled):
                self._drop(candidate, held, placement)
            else:
                chosen.append(self._recommend(candidate, fit, placement, (len(chosen) + 1, points, parts)))
                if candidate.action.kind != "internal":
                    self._groups.add(candidate.action.group)
        self._used.update(recommendation.action for recommendation in chosen)
        return tuple(chosen)

    def _drop(self, candidate: Candidate, refusal: Refusal, placement: Placement | None) -> None:
        """The reason that came nearest to a recommendation is kept: to be outranked says more than not to fit."""
        known = self._why.get(candidate.action.id)
        if known is None or refusal.reason is Reason.OUTRANKED or known.reason is Reason.NO_REACHABLE_CHANNEL:
            self._why[candidate.action.id] = _rejection(candidate, refusal, placement.id if placement else None)

    def _fit(self, candidate: Candidate, placement: Placement | None) -> Fit | Refusal:
        """The first treatment that reaches the customer here and has a text; else why the last one did not."""
        situation = self._situation
        elsewhere = waits_elsewhere(candidate.action, {placement.id}, situation) if placement else None
        if elsewhere is not None:
            return elsewhere
        where = placement.id if placement else "outbound"
        refusal = Refusal("channel", Reason.NO_REACHABLE_CHANNEL, f"the action has no treatment for {where}")
        for treatment in situation.compiled.treatments[candidate.action.id]:
            if not _belongs(treatment, placement):
                continue
            held = may_use(treatment.channel, candidate.action, situation)
            if held is not None:
                refusal = held
                continue
            products = [situation.compiled.rulebook.products[p.sku] for p in candidate.products]
            chain = self._chain if candidate.action.kind != "internal" else situation.compiled.rulebook.shop.languages
            content = self._writer.content(treatment, chain, products)
            if content is not None:
                return Fit(treatment, content)
            refusal = Refusal("text", Reason.NO_TEXT, f"{treatment.channel.id}: no text could be filled")
        return refusal

    def _recommend(
        self, candidate: Candidate, fit: Fit, placement: Placement | None, ranked: tuple[int, float, Any]
    ) -> Recommendation:
        rank, points, parts = ranked
        slot = placement.id if placement else None
        action, rule, now = candidate.action, candidate.rule, self._situation.now
        pending = self._pending(action.id, slot)
        return Recommendation(
            recommendation_id=pending.recommendation_id
            if pending
            else recommendation_id(self.decision, action.id, slot),
            rank=rank,
            action=action.id,
            kind=action.kind,
            rule=rule.id,
            why=rule.title,
            serves=rule.serves,
            channel=fit.treatment.channel.id,
            placement=slot,
            effect=action.effect,
            content=fit.content,
            products=candidate.products,
            score=points,
            score_parts=parts,
            expires_at=pending.expires if pending else now + action.expires,
            scope=candidate.scope,
        )

    def _pending(self, action: str, placement: str | None) -> Pending | None:
        """Asked again while it waits: the same recommendation, not a second one."""
        for pending in self._situation.profile.pending:
            if (
                pending.action == action
                and pending.placement == placement
                and placement is not None
                and pending.expires > self._situation.now
            ):
                return pending
        return None


def _belongs(treatment: CompiledTreatment, placement: Placement | None) -> bool:
    channel = treatment.channel
    if placement is None:
        return channel.outbound
    return channel.id == placement.channel and (treatment.placements is None or placement.id in treatment.placements)
