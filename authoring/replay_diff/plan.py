"""The first pass over a log: assigns customers to partitions and computes the clocks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from authoring.replay_diff.identity_graph import IdentityGraph
from authoring.replay_diff.partitions import Latest, LogEntry, Part
from engine.domain.events import NONE, DecisionRequest, Event
from engine.rulebook.model import Recommend, Rulebook
from engine.rulebook.reference import MATCHED_STATUSES
from runtime.replay import Item, time_of

MOST_PARTS: Final = 256
"""One for each partition of customers."""
BYTES_PER_PART: Final = 250_000


@dataclass(slots=True)
class Counted:
    """Contents of a log: items, decided items, first and last time (ms). `repeats`: see `Planner`."""

    items: int = 0
    decided: int = 0
    first: int | None = None
    last: int | None = None
    repeats: int = 0

    def count(self, item: Item) -> None:
        """Count one item."""
        self.items += 1
        self.decided += isinstance(item, DecisionRequest) or (isinstance(item, Event) and item.decide != NONE)
        time = time_of(item)
        if time is not None:
            self.first = time if self.first is None else min(self.first, time)
            self.last = time if self.last is None else max(self.last, time)


@dataclass(frozen=True, slots=True)
class Plan:
    """A partitioned log. `began`: its clock at the first line.

    `in_sequence`: why customers cannot be replayed separately, as sentences; empty where they can. Then `whole`
    has all items in order for the snapshots, and the others have one partition each. `same_tiers`: the
    snapshots of A are also those of B.
    """

    parts: tuple[Path, ...]
    whole: Path
    identities: IdentityGraph
    began: int
    counted: Counted
    same_tiers: bool
    in_sequence: tuple[str, ...]


def parts_for(size: int) -> int:
    """The number of partitions for a log of this many bytes, independent of the number of processors."""
    return min(MOST_PARTS, 1 + size // BYTES_PER_PART)


def why_in_sequence(before: Rulebook, after: Rulebook) -> tuple[str, ...]:
    """What customers share under either rulebook; each reason once."""
    return tuple(dict.fromkeys((*shared_by_customers(before), *shared_by_customers(after))))


@dataclass(slots=True)
class Planner:
    """Partitions the items of a log.

    An outcome names no customer, so it may be in several partitions: at most one knows it, the others count
    a stray. `counted.repeats` is the number of surplus strays.
    """

    folder: Path
    identities: IdentityGraph
    parts: int
    _counted: Counted = field(default_factory=Counted)

    def plan(self, items: Iterable[Item], before: Rulebook, after: Rulebook) -> Plan:
        """Read all items once. Reading errors propagate."""
        reasons = why_in_sequence(before, after)
        whole = Part(self.folder / "whole")
        parts = [] if reasons else [Part(self.folder / f"part-{index:03}") for index in range(self.parts)]
        began = self._write(items, whole, parts)
        return Plan(
            parts=tuple(part.path for part in parts),
            whole=whole.path,
            identities=self.identities,
            began=began,
            counted=self._counted,
            same_tiers=before.tiers == after.tiers,
            in_sequence=reasons,
        )

    def _write(self, items: Iterable[Item], whole: Part, parts: list[Part]) -> int:
        """Write all items to `whole` and to their partitions; return the clock at the first."""
        clock, began = 0, None
        latest, seen = Latest(), [0] * len(parts)
        for line, item in enumerate(items, 1):
            self._counted.count(item)
            time = time_of(item)
            clock = max(clock, time or clock)
            began = clock if began is None else began
            whole.add(LogEntry(time, clock, item))
            if time is not None:
                latest.add(line, time)
            where = self.identities.parts_of(item, len(parts)) if parts else ()
            self._counted.repeats += max(0, len(where) - 1)
            for index in where:
                parts[index].add(LogEntry(latest.since(seen[index]), clock, item))
                seen[index] = line
        for part, last in zip(parts, seen, strict=True):
            part.add(LogEntry(latest.since(last), clock, None))
        for part in (whole, *parts):
            part.flush()
        return began or 0


# ---- State shared by customers under a rulebook: decisions depend on those of others, so order matters ----


def shared_by_customers(book: Rulebook) -> list[str]:
    """Why customers of this rulebook cannot be replayed separately, as sentences; empty where they can.

    Tiers do not count: their cut-offs depend on events alone and are computed beforehand. Nor does a holdout.
    """
    return [*_learned(book), *_limited(book)]


def _learned(book: Rulebook) -> Iterator[str]:
    if book.arbitration.learning is not None and "propensity" in book.arbitration.factors:
        yield "arbitration.yaml has `learning`: propensities are measured on earlier outcomes of all customers"


def _limited(book: Rulebook) -> Iterator[str]:
    recommended = {
        rule.then.action
        for rule in book.rules.values()
        if rule.status in MATCHED_STATUSES and isinstance(rule.then, Recommend)
    }
    limited = sorted(action for action in recommended if book.actions[action].limited)
    if limited:
        shown = ", ".join(limited[:5]) + (f" and {len(limited) - 5} more" if len(limited) > 5 else "")
        yield f"a total limit, a budget or a stock is shared by all customers: {shown}"
