"""Who belongs together in a log: an anonymous id that turns out to be a known customer must be replayed with them."""

from collections.abc import Iterable

from engine.domain import ids
from engine.domain.events import Event, Outcome
from runtime.replay import Item
from service.identity import anonymous_key


class IdentityGraph:
    """The `aliased` events of a log: who is replayed together, and who is one person."""

    def __init__(self, aliased: Iterable[Event] = ()) -> None:
        self._roots: dict[str, str] = {}
        self._persons: dict[str, str] = {}
        for event in aliased:
            key = anonymous_key(event)
            self._persons.setdefault(key, event.customer)
            one, other = self._root(key), self._root(event.customer)
            self._roots[max(one, other)] = min(one, other)

    def person(self, customer: str) -> str:
        """The key of the known customer that an anonymous id belongs to in the end; else the same key."""
        return self._persons.get(customer, customer)

    def together(self, customer: str) -> str:
        """The same key for all who must be replayed together."""
        return self._root(customer) if customer in self._roots else customer

    def part(self, customer: str, parts: int) -> int:
        """In which of so many parts a customer is."""
        return ids.partition(self.together(customer)) % parts

    def parts_of(self, item: Item, parts: int) -> tuple[int, ...]:
        """Where an item belongs. An outcome names its recommendation only: there may be two places to look for it."""
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
    """The partition of its customer is in the id; a made-up id may have anything there."""
    try:
        return int(decision[2:4], 16)
    except ValueError:
        return 0
