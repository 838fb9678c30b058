"""What is known beside the record of a decision: all that it was made from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.compiled.rulebook import Compiled
from engine.decisioning.controls import NO_CONTROLS, Controls
from engine.decisioning.decide import build_facts
from engine.decisioning.evaluation_context import Situation
from engine.domain.decision import Decision
from engine.domain.profile.state import Profile
from engine.domain.refusal import Refusal
from engine.domain.trigger import Occasion
from engine.value.tiers import Snapshot

Decide = Callable[[Mapping[str, Refusal]], Decision]
"""Decides when of some actions nothing is left."""


def plenty(decide: Decide) -> Decision:
    """The decision where there is enough of everything."""
    return decide({})


@dataclass(frozen=True, slots=True)
class Known:
    """A situation with every declared fact, and the figures of the shop at that moment.

    `within`: takes a decision through what is left of limited actions.
    """

    situation: Situation
    snapshot: Snapshot
    within: Callable[[Decide], Decision] = plenty


def known_of(  # noqa: PLR0913, PLR0917 - as `decide`
    compiled: Compiled,
    snapshot: Snapshot,
    profile: Profile,
    occasion: Occasion,
    now: int,
    controls: Controls = NO_CONTROLS,
) -> Known:
    """The situation of one occasion of one customer at `now` (ms), with every declared fact."""
    facts = build_facts(compiled, snapshot, profile, occasion, now)
    return Known(Situation(compiled, profile, occasion, facts, now, controls), snapshot)
