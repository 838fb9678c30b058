"""The types of the stages of a decision; `engine.decisioning.pipeline` orders them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from engine.decisioning.draft import Attempt, Candidate, Draft, Scored
    from engine.domain.refusal import Refusal
    from engine.rulebook.model import Rule
    from engine.value.tiers import Snapshot

CandidateStage: TypeAlias = "Callable[[Candidate, Draft], Candidate | Refusal]"
"""Returns the candidate, possibly with fields filled in, or refuses it."""
SelectionStage: TypeAlias = "Callable[[list[Scored], Selection], list[Scored]]"
"""Orders or filters the remaining candidates; removed ones go to `refused`."""
PlacementStage: TypeAlias = "Callable[[Attempt, Draft], Refusal | None]"
"""None if the attempt passes."""


@dataclass(slots=True)
class Selection:
    """The inputs of selection: the active boost rules, the shop's statistics."""

    draft: "Draft"
    boosts: "tuple[Rule, ...]"
    snapshot: "Snapshot"
    refused: "list[tuple[Candidate, Refusal]]" = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages of a decision in their order, in three phases.

    `unrestricted`: the candidate stages without those for pauses and rollouts.
    """

    candidate: tuple[CandidateStage, ...]
    unrestricted: tuple[CandidateStage, ...]
    selection: tuple[SelectionStage, ...]
    placement: tuple[PlacementStage, ...]
