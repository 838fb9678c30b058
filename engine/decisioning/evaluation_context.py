"""All that a decision may look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.decisioning.controls import NO_CONTROLS, Controls
from engine.domain.facts import Value
from engine.domain.profile.state import Profile
from engine.domain.quick import quick
from engine.domain.trigger import Occasion

if TYPE_CHECKING:
    from engine.compiled.rulebook import Compiled


@quick
@dataclass(frozen=True, slots=True)
class Situation:
    """One occasion of one customer at `now` (ms), under one rulebook and its controls, with the facts computed for it.

    `memo`: what was worked out of the rest for one candidate and holds for the others, by who worked it out.
    """

    compiled: "Compiled"
    profile: Profile
    occasion: Occasion
    facts: Mapping[str, Value]
    now: int
    controls: Controls = NO_CONTROLS
    memo: dict[object, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
