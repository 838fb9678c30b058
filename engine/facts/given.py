"""What facts are computed from, and the few forms that their values take."""

from dataclasses import dataclass

from engine.domain.facts import NEVER, Value
from engine.domain.profile.state import Profile
from engine.domain.quick import quick
from engine.domain.times import DAY
from engine.domain.trigger import Trigger
from engine.rulebook.model import Rulebook
from engine.value.tiers import Snapshot

FactsDict = dict[str, Value]


@quick
@dataclass(frozen=True, slots=True)
class Given:
    """What facts are computed from. `now` in ms."""

    profile: Profile
    trigger: Trigger
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
