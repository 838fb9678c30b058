"""Lines of any source become order events in time order: `order_completed`, and `order_returned` for what came back."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby, islice
from tempfile import TemporaryFile
from typing import IO, Any, Final, NamedTuple

import orjson

from cli.importers.counts import _EVENT_RUN, Dropped, ImportCounts
from cli.importers.tables import Row
from engine.domain.money import Currency
from engine.domain.times import format_rfc3339
from engine.schemas.properties import MAX_LINES, MAX_QUANTITY

# ---- Sorting in bounded memory: sorted runs on disk, merged while they are read ----


RUN: Final = 100_000


def externally_sorted(items: Iterable[tuple[Any, ...]], run: int = RUN) -> Iterator[Sequence[Any]]:
    """The items in order, with at most `run` of them in memory; above that, runs are spilled to temporary files.

    Items are tuples of JSON values that differ in a field they can be ordered by.
    """
    source = iter(items)
    with ExitStack() as files:
        spilled: list[IO[bytes]] = []
        chunk = sorted(islice(source, run))
        while len(chunk) == run:
            file = files.enter_context(TemporaryFile())
            file.writelines(orjson.dumps(tuple(item)) + b"\n" for item in chunk)
            spilled.append(file)
            chunk = sorted(islice(source, run))
        if not spilled:
            yield from chunk
            return
        # JSON gives lists back, and a list does not compare with a tuple
        yield from heapq.merge(*map(_read_back, spilled), [list(item) for item in chunk])


def _read_back(file: IO[bytes]) -> Iterator[list[Any]]:
    file.seek(0)
    return (orjson.loads(line) for line in file)


class Line(NamedTuple):
    """One bought (or returned) item. Sorted as it stands: first by the order it belongs to, then by time and place.

    `amount` and `cost` in minor units, never negative; `number` is the line number in the file, so no two lines are
    equal.
    """

    customer: str
    order: str
    returned: bool
    time: int
    number: int
    quantity: int
    amount: int
    sku: str | None = None
    category: str | None = None
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where lines come from: `name` begins the event ids, so that importing twice gives the same ids."""

    name: str
    currency: Currency
    channel: str | None = None


def parsed(rows: Iterable[Row], counts: ImportCounts, parse: Callable[[Sequence[Any], int], Line]) -> Iterator[Line]:
    """The rows as lines; what `parse` drops is counted under its reason."""
    for number, row in rows:
        counts.read += 1
        try:
            if row is None:
                raise Dropped("missing-columns")
            line = parse(row, number)
        except Dropped as dropped:
            counts.drop(dropped.reason, number)
        else:
            yield line


def events(lines: Iterable[Line], source: Source, counts: ImportCounts) -> Iterator[bytes]:
    """JSON lines of the events, ordered by time, then by id. One event per order; its time is that of its first line.

    Two sorts in bounded memory (see `externally_sorted`): lines by order, then events by time.
    """
    for event in externally_sorted(_grouped(lines, source, counts), _EVENT_RUN):
        counts.events += 1
        yield event[2].encode() + b"\n"


def _grouped(lines: Iterable[Line], source: Source, counts: ImportCounts) -> Iterator[tuple[int, str, str]]:
    customer = None
    for (who, order, returned), group in groupby(externally_sorted(lines), key=_order_of):
        items = [Line(*line) for line in group]
        if who != customer:
            counts.customers += 1
            customer = who
        if not returned and not any(item.amount for item in items):
            counts.notes["orders of amount zero, kept"] += 1
        if not returned and len(items) > MAX_LINES:
            counts.notes[f"orders of more than {MAX_LINES} lines, the rest summed in one"] += 1
        event = _event(source, order, items)
        yield items[0].time, event["id"], orjson.dumps(event).decode()


def _order_of(line: Sequence[Any]) -> tuple[str, str, bool]:
    return line[0], line[1], line[2]


def _event(source: Source, order: str, items: Sequence[Line]) -> dict[str, Any]:
    first = items[0]
    total = source.currency.format(sum(item.amount for item in items))
    properties: dict[str, Any] = {"order_id": order}
    if first.returned:
        properties["amount"] = total
    else:
        properties |= {"total": total, "lines": [_line(source, i, item) for i, item in enumerate(_fitting(items), 1)]}
    event = {
        "id": f"{source.name}-{order}{'-r' if first.returned else ''}",
        "type": "order_returned" if first.returned else "order_completed",
        "time": format_rfc3339(first.time),
        "customer": {"id": first.customer},
        "channel": source.channel,
        "properties": properties,
        "decide": "none",
    }
    return {key: value for key, value in event.items() if value is not None}


def _fitting(items: Sequence[Line]) -> Sequence[Line]:
    """At most as many lines as an event may have: the rest becomes one line without a product."""
    if len(items) <= MAX_LINES:
        return items
    kept, rest = items[: MAX_LINES - 1], items[MAX_LINES - 1 :]
    summed = rest[0]._replace(
        quantity=sum(line.quantity for line in rest),
        amount=sum(line.amount for line in rest),
        sku=None,
        category=None,
        cost=_sum(line.cost for line in rest),
    )
    return [*kept, summed]


def _sum(costs: Iterable[int | None]) -> int | None:
    """None where one of them is not known."""
    known = 0
    for cost in costs:
        if cost is None:
            return None
        known += cost
    return known


def _line(source: Source, number: int, item: Line) -> dict[str, Any]:
    line = {
        "line_id": str(number),
        "sku": item.sku,
        "category": item.category,
        "quantity": min(max(item.quantity, 1), MAX_QUANTITY),
        "amount": source.currency.format(item.amount),
        "cost": None if item.cost is None else source.currency.format(item.cost),
    }
    return {key: value for key, value in line.items() if value is not None}
