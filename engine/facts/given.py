"""The inputs of facts, and helpers for their values."""

from dataclasses import dataclass

from engine.domain.facts import NEVER, Value
from engine.domain.profile.state import Profile
from engine.domain.quick import quick
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


def days_since(time: int | None, given: Given) -> Value:
    """The days of the shop's zone since `time` (ms), 0 if that is slightly in the future; never without one."""
    if not time:
        return NEVER
    of = given.book.shop.days.of
    passed = of(given.now) - of(time)
    return passed if passed > 0 else 0


def number(value: float | None) -> Value:
    """A decimal fact: 6 places, within +-10^9."""
    if value is None:
        return None
    return round(value if -1e9 <= value <= 1e9 else min(max(value, -1e9), 1e9), 6)
