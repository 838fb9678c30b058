"""What facts are computed from, and the few forms that their values take."""

from dataclasses import dataclass

from engine.occasion import Occasion
from engine.profile.state import Profile
from engine.rulebook.model import NEVER, Rulebook, Value
from engine.tiers import Snapshot
from engine.times import DAY

FactsDict = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Given:
    """What facts are computed from. `now` in ms."""

    profile: Profile
    occasion: Occasion
    book: Rulebook
    snapshot: Snapshot
    now: int


def days_since(time: int | None, now: int) -> Value:
    """Whole days from `time` to `now`, 0 for what is dated a little ahead of us; never when there is no time."""
    return max(0, now - time) // DAY if time else NEVER


def number(value: float | None) -> Value:
    """A decimal fact: 6 places, within +-10^9."""
    return None if value is None else round(min(max(value, -1e9), 1e9), 6)
