"""Are the roles stable? Lists made from the first half of a log are checked in its second half."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.roles.counts import Counts, shape_of
from analytics.roles.log import Bought, Line, Seen
from analytics.roles.measure import check
from analytics.roles.odds import Ratios
from analytics.roles.scores import Period, by_category, by_product, listed, refusals, score
from analytics.unsupported import Unsupported
from engine.rulebook.offers import RoleThreshold

FEWEST_LATER: Final = 10
"""Purchases of the second half below which an item cannot be checked there."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Of one role: the items on the list of the first half, those sold often enough in the second
    half to be checked, and those that still have a score above 1 there. `refused`: why there is no list."""

    role: str
    listed: int = 0
    judged: int = 0
    kept: int = 0
    refused: str | None = None

    @property
    def share(self) -> float | None:
        return self.kept / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class Held:
    """Whether the roles of a log's first half held in its second, which begins with the day `split`."""

    period: Period
    split: int
    products: tuple[Kept, ...]
    categories: tuple[Kept, ...]


def kept(customers: Sequence[Bought], seen: Seen, split: int, thresholds: Mapping[str, RoleThreshold]) -> Held:
    """`split` is the first day of the second half. Unsupported, with the reason, when there is nothing to compare."""
    if not seen.first < split <= seen.last:
        raise Unsupported("nothing happened before the split, or nothing after it")
    check(seen, customers)
    period = Period(seen.first, seen.last, seen.lines, seen.costed)
    of_categories = _kept(customers, period, split, thresholds, by_category) if seen.categories.numbers else ()
    return Held(period, split, tuple(_kept(customers, period, split, thresholds, by_product)), tuple(of_categories))


def _kept(
    customers: Sequence[Bought],
    period: Period,
    split: int,
    thresholds: Mapping[str, RoleThreshold],
    key: Callable[[Line], int],
) -> Iterator[Kept]:
    """Per role. The lists use nothing after the split."""
    orders = Counter(key(line) for bought in customers for b in bought.baskets if b.day < split for line in b.lines)
    orders.pop(-1, None)
    ordered = [orders[number] for number in range(max(orders, default=-1) + 1)]
    days = sorted({basket.day for bought in customers for basket in bought.baskets})
    shape = shape_of(ordered, days, period.first, period.first, split - 1)
    early = _counted(customers, Counts(shape, key))
    later = _counted(customers, Counts(shape.later(days, split, period.last), key))
    before, after = score(early), score(later)
    refused = refusals(early, before, period)
    for role, of in before.items():
        if role in refused:
            yield Kept(role, refused=refused[role])
        else:
            threshold = thresholds.get(role, RoleThreshold())
            yield _compared(role, of, after[role], later.baskets, threshold)


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
