"""What comes out: a decision with its recommendations, its rejections and its reasons. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.domain.facts import Value
from engine.domain.quick import quick
from engine.domain.reasons import Reason, Stage
from engine.domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Content:
    """A rendered text: channel field -> text, in one language (BCP 47)."""

    language: str
    fields: Mapping[str, str]
    link: str | None = None


@dataclass(frozen=True, slots=True)
class ChosenProduct:
    sku: str
    role: str | None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One action in one placement (None: outbound, a delivery on `channel`). Times in ms; score in currency units."""

    recommendation_id: str
    rank: int
    action: str
    kind: str
    rule: str
    why: str
    serves: tuple[str, ...]
    channel: str
    placement: str | None
    effect: Mapping[str, Any]
    content: Content
    products: tuple[ChosenProduct, ...]
    score: float
    score_parts: Mapping[str, float]
    expires_at: int
    scope: str | None = None  # what the rule's `once` counts by
    deliver_after: int | None = None  # quiet hours: not to be sent before
    reserved: bool = False  # a unit of a quota is held for it
    again: bool = False  # it was pending in this placement already


@quick
@dataclass(frozen=True, slots=True)
class RefusedAttempt:
    """A candidate that was refused in one placement (None: as a message) on one channel."""

    placement: str | None
    channel: str
    refusal: Refusal


@quick
@dataclass(frozen=True, slots=True)
class Rejection:
    """A candidate that was not recommended.

    `refusal`: that of the attempt that came furthest, in `placement`; `retry_after` (ms) is the soonest of all.
    `attempts`: every treatment that was tried; none where it was refused before it came to a placement.
    """

    action: str
    rule: str
    refusal: Refusal
    retry_after: int | None = None
    placement: str | None = None
    attempts: tuple[RefusedAttempt, ...] = ()

    @property
    def stage(self) -> Stage:
        """Where it was refused."""
        return self.refusal.stage

    @property
    def reason(self) -> Reason:
        """Why."""
        return self.refusal.reason


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A recommendation that was pending and must not be shown any more: why."""

    recommendation_id: str
    action: str
    channel: str
    placement: str | None
    refusal: Refusal
    reserved: bool = False

    @property
    def reason(self) -> Reason:
        """Why."""
        return self.refusal.reason


@quick
@dataclass(frozen=True, slots=True)
class Result:
    """What one placement gets (None: outbound): recommendations, or a fallback with its reason. Never both empty."""

    placement: str | None
    recommendations: tuple[Recommendation, ...] = ()
    fallback: Content | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class ShadowEffect:
    """What a shadow rule would have changed in one place: recommended an action there, forbidden it,
    or boosted it into that place. `what`: recommend | forbid | boost; `instead_of`: actions that would have gone."""

    rule: str
    what: str
    action: str
    channel: str
    placement: str | None
    instead_of: tuple[str, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one trigger. `facts` are those that the looked-at rules name, for the trace.

    `rulebook`, `snapshot`, `controls`: the revision and the numbers of the three documents that it was made under.

    `standing`: the customer's tier, stages and risk at that moment. `withheld`: what a customer of a holdout would
    have got. `withdrawn`: what waited and no longer may. `shadow`: what rules on trial would have changed.
    """

    decision_id: str
    trigger_id: str
    trigger: str
    customer: str
    decided_at: int
    rulebook: str
    snapshot: int
    results: tuple[Result, ...]
    controls: int = 0
    rejected: tuple[Rejection, ...] = ()
    matched: tuple[str, ...] = ()
    facts: Mapping[str, Value] = field(default_factory=dict)
    standing: Mapping[str, Value] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    withheld: tuple[Recommendation, ...] = ()
    withdrawn: tuple[Withdrawal, ...] = ()
    shadow: tuple[ShadowEffect, ...] = ()
    degraded: bool = False

    @property
    def given(self) -> tuple[Recommendation, ...]:
        """All that is recommended, place by place."""
        return tuple(one for result in self.results for one in result.recommendations)
