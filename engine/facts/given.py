"""What facts are computed from, and the few forms that their values take."""

from dataclasses import dataclass

from engine.occasion import Occasion
from engine.profile.state import Profile
from engine.quick import quick
from engine.rulebook.model import NEVER, Rulebook, Value
from engine.tiers import Snapshot
from engine.times import DAY

FactsDict = dict[str, Value]


@quick
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
    if not time:
        return NEVER
    return (now - time) // DAY if now > time else 0


def number(value: float | None) -> Value:
    """A decimal fact: 6 places, within +-10^9."""
    if value is None:
        return None
    return round(value if -1e9 <= value <= 1e9 else min(max(value, -1e9), 1e9), 6)
