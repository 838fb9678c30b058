"""Timers of this process: a heap, because a replay needs the first at each of its events."""

import heapq
from collections.abc import Collection

from engine.domain.ids import partition

_SPARE = 1_000


class DueQueue:
    """Replaced entries stay in the heap until they come up, or until they are most of it."""

    def __init__(self) -> None:
        self._times: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []

    def put(self, customer: str, due: int | None) -> None:
        """Set the customer's timer (ms); None: no timer."""
        if due is None:
            self._times.pop(customer, None)
        elif self._times.get(customer) != due:
            self._times[customer] = due
            heapq.heappush(self._heap, (due, customer))
            if len(self._heap) > 2 * len(self._times) + _SPARE:
                self._heap = [(at, one) for one, at in self._times.items()]
                heapq.heapify(self._heap)

    def first(self, until: int, limit: int, partitions: Collection[int] | None) -> list[tuple[str, int]]:
        """At most `limit` (customer, timer) at or before `until`, earliest first; of these partitions, or of all."""
        if limit == 1 and partitions is None:
            return self._first(until)
        found: list[tuple[int, str]] = []
        others: list[tuple[int, str]] = []
        while self._heap and self._heap[0][0] <= until and len(found) < limit:
            entry = heapq.heappop(self._heap)
            due, customer = entry
            if self._times.get(customer) == due and entry not in found[-1:]:
                wanted = partitions is None or partition(customer) in partitions
                (found if wanted else others).append(entry)
        for entry in (*found, *others):
            heapq.heappush(self._heap, entry)
        return [(customer, due) for due, customer in found]

    def _first(self, until: int) -> list[tuple[str, int]]:
        """The first of all: it can stay where it is."""
        while self._heap and self._heap[0][0] <= until:
            due, customer = self._heap[0]
            if self._times.get(customer) == due:
                return [(customer, due)]
            heapq.heappop(self._heap)
        return []
