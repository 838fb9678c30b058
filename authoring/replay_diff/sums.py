"""Totals over all customers of a log. Whole numbers only, so order does not matter."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from authoring.replay_diff.compare import (
    GAINED,
    LOST,
    MOVED,
    REWORDED,
    Compared,
    Kind,
    busiest_week,
    compared,
    contacts,
)
from authoring.replay_diff.replayer import Given, Replayed
from authoring.replay_diff.sampling import Candidates

MOST: Final = 6
"""Customers with this many recommendations a week, or more, are counted together."""


class Cell(NamedTuple):
    """The cell of a recommendation: action, channel, and the customer's tier at that time."""

    action: str
    channel: str
    tier: str


@dataclass(slots=True)
class Side:
    """One rulebook's results on a log. Money in millionths of the currency unit, expected, by action."""

    decisions: int = 0
    strays: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    given: Counter[Cell] = field(default_factory=Counter)
    cost: Counter[str] = field(default_factory=Counter)
    gain: Counter[str] = field(default_factory=Counter)
    tiers: Counter[str] = field(default_factory=Counter)
    contacts: int = 0
    weeks: Counter[int] = field(default_factory=Counter)

    def add_replayed(self, replayed: Replayed) -> None:
        """Add the counters of a whole part."""
        self.decisions += replayed.decisions
        self.strays += replayed.strays
        self.refused.update(replayed.refused)

    def add_customer(self, given: Iterable[Given], tier: str) -> None:
        """Add one customer's recommendations and final tier."""
        theirs = list(given)
        for one in theirs:
            self.given[Cell(one.action, one.channel, one.tier)] += 1
            self.cost[one.action] += one.cost
            self.gain[one.action] += one.gain
        self.contacts += len(contacts(theirs))
        self.weeks[min(busiest_week(theirs), MOST)] += 1
        self.tiers[tier] += 1

    def add(self, other: "Side") -> None:
        """Add the results of other customers."""
        self.decisions += other.decisions
        self.strays += other.strays
        self.contacts += other.contacts
        for name in ("refused", "given", "cost", "gain", "tiers", "weeks"):
            getattr(self, name).update(getattr(other, name))


@dataclass(slots=True)
class Sums:
    """The totals of a comparison.

    `changes`: (gained, lost, moved or reworded; cell) -> count; gained and reworded in B's tier, the others in A's.
    `kinds`: kind of change -> customers. `moves`: (tier under A, under B) -> customers, at the end of the log.
    """

    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)
    customers: int = 0
    different: int = 0
    changes: Counter[tuple[str, Cell]] = field(default_factory=Counter)
    kinds: Counter[Kind] = field(default_factory=Counter)
    whats: Counter[str] = field(default_factory=Counter)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    candidates: Candidates = field(default_factory=Candidates)

    def add_customer(self, one: Compared) -> None:
        """Add one customer."""
        self.customers += 1
        self.before.add_customer(one.before, one.tiers[0])
        self.after.add_customer(one.after, one.tiers[1])
        self.moves[one.tiers] += 1
        kinds = one.kinds
        if not kinds:
            return
        self.different += 1
        self.kinds.update(kinds)
        self.whats.update({kind.what for kind in kinds})
        for change in one.changes:
            told = change.before if change.kind.what in (LOST, MOVED) else change.after
            if told is not None:
                self.changes[change.kind.what, Cell(told.action, told.channel, told.tier)] += 1
        self.candidates.add(one)

    def add(self, other: "Sums") -> None:
        """Add the totals of other customers."""
        self.before.add(other.before)
        self.after.add(other.after)
        self.customers += other.customers
        self.different += other.different
        for name in ("changes", "kinds", "whats", "moves"):
            getattr(self, name).update(getattr(other, name))
        self.candidates.join(other.candidates)


WHATS: Final = (GAINED, LOST, MOVED, REWORDED)


def sums_of(before: Replayed, after: Replayed) -> Sums:
    """The customers of a part replayed under both rulebooks."""
    sums = Sums()
    sums.before.add_replayed(before)
    sums.after.add_replayed(after)
    for customer in sorted({*before.tiers, *after.tiers, *before.given, *after.given}):
        tiers = (before.tiers.get(customer, "none"), after.tiers.get(customer, "none"))
        sums.add_customer(compared(customer, before.given.get(customer, ()), after.given.get(customer, ()), tiers))
    return sums
