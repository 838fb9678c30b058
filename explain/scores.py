"""A score taken apart: its factors, and the rules and levers that made them what they are."""

from collections.abc import Iterator
from typing import Final

from engine.compiled.rulebook import TIER, Compiled
from engine.decisioning.arbitration import applies, fits
from engine.decisioning.draft import Candidate
from engine.decisioning.eligibility import valid_now
from engine.domain.decision import Decision, Recommendation
from engine.rulebook.model import Boost
from engine.rulebook.shop import Lever
from explain.pieces import Factor

_IDLE: Final = {"context": 1.0, "lever": 1.0, "cost": 0.0}
"""What these are when they change nothing."""


def factors_of(one: Recommendation, decision: Decision, compiled: Compiled) -> tuple[Factor, ...]:
    """The factors that count here, in the order of the formula. What changes nothing is left out: no boost, no cost."""
    book, parts = compiled.rulebook, one.score_parts
    on = book.arbitration.factors
    found = []
    for name in ("propensity", "value", "context", "lever", "cost"):
        by = parts.get(name)
        if by is None or name not in on or by == _IDLE.get(name):
            continue
        because = tuple(_because(name, one, decision, compiled))
        found.append(Factor(name, by, because, parts.get("evidence", 0.0) if name == "propensity" else 0.0))
    return tuple(found)


def _because(name: str, one: Recommendation, decision: Decision, compiled: Compiled) -> Iterator[str]:
    book = compiled.rulebook
    if one.rule not in book.rules or one.action not in book.actions:
        return
    candidate = Candidate(book.rules[one.rule], book.actions[one.action], None, None, one.products)
    if name == "context":
        for rule in (book.rules[matched] for matched in decision.matched if matched in book.rules):
            in_force = rule.status == "live" and valid_now(rule, decision.decided_at)
            if isinstance(rule.then, Boost) and in_force and applies(rule.then, candidate):
                yield rule.title
    elif name == "lever":
        tier = str(decision.facts.get(TIER, decision.standing.get("tier")))
        for lever in book.arbitration.levers:
            if fits(lever, candidate, tier):
                yield _named(lever)


def _named(lever: Lever) -> str:
    """What a lever is for: its tiers, roles and groups."""
    return " / ".join(", ".join(names) for names in (lever.tiers, lever.roles, lever.groups) if names)
