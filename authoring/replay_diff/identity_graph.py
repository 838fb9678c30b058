"""The identities in a log: an anonymous id that later becomes a known customer is replayed with that customer."""

from collections.abc import Iterable

from engine.domain import ids
from engine.domain.events import Event, Outcome
from runtime.replay import Item
from service.identity import joined_key


class IdentityGraph:
    """The `aliased` events of a log: ids to replay together, and ids of one person."""

    def __init__(self, aliased: Iterable[Event] = ()) -> None:
        self._roots: dict[str, str] = {}
        self._persons: dict[str, str] = {}
        for event in aliased:
            key = joined_key(event)
            self._persons.setdefault(key, event.customer)
            one, other = self._root(key), self._root(event.customer)
            self._roots[max(one, other)] = min(one, other)

    def person(self, customer: str) -> str:
        """The key of the known customer that finally owns an anonymous id; else the same key."""
        return self._persons.get(customer, customer)

    def together(self, customer: str) -> str:
        """One key for all ids that must be replayed together."""
        return self._root(customer) if customer in self._roots else customer

    def part(self, customer: str, parts: int) -> int:
        """The part of a customer, out of `parts`."""
        return ids.partition(self.together(customer)) % parts

    def parts_of(self, item: Item, parts: int) -> tuple[int, ...]:
        """The parts of an item. An outcome names only its recommendation, so it may have two."""
        if not isinstance(item, Outcome):
            return (self.part(item.customer, parts),)
        decision = ids.decision_of(item.recommendation_id)
        if decision is None:
            return (0,)
        number = _partition_of(decision)
        moved = {self.part(key, parts) for key in self._roots if ids.partition(key) == number}
        return tuple(sorted({number % parts, *moved}))

    def _root(self, customer: str) -> str:
        while (up := self._roots.get(customer, customer)) != customer:
            customer = up
        return customer


def _partition_of(decision: str) -> int:
    """The id contains its customer's partition; an invented id may contain anything."""
    try:
        return int(decision[2:4], 16)
    except ValueError:
        return 0
