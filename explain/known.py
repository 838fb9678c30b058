"""Data known beside the record of a decision: all its inputs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.compiled.rulebook import Compiled
from engine.decisioning.controls import NO_CONTROLS, Controls
from engine.decisioning.decide import build_facts
from engine.decisioning.evaluation_context import EvaluationContext
from engine.domain.decision import Decision
from engine.domain.profile.state import Profile
from engine.domain.refusal import Refusal
from engine.domain.trigger import Trigger
from engine.value.tiers import Snapshot

Decide = Callable[[Mapping[str, Refusal]], Decision]
"""Decides when the quotas of some actions are exhausted."""


def plenty(decide: Decide) -> Decision:
    """The decision with enough left of everything."""
    return decide({})


@dataclass(frozen=True, slots=True)
class Known:
    """An evaluation context with every declared fact, and the snapshot of that moment.

    `within`: applies the remaining limits and budgets to a decision.
    """

    context: EvaluationContext
    snapshot: Snapshot
    within: Callable[[Decide], Decision] = plenty


def known_of(  # noqa: PLR0913, PLR0917 - as `decide`
    compiled: Compiled,
    snapshot: Snapshot,
    profile: Profile,
    trigger: Trigger,
    now: int,
    controls: Controls = NO_CONTROLS,
) -> Known:
    """The evaluation context of one trigger of one customer at `now` (ms), with every declared fact."""
    facts = build_facts(compiled, snapshot, profile, trigger, now)
    return Known(EvaluationContext(compiled, profile, trigger, facts, now, controls), snapshot)
