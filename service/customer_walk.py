"""Walks over customers by their index, page by page: a customer who exists throughout is visited once."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from engine.domain.ids import PARTITIONS
from service.ports import Store

PAGE: Final = 100


def walk(store: Store, partitions: Iterable[int] = range(PARTITIONS)) -> Iterator[str]:
    """The customers of these partitions, partition by partition, each in lexical order."""
    for partition in partitions:
        after = ""
        while names := store.customers_of(partition, after, PAGE):
            yield from names
            after = names[-1]


class Upkeep:
    """Reads the index page by page, in rounds: reading a page removes customers whose profile expired."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._partition = 0
        self._after = ""

    def step(self, partitions: Collection[int]) -> None:
        """Read one page, of the next of these partitions."""
        if not partitions:
            return
        partition = min((number for number in partitions if number >= self._partition), default=min(partitions))
        if partition != self._partition:
            self._after = ""
        names = self._store.customers_of(partition, self._after, PAGE)
        is_whole = len(names) < PAGE
        self._partition, self._after = (partition + 1, "") if is_whole else (partition, names[-1])
