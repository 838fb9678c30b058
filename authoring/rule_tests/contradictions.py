"""Errors of a rule test whose given facts contradict each other, or the events that the test has."""

from collections.abc import Iterable, Mapping
from typing import Final

from authoring.rule_tests.reading import Reading
from engine.domain.events import Event
from engine.domain.facts import Value
from engine.rulebook.findings import Place
from engine.rulebook.read.fields import Fields

CODE: Final = "contradictory-facts"
ORDERS: Final = "customer.orders"
OF_BUYERS: Final = ("customer.days_since_last_order", "customer.days_since_first_order", "customer.average_order")
"""Facts that only customers with an order have."""
_ORDER: Final = "order_completed"
_UNDOING: Final = ("order_cancelled", "order_returned")


def check_given(reading: Reading, test: Fields, given: Mapping[str, Value], events: Iterable[Event | None]) -> None:
    """`given`: the facts of the test and its persona; `events`: its history, and the event to decide on."""
    orders = given.get(ORDERS)
    if not isinstance(orders, int | float):
        return
    place = _place(test, ORDERS)
    known = _fewest_orders([event for event in events if event is not None])
    if orders < known:
        message = f"{ORDERS} is {orders:g}, but the test has {known} order_completed"
        hint = f"write {known} or more, leave the fact out, or delete the event"
        reading.report.error(CODE, place, message, hint)
    for name in OF_BUYERS if not orders else ():
        if given.get(name) is not None:
            message = f"{ORDERS} is 0, but {name} has a value"
            hint = f"write {name}: unknown, or {ORDERS}: 1 or more"
            reading.report.error(CODE, _place(test, name), message, hint)


def _fewest_orders(events: list[Event]) -> int:
    """The orders that these events leave at least: one that is cancelled or returned may not count."""
    undone = {str(event.properties.get("order_id")) for event in events if event.type in _UNDOING}
    return len({str(event.properties.get("order_id")) for event in events if event.type == _ORDER} - undone)


def _place(test: Fields, fact: str) -> Place:
    return next((entry.key.place for name, entry in test.entries("given") if name == fact), test.place)
