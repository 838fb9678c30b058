"""A feedback table: where the parts of a service's report stand, and what follows from each kind of report."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.rulebook.offers import MARKETING

Pointer = tuple[str, ...]
"""The steps of a JSON pointer; `*` stands for every item of a list."""

ANY: Final = "*"
ALL: Final = "all"
WITHDRAWALS: Final = (MARKETING, ALL)
"""What a report may withdraw on its channel: the consent to marketing, or to everything that needs one."""

IGNORED: Final = {
    "not-final": "The service has not finished with the message: it is queued, or will be tried again.",
    "machine": "A machine opened the message or a link, not the customer.",
    "no-grant": "The customer subscribed again. Consents are only granted by the event `consent_changed`.",
    "no-effect": "It changes nothing for decisions.",
}
"""Why a table ignores a report."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One of the values at `pointer` must be among `accepted`; None: any value that is not empty."""

    pointer: Pointer
    accepted: tuple[str | int | float | bool, ...] | None

    def holds(self, report: object) -> bool:
        found = values_at(report, self.pointer)
        if self.accepted is None:
            return any(value not in (None, "", False) for value in found)
        return any(type(value) is type(one) and value == one for value in found for one in self.accepted)


@dataclass(frozen=True, slots=True)
class Row:
    """What follows from reports of this event that meet the conditions.

    `withdraw`: one of `WITHDRAWALS`. `ignored`: a key of `IGNORED`; then nothing follows. `confirm`: where an address
    stands that a person must open before the service sends reports.
    """

    event: str
    when: tuple[Condition, ...] = ()
    outcome: str | None = None
    remove_address: bool = False
    withdraw: str | None = None
    ignored: str | None = None
    confirm: Pointer | None = None

    @property
    def protects(self) -> bool:
        """Whether it ends messages: if it is lost, the customer gets messages that must not be sent."""
        return self.remove_address or self.withdraw is not None


@dataclass(frozen=True, slots=True)
class Table:
    """The reports of one service. Of several pointers the first with a value counts; those of `id` count together.

    `unwrap`: where the report stands as JSON text inside an envelope. `time_format`: a key of `reports.TIMES`.
    """

    service: str
    channel: str
    event: tuple[Pointer, ...]
    time: tuple[Pointer, ...]
    time_format: str
    customer: tuple[Pointer, ...]
    recommendation: tuple[Pointer, ...]
    rows: tuple[Row, ...]
    id: tuple[Pointer, ...] = ()
    unwrap: Pointer | None = None

    def row_for(self, event: str, report: object) -> Row | None:
        """The first row for this report; None: the table does not know such a report."""
        of_event = (row for row in self.rows if row.event == event)
        return next((row for row in of_event if all(one.holds(report) for one in row.when)), None)


Tables = Mapping[str, Table]
"""By service."""


def values_at(report: object, pointer: Pointer) -> Iterator[Any]:
    """The values at a pointer: none, one, or several where it has a `*`."""
    if not pointer:
        yield report
        return
    step, rest = pointer[0], pointer[1:]
    if isinstance(report, dict):
        if step in report:
            yield from values_at(report[step], rest)
    elif isinstance(report, list):
        if step == ANY:
            for item in report:
                yield from values_at(item, rest)
        elif step.isascii() and step.isdigit() and len(step) < 6 and int(step) < len(report):
            yield from values_at(report[int(step)], rest)


def first_at(report: object, pointers: Sequence[Pointer]) -> tuple[Pointer, Any] | None:
    """The first value that is there, with its pointer."""
    for pointer in pointers:
        for value in values_at(report, pointer):
            if value is not None and value != "":
                return pointer, value
    return None


def shown(pointer: Pointer) -> str:
    """As written: /mail/tags."""
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in pointer)
