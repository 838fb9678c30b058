"""Sampling of example customers across patterns, kinds of change and tiers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from authoring.replay_diff.compare import GAINED, LOST, Compared, Kind

TOLD: Final = 10
ALIKE: Final = 3
"""Maximum number of examples with the same pattern."""

Pattern = frozenset[Kind]
"""The pattern of a customer: actions gained and lost, whatever the channel and frequency. Without any,
all kinds of change."""


class Told(NamedTuple):
    """An example customer, and the number of others with the same changes."""

    one: Compared
    others: int


def pattern_of(one: Compared) -> Pattern:
    """The pattern of a customer: customers with the same one are alike."""
    kinds = one.kinds
    return frozenset(Kind(kind.what, kind.action) for kind in kinds if kind.what in (GAINED, LOST)) or kinds


def _rank(one: Compared) -> tuple[int, str]:
    return (-one.weight, one.customer)


def _tier(one: Compared) -> str:
    return one.tiers[1]


@dataclass(slots=True)
class Candidates:
    """The best few of each kind of change in each tier: bounded, whatever the order of customers.

    `alike`: pattern -> tier (under B, at the end) -> customers.
    """

    best: dict[tuple[Kind, str], list[Compared]] = field(default_factory=dict)
    alike: dict[Pattern, Counter[str]] = field(default_factory=dict)

    def add(self, one: Compared) -> None:
        """Add a customer who is treated differently."""
        self.alike.setdefault(pattern_of(one), Counter())[_tier(one)] += 1
        for kind in one.kinds:
            self._keep((kind, _tier(one)), (one,))

    def join(self, other: "Candidates") -> None:
        """Merge those of other customers."""
        for pattern, tiers in other.alike.items():
            self.alike.setdefault(pattern, Counter()).update(tiers)
        for where, many in other.best.items():
            self._keep(where, many)

    def _keep(self, where: tuple[Kind, str], many: Iterable[Compared]) -> None:
        """The best `ALIKE` of each pattern, and of these the best `TOLD`."""
        seen: Counter[Pattern] = Counter()
        kept: list[Compared] = []
        for one in sorted((*self.best.get(where, ()), *many), key=_rank):
            pattern = pattern_of(one)
            seen[pattern] += 1
            if seen[pattern] <= ALIKE:
                kept.append(one)
        self.best[where] = kept[:TOLD]

    def chosen(self) -> list[Told]:
        """At most `TOLD`, and `ALIKE` per pattern: each pattern's weightiest first, then its second."""
        left = {one.customer: one for many in self.best.values() for one in many}
        choice = _Choice()
        while left and len(choice.found) < TOLD:
            best = min(left.values(), key=choice.order)
            choice.take(best)
            left = {name: one for name, one in left.items() if name != best.customer and choice.may_take(one)}
        return self._with_others(_in_rounds(choice.found))

    def _with_others(self, chosen: list[Compared]) -> list[Told]:
        """A customer similar to several counts with the weightiest of the same tier; else with the weightiest."""
        others: Counter[str] = Counter()
        for pattern in {pattern_of(one): None for one in chosen}:
            alike = [one for one in chosen if pattern_of(one) == pattern]
            for tier, number in self.alike[pattern].items():
                of_tier = [one for one in alike if _tier(one) == tier]
                others[(of_tier or alike)[0].customer] += number - len(of_tier)
        return [Told(one, others[one.customer]) for one in chosen]


def _in_rounds(found: Iterable[Compared]) -> list[Compared]:
    """Alternate between patterns: the first of each, then the second; weightiest first."""
    seen: Counter[Pattern] = Counter()
    rounds: list[tuple[int, Compared]] = []
    for one in sorted(found, key=_rank):
        rounds.append((seen[pattern_of(one)], one))
        seen[pattern_of(one)] += 1
    return [one for _, one in sorted(rounds, key=lambda each: (each[0], *_rank(each[1])))]


@dataclass(slots=True)
class _Choice:
    """The examples chosen so far, and the choice of the next one."""

    found: list[Compared] = field(default_factory=list)
    _whats: set[str] = field(default_factory=set)
    _kinds: set[Kind] = field(default_factory=set)
    _tiers: Counter[str] = field(default_factory=Counter)
    _patterns: Counter[Pattern] = field(default_factory=Counter)

    def order(self, one: Compared) -> tuple[object, ...]:
        """Prefer what no example shows yet, gains and losses above all; then the least covered tier."""
        new = {kind.what for kind in one.kinds} - self._whats
        alike = self._patterns[pattern_of(one)]
        return (-len(new), -len(one.kinds - self._kinds), self._tiers[_tier(one)], alike, *_rank(one))

    def may_take(self, one: Compared) -> bool:
        """Whether this pattern needs more examples."""
        return self._patterns[pattern_of(one)] < ALIKE

    def take(self, one: Compared) -> None:
        """Add this example."""
        self.found.append(one)
        self._whats |= {kind.what for kind in one.kinds}
        self._kinds |= one.kinds
        self._tiers[_tier(one)] += 1
        self._patterns[pattern_of(one)] += 1
