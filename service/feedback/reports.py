"""Reads the reports of a service with its table: what happened, when, to which customer and recommendation."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeVar

import orjson

from engine.domain.errors import InvalidInput, Problem
from engine.domain.times import SECOND
from engine.rulebook.shop import Shop
from engine.schemas.base import Refused
from engine.schemas.fields import LATEST, RecommendationId, Time, kind_of
from engine.schemas.nested import Customer, refuse_broken
from service.feedback.table import Pointer, Row, Table, first_at, shown, values_at

T = TypeVar("T")

LONGEST_NAME: Final = 60
"""Characters of an event name that an answer repeats."""
MAX_DEPTH: Final = 32
_CUSTOMER: Final = Customer()
_RECOMMENDATION: Final = RecommendationId()


def _rfc3339(value: object) -> int:
    return Time().read(value)


def _number(unit: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value * unit < LATEST:
            raise Refused("time", f"must be a number of {'seconds' if unit == SECOND else 'milliseconds'} since 1970")
        return round(value * unit)

    return read


TIMES: Final[Mapping[str, Callable[[object], int]]] = {
    "rfc3339": _rfc3339,
    "unix-seconds": _number(SECOND),
    "unix-milliseconds": _number(1),
}
"""The formats of a time, each with what reads it to milliseconds."""


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `row`: what follows, None where the table does not know it. `id` is derived from what identifies it.

    What cannot be read is None, with a warning: a withdrawal counts although another value is wrong. `confirm`: an
    address that a person must open.
    """

    event: str
    row: Row | None
    id: str
    time: int | None
    customer: str | None
    recommendation: str | None
    warnings: tuple[str, ...] = ()
    confirm: str | None = None


def entries_of(body: object, at_most: int) -> Sequence[object]:
    """The reports of a webhook's body: a list, or a single object. InvalidInput for anything else."""
    if isinstance(body, dict):
        return (body,)
    if not isinstance(body, list):
        raise InvalidInput((Problem("", "type", f"must be a report or a list of reports, not {kind_of(body)}"),))
    if len(body) > at_most:
        raise InvalidInput((Problem("", "length", f"must have at most {at_most:,} reports, not {len(body):,}"),))
    return body


def read_report(entry: object, table: Table, shop: Shop, pointer: str = "") -> Report:
    """One report; `pointer`: its place in the body. InvalidInput when it does not name an event."""
    if not isinstance(entry, dict):
        raise InvalidInput((Problem(pointer, "type", f"must be an object, not {kind_of(entry)}"),))
    entry = _unwrapped(entry, table)
    if _is_deeper(entry, MAX_DEPTH):
        raise InvalidInput((Problem(pointer, "depth", f"is nested more than {MAX_DEPTH} levels deep"),))
    event = _event(entry, table, pointer)
    reading = _Reading(entry, pointer)
    row = table.row_for(event, entry)
    return Report(
        event=event[:LONGEST_NAME],
        row=row,
        id=_id(entry, table),
        time=reading.value(table.time, TIMES[table.time_format]),
        customer=reading.value(table.customer, lambda value: _customer(value, shop)),
        recommendation=reading.value(table.recommendation, _RECOMMENDATION.read),
        warnings=tuple(reading.warnings),
        confirm=_confirm(entry, row),
    )


def _unwrapped(entry: dict[str, Any], table: Table) -> dict[str, Any]:
    """The report inside an envelope; the entry itself where there is none."""
    for text in values_at(entry, table.unwrap) if table.unwrap else ():
        try:
            inner = orjson.loads(text) if isinstance(text, str) else None
        except json.JSONDecodeError:
            inner = None
        if isinstance(inner, dict):
            return inner
    return entry


def _is_deeper(value: object, levels: int) -> bool:
    """Whether a value is nested more than this many levels deep."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(one, levels - 1) for one in inner)


def _event(entry: dict[str, Any], table: Table, pointer: str) -> str:
    found = first_at(entry, table.event)
    if found is None:
        where = pointer + shown(table.event[0])
        raise InvalidInput((Problem(where, "required", f"is required: the event of a report of {table.service}"),))
    at, event = found
    if not isinstance(event, str):
        raise InvalidInput((Problem(pointer + shown(at), "type", f"must be a text, not {kind_of(event)}"),))
    return event


def _id(entry: dict[str, Any], table: Table) -> str:
    """From the values that the table names; from all content where none of them is there."""
    values = [list(values_at(entry, pointer)) for pointer in table.id]
    content = values if any(values) else entry
    digest = sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]
    return f"feedback-{table.service}-{digest}"


def _customer(value: object, shop: Shop) -> str:
    key: str = _CUSTOMER.read({"id": str(value) if type(value) is int else value})
    refuse_broken(key, shop, "")
    return key


def _confirm(entry: dict[str, Any], row: Row | None) -> str | None:
    found = first_at(entry, (row.confirm,)) if row is not None and row.confirm else None
    return found[1][:2000] if found is not None and isinstance(found[1], str) else None


class _Reading:
    """The values of one report, and what is wrong with them."""

    def __init__(self, entry: dict[str, Any], pointer: str) -> None:
        self._entry = entry
        self._pointer = pointer
        self.warnings: list[str] = []

    def value(self, pointers: Sequence[Pointer], read: Callable[[object], T]) -> T | None:
        """The value, None where there is none or it is wrong."""
        found = first_at(self._entry, pointers)
        if found is None:
            return None
        try:
            return read(found[1])
        except Refused as refused:
            why = str(refused)
        except InvalidInput as error:
            why = error.problems[0].message
        self.warnings.append(f"{self._pointer}{shown(found[0])}: {why}")
        return None
