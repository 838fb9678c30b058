"""From events to what each customer bought on each day: rows that can be sorted anywhere, then baskets.

A basket is all that a customer bought on one day of the shop's zone. Cancelled orders and repeated reports of one order
are left out, and so are visitors never named. Kept while events are read: the names of products and categories, how
often each was ordered, the months, and who an anonymous visitor turned out to be.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final, NamedTuple

from analytics.unsupported import Unsupported
from engine.domain.calendar import Days
from engine.domain.events import Event, customer_key, is_anonymous

MOST_NAMES: Final = 200_000
"""Maximum products of a log. More are not products but numbers of orders or pieces."""

Row = tuple[str, int, int, str, str, list[list[Any]]]
"""(customer, day, running number, what, order, lines): "order", "cancel" or "return". Sorts by customer and day."""


class Line(NamedTuple):
    """Of one product in a basket or a return. `product` and `category` are numbers of `Names`, -1: not said.

    `margin` in minor units, None where the cost is not known.
    """

    product: int
    category: int
    units: int
    amount: int
    margin: int | None


@dataclass(frozen=True, slots=True)
class Basket:
    day: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Bought:
    """All baskets of one customer by day, one per day; and what came back by day."""

    baskets: tuple[Basket, ...]
    returns: tuple[Basket, ...] = ()


class Names:
    """Numbers for names, in the order in which they come, and in how many orders each was."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.orders: list[int] = []

    def number(self, name: str | None) -> int:
        if name is None:
            return -1
        number = self.numbers.get(name)
        if number is None:
            if len(self.orders) == MOST_NAMES:
                raise Unsupported(f"the log names more than {MOST_NAMES:,} products")
            number = self.numbers[name] = len(self.orders)
            self.orders.append(0)
        return number

    def ordered(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            if number >= 0:
                self.orders[number] += 1


@dataclass(slots=True)
class Seen:
    """The summary of a log. Days are numbers; `first` > `last`: no event yet."""

    products: Names = field(default_factory=Names)
    categories: Names = field(default_factory=Names)
    owners: dict[str, str] = field(default_factory=dict)
    first: int = 10**9
    last: int = -1
    days: set[int] = field(default_factory=set)
    lines: int = 0
    costed: int = 0

    def rows(self, events: Iterable[Event], days: Days) -> Iterator[Row]:
        """What the events say about purchases, to be sorted; whatever else happened only moves `first` and `last`."""
        for number, event in enumerate(events):
            day = days.of(event.time)
            self.first, self.last = min(self.first, day), max(self.last, day)
            if event.type == "aliased":
                self.owners[customer_key(anonymous_id=event.properties["anonymous_id"])] = event.customer
            elif event.type in _KINDS:
                kind, order = _KINDS[event.type], str(event.properties["order_id"])
                lines = self._lines(event.properties.get("lines", ()), kind == "order")
                if kind == "order":
                    self.days.add(day)
                yield event.customer, day, number, kind, order, lines

    def _lines(self, lines: Iterable[Mapping[str, Any]], ordered: bool) -> list[list[Any]]:
        found = []
        for line in lines:
            cost = line.get("cost")
            margin = None if cost is None else line["amount"] - cost
            product, category = self.products.number(line.get("sku")), self.categories.number(line.get("category"))
            found.append([product, category, line["quantity"], line["amount"], margin])
            if ordered and product >= 0:
                self.lines += 1
                self.costed += margin is not None
        if ordered:
            self.products.ordered({line[0] for line in found})
            self.categories.ordered({line[1] for line in found})
        return found


_KINDS: Final = {"order_completed": "order", "order_cancelled": "cancel", "order_returned": "return"}


def by_customer(rows: Iterable[Any], owners: Mapping[str, str]) -> Iterator[Bought]:
    """Each customer's purchases, from rows that are sorted. Anonymous customers sort first: theirs are kept until
    their owner comes, and dropped where there is none."""
    waiting: dict[str, list[Any]] = {}
    for customer, group in groupby(rows, key=lambda row: row[0]):
        if is_anonymous(customer):
            if customer in owners:
                waiting.setdefault(owners[customer], []).extend(group)
            continue
        yield _bought([*waiting.pop(customer, ()), *group])
    for rest in waiting.values():
        yield _bought(rest)


def _bought(rows: list[Any]) -> Bought:
    rows.sort(key=lambda row: (row[1], row[2]))
    cancelled = {row[4] for row in rows if row[3] == "cancel"}
    orders: set[str] = set()
    baskets: dict[int, list[Line]] = {}
    returns: dict[int, list[Line]] = {}
    for _, day, _, kind, order, lines in rows:
        if order in cancelled or kind == "cancel" or (kind == "order" and order in orders):
            continue
        if kind == "order":
            orders.add(order)
        into = baskets if kind == "order" else returns
        into.setdefault(day, []).extend(Line(*line) for line in lines)
    return Bought(_in_order(baskets), _in_order(returns))


def _in_order(by_day: Mapping[int, list[Line]]) -> tuple[Basket, ...]:
    return tuple(Basket(day, tuple(lines)) for day, lines in sorted(by_day.items()))
