"""What the stages of a decision are; `engine.decisioning.pipeline` has them in their order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from engine.decisioning.draft import Attempt, Candidate, Draft, Scored
    from engine.domain.refusal import Refusal
    from engine.rulebook.model import Rule
    from engine.value.tiers import Snapshot

CandidateStage: TypeAlias = "Callable[[Candidate, Draft], Candidate | Refusal]"
"""Gives the candidate back, perhaps with something filled in, or refuses it."""
SelectionStage: TypeAlias = "Callable[[list[Scored], Selection], list[Scored]]"
"""Orders or thins out all that are left; what it takes out goes to `refused`."""
PlacementStage: TypeAlias = "Callable[[Attempt, Draft], Refusal | None]"
"""None where the attempt passes."""


@dataclass(slots=True)
class Selection:
    """What selection goes by: the rules in force that boost, the figures of the shop."""

    draft: "Draft"
    boosts: "tuple[Rule, ...]"
    snapshot: "Snapshot"
    refused: "list[tuple[Candidate, Refusal]]" = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages of a decision in their order, in three phases.

    `unrestricted`: the candidate stages that can refuse where nothing is paused or rolled out.
    """

    candidate: tuple[CandidateStage, ...]
    unrestricted: tuple[CandidateStage, ...]
    selection: tuple[SelectionStage, ...]
    placement: tuple[PlacementStage, ...]
