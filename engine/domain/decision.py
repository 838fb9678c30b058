"""The output: a decision with its recommendations, rejections and reasons. Values only."""

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
    scope: str | None = None  # the scope of the rule's `once`
    deliver_after: int | None = None  # the end of quiet hours
    reserved: bool = False  # a unit of a quota is reserved
    again: bool = False  # already pending in this placement


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

    `refusal`: of the attempt that got furthest, in `placement`; `retry_after` (ms) is the soonest of all.
    `attempts`: every treatment that was tried; empty if it was refused before placement.
    """

    action: str
    rule: str
    refusal: Refusal
    retry_after: int | None = None
    placement: str | None = None
    attempts: tuple[RefusedAttempt, ...] = ()

    @property
    def stage(self) -> Stage:
        """The refusing stage."""
        return self.refusal.stage

    @property
    def reason(self) -> Reason:
        """Why."""
        return self.refusal.reason


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A withdrawn pending recommendation, with the reason."""

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
    """The result of a placement (None: outbound): recommendations, or a fallback with its reason. Never both empty."""

    placement: str | None
    recommendations: tuple[Recommendation, ...] = ()
    fallback: Content | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class ShadowEffect:
    """The change that a shadow rule would have made in one place: recommend an action there, forbid it,
    or boost it into that place. `what`: recommend | forbid | boost; `instead_of`: the actions replaced."""

    rule: str
    what: str
    action: str
    channel: str
    placement: str | None
    instead_of: tuple[str, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one trigger. `facts`: those named by the evaluated rules, for the trace.

    `rulebook`, `snapshot`, `controls`: the revision and the numbers of the three documents used.

    `standing`: the customer's tier, stages and risk at that moment. `withheld`: recommendations kept from a control
    group. `withdrawn`: cancelled pending recommendations. `shadow`: the effects of shadow rules.
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
        """All recommendations, by place."""
        return tuple(one for result in self.results for one in result.recommendations)
