"""Which customers to tell of: for each kind of change those with whom most is at stake, then as different as can be."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from runtime.diff.compare import Compared, Kind

TOLD: Final = 10


def _rank(one: Compared) -> tuple[int, str]:
    return (-one.weight, one.customer)


@dataclass(slots=True)
class Candidates:
    """The best few of each kind of change: bounded, and the same in whatever order customers come."""

    best: dict[Kind, list[Compared]] = field(default_factory=dict)

    def add(self, one: Compared) -> None:
        """A customer who is treated differently."""
        for kind in one.kinds:
            self._keep(kind, (one,))

    def join(self, other: "Candidates") -> None:
        """Those of other customers, too."""
        for kind, many in other.best.items():
            self._keep(kind, many)

    def _keep(self, kind: Kind, many: Iterable[Compared]) -> None:
        self.best[kind] = sorted((*self.best.get(kind, ()), *many), key=_rank)[:TOLD]

    def chosen(self) -> list[Compared]:
        """At most `TOLD`: each time who shows most kinds of change that nobody shows yet; of equals the weightiest."""
        left = {one.customer: one for many in self.best.values() for one in many}
        shown: set[Kind] = set()
        found: list[Compared] = []
        while left and len(found) < TOLD:
            best = min(left.values(), key=lambda one: (-len(one.kinds - shown), *_rank(one)))
            found.append(best)
            shown |= best.kinds
            del left[best.customer]
        return sorted(found, key=_rank)
