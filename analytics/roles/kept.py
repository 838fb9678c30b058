"""Do the roles hold? Lists made from the first half of a log, looked at again in its second half."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.roles.counts import Counts, shape_of
from analytics.roles.log import Bought, Line
from analytics.roles.odds import Ratios
from analytics.roles.scores import Period, listed, refusals, score
from engine.rulebook.offers import RoleThreshold

FEWEST_LATER: Final = 10
"""Purchases of the second half below which nothing can be said about an item there."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Of one role: the items on the list of the first half, those of them that were sold often enough in the second
    half to be looked at, and those that still have a score above 1 there. `refused`: why there is no list."""

    role: str
    listed: int = 0
    judged: int = 0
    kept: int = 0
    refused: str | None = None

    @property
    def share(self) -> float | None:
        return self.kept / self.judged if self.judged else None


def kept(
    customers: Sequence[Bought],
    period: Period,
    split: int,
    thresholds: Mapping[str, RoleThreshold],
    key: Callable[[Line], int],
) -> list[Kept]:
    """Per role, with `split` the first day of the second half. The lists know nothing of what came after."""
    orders = Counter(key(line) for bought in customers for b in bought.baskets if b.day < split for line in b.lines)
    orders.pop(-1, None)
    ordered = [orders[number] for number in range(max(orders, default=-1) + 1)]
    days = sorted({basket.day for bought in customers for basket in bought.baskets})
    shape = shape_of(ordered, days, period.first, period.first, split - 1)
    early = _counted(customers, Counts(shape, key))
    later = _counted(customers, Counts(shape.later(days, split, period.last), key))
    before, after = score(early), score(later)
    refused = refusals(early, before, period)
    return [
        Kept(role, refused=refused[role])
        if role in refused
        else _compared(role, before[role], after[role], later.baskets, threshold)
        for role, threshold in thresholds.items()
    ]


def _counted(customers: Sequence[Bought], counts: Counts) -> Counts:
    for bought in customers:
        counts.count(bought)
    counts.flush()
    return counts


def _compared(role: str, before: Ratios, after: Ratios, sold: NDArray[np.int64], threshold: RoleThreshold) -> Kept:
    have = listed(before, threshold)
    judged = have & (sold >= FEWEST_LATER)
    still = judged & (np.nan_to_num(after.score) > 1)
    return Kept(role, int(have.sum()), int(judged.sum()), int(still.sum()))
