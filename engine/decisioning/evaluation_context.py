"""Everything that the stages of a decision may read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.decisioning.controls import NO_CONTROLS, Controls
from engine.domain.facts import Value
from engine.domain.profile.state import Profile
from engine.domain.quick import quick
from engine.domain.trigger import Trigger

if TYPE_CHECKING:
    from engine.compiled.rulebook import Compiled


@quick
@dataclass(frozen=True, slots=True)
class EvaluationContext:
    """One trigger of one customer at `now` (ms), under one rulebook and its controls, with its facts."""

    compiled: "Compiled"
    profile: Profile
    trigger: Trigger
    facts: Mapping[str, Value]
    now: int
    controls: Controls = NO_CONTROLS
