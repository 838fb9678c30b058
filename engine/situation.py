"""All that a decision may look at."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.compiled import Compiled
from engine.occasion import Occasion
from engine.profile.state import Profile
from engine.rulebook.model import Value


@dataclass(frozen=True, slots=True)
class Situation:
    """One occasion of one customer at `now` (ms), under one rulebook, with the facts computed for it."""

    compiled: Compiled
    profile: Profile
    occasion: Occasion
    facts: Mapping[str, Value]
    now: int
