"""What is known beside the record of a decision: all that it was made from."""

from dataclasses import dataclass

from engine.compiled import Compiled
from engine.decide import build_facts
from engine.occasion import Occasion
from engine.profile.state import Profile
from engine.situation import Situation
from engine.tiers import Snapshot


@dataclass(frozen=True, slots=True)
class Known:
    """A situation with every declared fact, and the figures of the shop at that moment."""

    situation: Situation
    snapshot: Snapshot


def known_of(compiled: Compiled, snapshot: Snapshot, profile: Profile, occasion: Occasion, now: int) -> Known:
    """The situation of one occasion of one customer at `now` (ms), with every declared fact."""
    facts = build_facts(compiled, snapshot, profile, occasion, now)
    return Known(Situation(compiled, profile, occasion, facts, now), snapshot)
