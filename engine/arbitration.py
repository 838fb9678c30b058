"""Arbitration: what is the best of what is allowed.

`score = propensity * value * context - cost`, in units of the shop's currency:
propensity, the chance (0..1) that a contact is accepted; value, the margin gained if it is; context, the product of the
boosts that apply; cost, per contact plus propensity times the cost of an acceptance. A factor that arbitration.yaml
leaves out counts 1 (cost: 0). Ties: the action's priority (lower first), then the action's id, then the rule's id.
"""

from collections.abc import Mapping
from math import prod

from engine.candidates import Candidate
from engine.rulebook.model import Boost, Rule, Rulebook


def boosts_of(candidate: Candidate, boosts: tuple[Rule, ...]) -> float:
    return prod(rule.then.by for rule in boosts if isinstance(rule.then, Boost) and _applies(rule.then, candidate))


def _applies(boost: Boost, candidate: Candidate) -> bool:
    action = candidate.action
    return (
        boost.action == action.id
        or boost.group == action.group
        or (boost.role is not None and any(product.role == boost.role for product in candidate.products))
    )


def score(candidate: Candidate, boosts: tuple[Rule, ...], book: Rulebook) -> tuple[float, Mapping[str, float]]:
    """The score and its parts, money in currency units."""
    action, on = candidate.action, book.arbitration.factors
    unit = 10.0**book.shop.currency.decimals
    propensity = action.propensity if "propensity" in on else 1.0
    value = action.value / unit if "value" in on else 1.0
    context = boosts_of(candidate, boosts) if "context" in on else 1.0
    cost = (action.cost_per_contact + propensity * action.cost_per_acceptance) / unit if "cost" in on else 0.0
    parts = {"propensity": propensity, "value": value, "context": context, "cost": round(cost, 6)}
    return round(propensity * value * context - cost, 6), parts


def rank_key(scored: tuple[Candidate, float]) -> tuple[float, int, str, str]:
    candidate, points = scored
    return (-points, candidate.action.priority, candidate.action.id, candidate.rule.id)
