"""Arbitration: ranking the remaining candidates.

`score = propensity * value * context * multiplier - cost`, in units of the shop's currency:

| term | unit | source |
|---|---|---|
| propensity | chance, 0..1, that a contact is accepted | the action file, and measurements (`propensity`) |
| value | currency: margin gained if it is accepted | the action file; for a referral, see `referral` |
| context | factor | the product of the boosts of matching rules that apply |
| multiplier | factor | the product of the multipliers of arbitration.yaml that fit tier, product role and group |
| cost | currency | the action file: per contact, plus propensity times per acceptance |

A factor that arbitration.yaml omits is 1 (cost: 0). Ties: the action's priority (lower first), then the
action's id, then the rule's id.
"""

from collections.abc import Mapping
from math import prod
from typing import Final

from engine.decisioning import propensity, referral
from engine.decisioning.draft import Candidate, Scored
from engine.decisioning.evaluation_context import EvaluationContext
from engine.decisioning.stages import Selection
from engine.domain.refusal import Duplicate, refused
from engine.rulebook.model import Boost, Rule
from engine.rulebook.offers import MARKETING
from engine.rulebook.shop import Multiplier
from engine.value.tiers import Snapshot

# ---- selection stages ----


def with_scores(found: list[Scored], by: Selection) -> list[Scored]:
    """Every candidate with its score."""
    context = by.draft.context
    return [Scored(one.candidate, *score(one.candidate, by.boosts, context, by.snapshot)) for one in found]


def best_first(found: list[Scored], by: Selection) -> list[Scored]:
    """Mandatory messages first, then all but marketing, each by score; `rank_key` breaks ties."""
    return sorted(found, key=lambda one: (precedence(one.candidate.action.kind), rank_key(one)))


def one_rule_per_action(found: list[Scored], by: Selection) -> list[Scored]:
    """Keeps the best of several rules for one action, whatever their order in the files."""
    best: dict[str, Scored] = {}
    for one in found:
        first = best.setdefault(one.candidate.action.id, one)
        if first is not one:
            by.refused.append((one.candidate, refused(Duplicate(first.candidate.rule.id))))
    return list(best.values())


_PRECEDENCE: Final = {"mandatory": 0, MARKETING: 2}


def precedence(kind: str) -> int:
    """The lower comes first, whatever the scores: no notice loses its place to an advertisement."""
    return _PRECEDENCE.get(kind, 1)


# ---- the score ----


def boosts_of(candidate: Candidate, boosts: tuple[Rule, ...]) -> float:
    return prod(rule.then.by for rule in boosts if isinstance(rule.then, Boost) and applies(rule.then, candidate))


def applies(boost: Boost, candidate: Candidate) -> bool:
    action = candidate.action
    return (
        boost.action == action.id
        or boost.group == action.group
        or (boost.role is not None and any(product.role == boost.role for product in candidate.products))
    )


def multiplier_of(candidate: Candidate, multipliers: tuple[Multiplier, ...], tier: str) -> float:
    return prod(multiplier.by for multiplier in multipliers if fits(multiplier, candidate, tier))


def fits(multiplier: Multiplier, candidate: Candidate, tier: str) -> bool:
    """All selectors of the multiplier must fit; an empty one always fits."""
    return (
        (not multiplier.tiers or tier in multiplier.tiers)
        and (not multiplier.groups or candidate.action.group in multiplier.groups)
        and (not multiplier.roles or any(product.role in multiplier.roles for product in candidate.products))
    )


def score(
    candidate: Candidate, boosts: tuple[Rule, ...], context: EvaluationContext, snapshot: Snapshot
) -> tuple[float, Mapping[str, float]]:
    """The score and its parts, money in currency units. `evidence`: the contacts behind the propensity."""
    action, book = candidate.action, context.compiled.rulebook
    on, unit = book.arbitration.factors, 10.0**book.shop.currency.decimals
    tier = str(context.facts.get("customer.tier", context.profile.tier))
    chance, evidence = 1.0, 0.0
    if "propensity" in on:
        chance, evidence = propensity.of(action, tier, snapshot, book.arbitration.learning)
    value = referral.value_of(action, snapshot) / unit if "value" in on else 1.0
    boost = boosts_of(candidate, boosts) if "context" in on else 1.0
    multiplier = multiplier_of(candidate, book.arbitration.multipliers, tier) if "multiplier" in on else 1.0
    cost = (action.cost_per_contact + chance * action.cost_per_acceptance) / unit if "cost" in on else 0.0
    parts = {
        "propensity": chance,
        "evidence": evidence,
        "value": value,
        "context": boost,
        "multiplier": multiplier,
        "cost": round(cost, 6),
    }
    return round(chance * value * boost * multiplier - cost, 6), parts


def rank_key(one: Scored) -> tuple[float, int, str, str]:
    """The best score first; then the action's priority, the action's id, the rule's id."""
    action = one.candidate.action
    return (-one.score, action.priority, action.id, one.candidate.rule.id)
