"""`decide`: the one pure function that the API, the worker, replay, test, diff and explain call.

facts -> matching rules -> candidates through their gates -> score -> placements -> a decision with its reasons.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from engine import holdout
from engine.arbitration import rank_key, score
from engine.candidates import Candidate, forbids_of, gather, valid_now
from engine.compiled import Compiled
from engine.contact_policy import Refusal
from engine.decision import Decision, OnTrial, Recommendation, Result
from engine.facts import Given
from engine.ids import decision_id
from engine.occasion import Occasion
from engine.on_trial import compared
from engine.placer import Placer, Scored, rejection, taken_out
from engine.profile.state import Profile
from engine.reasons import Reason
from engine.rulebook.model import Boost, Rule, Rulebook, Value
from engine.situation import Situation
from engine.tiers import Snapshot
from engine.withdrawal import withdrawals, without

NOTHING_USED_UP: Final[Mapping[str, Refusal]] = MappingProxyType({})

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
    return decide_on(snapshot, situated(compiled, snapshot, profile, occasion, now))


def situated(compiled: Compiled, snapshot: Snapshot, profile: Profile, occasion: Occasion, now: int) -> Situation:
    """All that the decision may look at, with the facts that its rules need."""
    plan = compiled.full if occasion.standing else compiled.plans.get(occasion.key)
    facts = plan.build(Given(profile, occasion, compiled.rulebook, snapshot, now)) if plan else {}
    return Situation(compiled, profile, occasion, facts, now)


def decide_on(snapshot: Snapshot, situation: Situation, used_up: Mapping[str, Refusal] = NOTHING_USED_UP) -> Decision:
    """The decision in a situation: rule tests set its facts by hand.

    `used_up`: actions of which the ledger had nothing left when this decision was tried before.
    """
    facts = situation.facts
    compiled, occasion, now = situation.compiled, situation.occasion, situation.now
    named = compiled.named.get(occasion.key, ())
    ids = compiled.matcher.match(occasion.key, facts)
    matched = tuple(compiled.rulebook.rules[rule] for rule in sorted(ids))
    withdrawn = withdrawals(situation, forbids_of(matched, now))
    situation = without(situation, withdrawn)
    candidates, refused = gather(matched, situation, used_up)
    scored, repeated = _ranked(candidates, matched, situation, snapshot)
    placer = Placer(situation, decision_id(occasion.customer, occasion.id))
    results = placer.place(scored)
    tier = str(facts.get("customer.tier", situation.profile.tier))
    withheld = _withheld(results, occasion.customer, tier, compiled.rulebook)
    return Decision(
        decision_id=placer.decision,
        trigger_id=occasion.id,
        trigger=occasion.key,
        customer=occasion.customer,
        decided_at=now,
        rulebook=compiled.rulebook.revision,
        snapshot=snapshot.number,
        results=taken_out(results, {r.recommendation_id for r in withheld}, placer, situation),
        rejected=(*(rejection(c, r, None) for c, r in (*refused, *repeated)), *placer.rejections(scored)),
        matched=tuple(rule.id for rule in matched),
        facts=dict(zip(named, map(facts.get, named), strict=True)),
        standing=standing(facts) if occasion.standing else {},
        warnings=placer.warnings,
        withheld=withheld,
        withdrawn=withdrawn,
        on_trial=_on_trial(matched, situation, snapshot, used_up, results),
    )


def _on_trial(
    matched: tuple[Rule, ...],
    situation: Situation,
    snapshot: Snapshot,
    used_up: Mapping[str, Refusal],
    results: tuple[Result, ...],
) -> tuple[OnTrial, ...]:
    """The same once more with the rules on trial live, where some of them hold; nothing of it is shown."""
    rules = [rule for rule in matched if rule.status == "test" and valid_now(rule, situation.now)]
    if not rules:
        return ()
    as_live = tuple(replace(rule, status="live") if rule in rules else rule for rule in matched)
    candidates, _ = gather(as_live, situation, used_up)
    scored, _ = _ranked(candidates, as_live, situation, snapshot)
    occasion = situation.occasion
    would = Placer(situation, decision_id(occasion.customer, occasion.id)).place(scored)
    return compared(results, would, rules, situation.compiled.rulebook)


def _ranked(
    candidates: list[Candidate], matched: tuple[Rule, ...], situation: Situation, snapshot: Snapshot
) -> tuple[Scored, list[tuple[Candidate, Refusal]]]:
    """The candidates, the best first, one per action; and those that another rule for the same action outdid."""
    boosts = tuple(
        r for r in matched if isinstance(r.then, Boost) and r.status == "live" and valid_now(r, situation.now)
    )
    scored = [(candidate, *score(candidate, boosts, situation, snapshot)) for candidate in candidates]
    scored.sort(key=lambda row: (row[0].action.kind != "mandatory", rank_key((row[0], row[1]))))
    return _one_per_action(scored)


def _withheld(results: tuple[Result, ...], customer: str, tier: str, book: Rulebook) -> tuple[Recommendation, ...]:
    """What a holdout keeps from this customer, out of what was placed."""
    given = [one for result in results for one in result.recommendations]
    return tuple([one for one in given if holdout.withheld_by(customer, book.actions[one.action], tier, book)])


def _one_per_action(scored: Scored) -> tuple[Scored, list[tuple[Candidate, Refusal]]]:
    """Of several rules for one action the best scored stays, whatever the order in which they are written."""
    best: dict[str, tuple[Candidate, float, Mapping[str, float]]] = {}
    repeated: list[tuple[Candidate, Refusal]] = []
    for row in scored:
        first = best.setdefault(row[0].action.id, row)
        if first is not row:
            detail = f"{first[0].rule.id} recommends the same action"
            repeated.append((row[0], Refusal("duplicate", Reason.DUPLICATE, detail)))
    return list(best.values()), repeated
