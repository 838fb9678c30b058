"""One customer's recommendations under A and B, side by side. Pure: depends on these two lists alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from authoring.replay_diff.replayer import Given
from engine.domain.times import DAY

GAINED: Final = "gained"
LOST: Final = "lost"
MOVED: Final = "moved"
REWORDED: Final = "reworded"
TIER: Final = "tier"
WEEK: Final = 7 * DAY
NO_CONTACT: Final = "internal"
"""The kind of action that customers never see: a task for staff."""


class Kind(NamedTuple):
    """A kind of change (gained, lost, moved to another time, reworded, or tier) and the action concerned."""

    what: str
    action: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference for a customer. `before` is A's recommendation, `after` B's; one may be None."""

    kind: Kind
    before: Given | None
    after: Given | None

    @property
    def at(self) -> int:
        """When the difference first appears (ms)."""
        return min(given.at for given in (self.before, self.after) if given is not None)

    @property
    def weight(self) -> int:
        """Expected gain of the recommendation gained or lost, in millionths; moved and reworded count a tenth."""
        gains = [abs(given.gain - given.cost) for given in (self.before, self.after) if given is not None]
        return max(gains) if self.kind.what in (GAINED, LOST) else max(gains) // 10


@dataclass(frozen=True, slots=True)
class Compared:
    """A customer under both rulebooks: recommendations, tiers at the end of the log, and all differences."""

    customer: str
    before: tuple[Given, ...]
    after: tuple[Given, ...]
    tiers: tuple[str, str]
    changes: tuple[Change, ...]

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds of change, including a change of tier."""
        tier = {Kind(TIER, *self.tiers)} if self.tiers[0] != self.tiers[1] else set()
        return frozenset({change.kind for change in self.changes} | tier)

    @property
    def weight(self) -> int:
        """The expected gain affected, in millionths of the currency unit."""
        return sum(change.weight for change in self.changes)


def compared(customer: str, before: Sequence[Given], after: Sequence[Given], tiers: tuple[str, str]) -> Compared:
    """Compare one customer. Both lists are in order of time."""
    return Compared(customer, tuple(before), tuple(after), tiers, tuple(_changes(before, after)))


def _changes(before: Sequence[Given], after: Sequence[Given]) -> list[Change]:
    """Pair equal recommendations; match the rest by action and channel, in order of time."""
    here = {given.recommendation_id: given for given in before}
    there = {given.recommendation_id: given for given in after}
    found = [
        Change(Kind(REWORDED, given.action, given.channel), here[name], given)
        for name, given in there.items()
        if name in here and (here[name].form, here[name].channel) != (given.form, given.channel)
    ]
    left = [given for name, given in here.items() if name not in there]
    new = [given for name, given in there.items() if name not in here]
    for action, channel in sorted({(given.action, given.channel) for given in (*left, *new)}):
        gone = [given for given in left if (given.action, given.channel) == (action, channel)]
        came = [given for given in new if (given.action, given.channel) == (action, channel)]
        both = min(len(gone), len(came))
        found += [Change(Kind(MOVED, action, channel), a, b) for a, b in zip(gone, came, strict=False)]
        found += [Change(Kind(LOST, action, channel), given, None) for given in gone[both:]]
        found += [Change(Kind(GAINED, action, channel), None, given) for given in came[both:]]
    return sorted(found, key=lambda change: (change.at, change.kind))


def contacts(given: Sequence[Given]) -> list[Given]:
    """Recommendations the customer sees: all but tasks for staff."""
    return [one for one in given if one.kind != NO_CONTACT]


def busiest_week(given: Sequence[Given]) -> int:
    """Maximum number of recommendations seen by the customer in any seven days."""
    times = [one.at for one in contacts(given)]
    most, first = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= WEEK:
            first += 1
        most = max(most, last - first + 1)
    return most
