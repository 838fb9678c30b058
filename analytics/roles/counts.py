"""Basket counts: per product (or category) and stratum, the number of baskets, and of those with a role's event.

Strata are the month and the size of the basket, so that a product is only compared within both. Memory is
bounded by products and strata, however long the log is.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.roles.log import Basket, Bought, Line

SIZES: Final = (1, 2, 4, 8, 16)
"""Classes of how many different items are in a basket: 1, 2 to 3, 4 to 7, 8 to 15, 16 and more."""
MONTHS: Final = 36
"""The newest months are counted; older ones say little about present sales. They still count as history."""
PAUSE: Final = 28
"""A purchase after a longer pause raises activity. In the first days of a log this is unknown."""
INACTIVITY: Final = 120
"""A purchase after a longer pause (days) brings a customer back."""
AGAIN: Final = 120
"""Days within which an item must be bought again; a purchase with fewer than `PAUSE` days of log after it shows
nothing."""
LEAST: Final = 20
"""Orders of an item below which it gets no score."""
MOST_ITEMS: Final = 20_000
EPOCH: Final = date(1970, 1, 1).toordinal()
_FLUSH: Final = 200_000


@dataclass(frozen=True, slots=True)
class Shape:
    """The scope: `items` are numbers of `Names` in row order; `months`, `weeks` -> numbers from 0.

    Counted are baskets from day `since` on; days after `until` are ignored. `first`: of the log.
    """

    items: tuple[int, ...]
    months: Mapping[int, int]
    weeks: Mapping[int, int]
    first: int
    since: int
    until: int

    def later(self, days: Iterable[int], since: int, until: int) -> "Shape":
        """The same items in another period."""
        return replace(shape_of((), days, self.first, since, until), items=self.items)

    @property
    def strata(self) -> int:
        return max(1, len(self.months)) * len(SIZES)


def shape_of(orders: Sequence[int], days: Iterable[int], first: int, since: int, until: int) -> Shape:
    """The shape for the items that were ordered often enough, in the newest months from `since` to `until`.

    `orders`: how many, by the items' numbers; `days`: those with a purchase; `first`: the log's first day.
    """
    often = [number for number, ordered in enumerate(orders) if ordered >= LEAST]
    often.sort(key=lambda number: (-orders[number], number))
    inside = sorted(day for day in days if since <= day <= until)
    months = sorted({month_of(day) for day in inside})[-MONTHS:]
    weeks = sorted({day // 7 for day in inside if month_of(day) >= months[0]})
    return Shape(tuple(often[:MOST_ITEMS]), _numbered(months), _numbered(weeks), first, since, until)


def _numbered(values: Iterable[int]) -> dict[int, int]:
    return {value: number for number, value in enumerate(values)}


def month_of(day: int) -> int:
    """Months since the year 0, of a UTC day number."""
    then = date.fromordinal(EPOCH + day)
    return then.year * 12 + then.month - 1


class Population:
    """Purchases that one question is asked of: all, and those with each item; how many, and how many with the event."""

    def __init__(self, items: int, strata: int) -> None:
        self.items = np.zeros((items, strata), np.int32)
        self.events = np.zeros((items, strata), np.int32)
        self.all_n = np.zeros(strata, np.int64)
        self.all_events = np.zeros(strata, np.int64)
        self._strata = strata
        self._items, self._events = array("q"), array("q")

    def add(self, stratum: int, rows: Iterable[int], event: bool) -> None:
        """One purchase with the items of these rows."""
        self.all_n[stratum] += 1
        self.all_events[stratum] += event
        places = [row * self._strata + stratum for row in rows]
        self._items.extend(places)
        if event:
            self._events.extend(places)
        if len(self._items) > _FLUSH:
            self.flush()

    def flush(self) -> None:
        for places, counts in ((self._items, self.items), (self._events, self.events)):
            np.add.at(counts.reshape(-1), np.frombuffer(places, np.int64), 1)
        self._items, self._events = array("q"), array("q")

    @property
    def flagged(self) -> int:
        return int(self.all_events.sum())


class Amounts:
    """A sum over lines (margin), per item and stratum, with its squares."""

    def __init__(self, items: int, strata: int) -> None:
        self.counts, self.sums, self.squares = (np.zeros((items, strata)) for _ in range(3))
        self.all_n, self.all_sums = np.zeros(strata), np.zeros(strata)

    def add(self, stratum: int, row: int | None, amount: float) -> None:
        self.all_n[stratum] += 1
        self.all_sums[stratum] += amount
        if row is not None:
            self.counts[row, stratum] += 1
            self.sums[row, stratum] += amount
            self.squares[row, stratum] += amount * amount

    @property
    def means(self) -> NDArray[np.float64]:
        return self.all_sums / np.maximum(self.all_n, 1)


class Counts:
    """The inputs of the five roles, for the items of a shape: products, or categories.

    `new`: is it the first purchase; `revived`: does a later one end a pause; `back`: a longer one; `again`: is
    an item that the customer buys for the first time bought again. `units` per item and week.
    """

    def __init__(self, shape: Shape, key: Callable[[Line], int]) -> None:
        size = len(shape.items), shape.strata
        self.shape = shape
        self.new, self.revived, self.back, self.again = (Population(*size) for _ in range(4))
        self.margin = Amounts(*size)
        self.units = np.zeros((size[0], max(1, len(shape.weeks))))
        self.baskets = np.zeros(size[0], np.int64)
        self.customers, self.purchases = 0, 0
        self._key = key
        self._row = {number: row for row, number in enumerate(shape.items)}

    def count(self, bought: Bought) -> None:
        """One customer's purchases."""
        shape = self.shape
        baskets = [basket for basket in bought.baskets if basket.day <= shape.until]
        days = [basket.day for basket in baskets]
        held = [self._held(basket) for basket in baskets]
        counted = 0
        followed: set[int] = set()
        for place, basket in enumerate(baskets):
            month = shape.months.get(month_of(basket.day))
            if basket.day < shape.since or month is None or not held[place]:
                continue
            stratum = month * len(SIZES) + bisect_right(SIZES, len(held[place])) - 1
            self._when(days, place, stratum, [self._row[item] for item in held[place] if item in self._row])
            self._whether_again(days, place, stratum, held, followed)
            self._how_much(basket, stratum)
            counted += 1
        self.purchases += counted
        self.customers += counted > 0
        self._take_back(bought.returns)

    def flush(self) -> None:
        """Call it when all customers are counted."""
        for population in (self.new, self.revived, self.back, self.again):
            population.flush()

    def _held(self, basket: Basket) -> dict[int, None]:
        """The different items of a basket, in the order of its lines."""
        return dict.fromkeys(item for line in basket.lines if (item := self._key(line)) >= 0)

    def _when(self, days: Sequence[int], place: int, stratum: int, rows: Sequence[int]) -> None:
        day, age = days[place], days[place] - self.shape.first
        if age > PAUSE:
            self.new.add(stratum, rows, place == 0)
        if place and age > PAUSE:
            self.revived.add(stratum, rows, day - days[place - 1] > PAUSE)
        if place and age > INACTIVITY:
            self.back.add(stratum, rows, day - days[place - 1] > INACTIVITY)

    def _whether_again(
        self,
        days: Sequence[int],
        place: int,
        stratum: int,
        held: Sequence[Mapping[int, None]],
        followed: set[int],
    ) -> None:
        if days[place] + PAUSE > self.shape.until:
            return
        end = bisect_right(days, days[place] + AGAIN)
        for item in held[place]:
            if item not in followed:
                followed.add(item)
                again = any(item in later for later in held[place + 1 : end])
                self.again.add(stratum, (self._row[item],) if item in self._row else (), again)

    def _how_much(self, basket: Basket, stratum: int) -> None:
        rows: set[int] = set()
        week = self.shape.weeks[basket.day // 7]
        for line in basket.lines:
            item = self._key(line)
            row = self._row.get(item)
            if line.margin is not None and item >= 0:
                self.margin.add(stratum, row, line.margin)
            if row is not None:
                rows.add(row)
                self.units[row, week] += line.units
        for row in rows:
            self.baskets[row] += 1

    def _take_back(self, returns: Iterable[Basket]) -> None:
        for back in returns:
            week = self.shape.weeks.get(back.day // 7)
            if week is not None and self.shape.since <= back.day <= self.shape.until:
                for line in back.lines:
                    row = self._row.get(self._key(line))
                    if row is not None:
                        self.units[row, week] -= line.units
