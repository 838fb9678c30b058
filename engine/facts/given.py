"""The inputs of facts, and helpers for their values."""

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
    """The inputs of facts. `now` in ms."""

    profile: Profile
    trigger: Trigger
    book: Rulebook
    snapshot: Snapshot
    now: int


def days_since(time: int | None, now: int) -> Value:
    """Whole days from `time` to `now`, 0 for a time slightly in the future; never without a time."""
    if not time:
        return NEVER
    return (now - time) // DAY if now > time else 0


def number(value: float | None) -> Value:
    """A decimal fact: 6 places, within +-10^9."""
    if value is None:
        return None
    return round(value if -1e9 <= value <= 1e9 else min(max(value, -1e9), 1e9), 6)
