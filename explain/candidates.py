"""The results of a decision's candidates, as parts of its explanation. Scores are in units of the currency."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from engine.compiled.rulebook import TIER, Compiled
from engine.decisioning.arbitration import applies, fits
from engine.decisioning.draft import Candidate
from engine.decisioning.eligibility import valid_now
from engine.domain.decision import Decision, Recommendation, Withdrawal
from engine.domain.money import Currency
from engine.domain.reasons import Reason
from engine.domain.refusal import Refusal, params_shown
from engine.domain.times import format_rfc3339
from engine.rulebook.model import Boost
from engine.rulebook.shop import Multiplier

Json = dict[str, Any]


def shown_refusal(refusal: Refusal, currency: Currency) -> Json:
    """A refusal as JSON; a former record has its text instead of parameters."""
    shown: Json = {"stage": refusal.stage, "reason": refusal.reason}
    if refusal.params is not None:
        shown["params"] = params_shown(refusal.params, currency)
    if refusal.legacy_text is not None:
        shown["detail"] = refusal.legacy_text
    return shown


def told_time(at: int | None) -> str | None:
    """A time as JSON."""
    return None if at is None else format_rfc3339(at)


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a score (propensity, value, context, multiplier), or the `cost` that is taken off.

    `because`: the titles of the rules that boost it, the multipliers that apply. `evidence`: the contacts that a
    propensity was measured on, 0 where it is the one in the action's file.
    """

    name: str
    by: float
    because: tuple[str, ...] = ()
    evidence: float = 0.0

    def to_json(self) -> Json:
        more: Json = {"because": list(self.because)} if self.because else {}
        return {"name": self.name, "by": self.by, **more, **({"evidence": self.evidence} if self.evidence else {})}


@dataclass(frozen=True, slots=True)
class Given:
    """A recommendation (or one withheld by a holdout), with its score taken apart."""

    recommendation: Recommendation
    title: str
    factors: tuple[Factor, ...]

    def to_json(self) -> Json:
        given = self.recommendation
        return {
            "recommendation_id": given.recommendation_id,
            "action": given.action,
            "title": self.title,
            "rule": given.rule,
            "why": given.why,
            "channel": given.channel,
            "placement": given.placement,
            "score": given.score,
            "factors": [factor.to_json() for factor in self.factors],
            "products": [{"sku": one.sku, "role": one.role} for one in given.products],
            "effect": dict(given.effect),
            "content": {"language": given.content.language, **given.content.fields, "link": given.content.link},
            "expires_at": told_time(given.expires_at),
            "deliver_after": told_time(given.deliver_after),
            "again": given.again,
        }


@dataclass(frozen=True, slots=True)
class Place:
    """The results of one placement (`placement` None: outbound)."""

    placement: str | None
    given: tuple[Given, ...]
    reason: Reason | None

    def to_json(self) -> Json:
        return {"placement": self.placement, "given": [one.to_json() for one in self.given], "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Rival:
    """The candidates ranked before this one."""

    action: str
    score: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """A refused candidate: at which stage, why, and when to retry."""

    rule: str
    action: str
    title: str
    currency: Currency
    refusal: Refusal
    placement: str | None = None
    retry_after: int | None = None
    rivals: tuple[Rival, ...] = ()

    @property
    def reason(self) -> Reason:
        """The reason."""
        return self.refusal.reason

    def to_json(self) -> Json:
        return {
            "rule": self.rule,
            "action": self.action,
            "title": self.title,
            **shown_refusal(self.refusal, self.currency),
            "placement": self.placement,
            "retry_after": told_time(self.retry_after),
            "outranked_by": [{"action": one.action, "score": one.score} for one in self.rivals],
        }


@dataclass(frozen=True, slots=True)
class Gone:
    """A pending recommendation that was withdrawn."""

    withdrawal: Withdrawal
    title: str
    currency: Currency

    def to_json(self) -> Json:
        gone = self.withdrawal
        return {
            "recommendation_id": gone.recommendation_id,
            "action": gone.action,
            "title": self.title,
            "channel": gone.channel,
            "placement": gone.placement,
            **shown_refusal(gone.refusal, self.currency),
        }


# ---- A score taken apart: its factors, and the rules and multipliers behind them ----


_IDLE: Final = {"context": 1.0, "multiplier": 1.0, "cost": 0.0}
"""The neutral values."""


def factors_of(one: Recommendation, decision: Decision, compiled: Compiled) -> tuple[Factor, ...]:
    """The relevant factors, in the order of the formula. Neutral ones are left out: no boost, no cost."""
    book, parts = compiled.rulebook, one.score_parts
    on = book.arbitration.factors
    found = []
    for name in ("propensity", "value", "context", "multiplier", "cost"):
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
    elif name == "multiplier":
        tier = str(decision.facts.get(TIER, decision.standing.get("tier")))
        for multiplier in book.arbitration.multipliers:
            if fits(multiplier, candidate, tier):
                yield _named(multiplier)


def _named(multiplier: Multiplier) -> str:
    """The scope of a multiplier: its tiers, roles and groups."""
    return " / ".join(", ".join(names) for names in (multiplier.tiers, multiplier.roles, multiplier.groups) if names)
