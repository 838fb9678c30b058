"""The profile format of a store, the processes that need an older one, and `patron upgrade`."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.live import NEWEST
from service.ports import Store, StoreFormat
from storage import processes
from storage.connection import Connection
from storage.processes import Process


@dataclass(frozen=True, slots=True)
class Standing:
    """`named`: the format that the store names. `against`: reasons against writing `NEWEST`, in sentences."""

    named: StoreFormat
    processes: tuple[Process, ...]
    against: tuple[str, ...]

    @property
    def is_newest(self) -> bool:
        return self.named.number >= NEWEST.number


def standing(store: Store, connection: Connection) -> Standing:
    """The present state of the store. StateUnavailable."""
    found = processes.running(connection)
    connections = processes.older_connections(connection, NEWEST.number)
    against = processes.oldest(found, connections, NEWEST.number)
    return Standing(store.news().format, tuple(found), tuple(against))


def raise_format(store: Store) -> Iterator[int]:
    """Build the index of customers in steps, then name the newest format; yields how many customers a step listed.

    The format comes last, so a store that names it has a complete index. Interrupted, it starts over.
    """
    yield from store.index_customers()
    store.name_format(NEWEST)
