"""Lines of any source become order events in time order: `order_completed`, and `order_returned` for what came back."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby, islice
from tempfile import TemporaryFile
from typing import IO, Any, Final, NamedTuple

import orjson

from cli.importers.counts import Dropped, ImportCounts
from cli.importers.tables import Row
from engine.domain.money import Currency
from engine.domain.times import format_rfc3339
from engine.schemas.properties import MAX_LINES, MAX_QUANTITY

# ---- Sorting in bounded memory: sorted runs on disk, merged while they are read ----


RUN: Final = 100_000
_EVENT_RUN: Final = 50_000


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
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Where lines come from: `name` begins the event ids, so that importing twice gives the same ids.

    `by_content`: an event id is derived from what the lines say, for logs that are exported again and again. Otherwise
    it is the order's: the orders of a published log are complete.
    """

    name: str
    currency: Currency
    channel: str | None = None
    by_content: bool = False


def parsed(rows: Iterable[Row], counts: ImportCounts, parse: Callable[[Sequence[Any], int], Line]) -> Iterator[Line]:
    """The rows as lines; what `parse` drops is counted under its reason."""
    for number, row in rows:
        counts.read += 1
        try:
            if row is None:
                raise Dropped("missing-columns")
            line = parse(row, number)
        except Dropped as dropped:
            counts.drop(dropped, number)
        else:
            yield line


def events(
    lines: Iterable[Line], source: Source, counts: ImportCounts, *, accept_losses: bool = False
) -> Iterator[bytes]:
    """JSON lines of the events, ordered by time, then by id. The time of an order is that of its first line.

    TooManyLosses before the first event, unless they are accepted.

    Two sorts in bounded memory (see `externally_sorted`): lines by order, then events by time.
    """
    complete = lines if accept_losses else _without_losses(lines, counts)
    for event in externally_sorted(_grouped(complete, source, counts), _EVENT_RUN):
        counts.events += 1
        yield event[2].encode() + b"\n"


def _without_losses(lines: Iterable[Line], counts: ImportCounts) -> Iterator[Line]:
    """All lines are read before the first is used, since they are sorted."""
    yield from lines
    counts.refuse_losses()


def _grouped(lines: Iterable[Line], source: Source, counts: ImportCounts) -> Iterator[tuple[int, str, str]]:
    customer = None
    for (who, _, returned), group in groupby(externally_sorted(lines), key=_order_of):
        if who != customer:
            counts.customers += 1
            customer = who
        for event_id, items in _identified([Line(*line) for line in group], source, counts):
            if not returned and not any(item.amount for item in items):
                counts.notes["orders of amount zero, kept"] += 1
            if not returned and len(items) > MAX_LINES:
                counts.notes[f"orders of more than {MAX_LINES} lines, the rest summed in one"] += 1
            event = _event(source, event_id, items)
            yield items[0].time, event["id"], orjson.dumps(event).decode()


def _identified(items: list[Line], source: Source, counts: ImportCounts) -> Iterator[tuple[str, list[Line]]]:
    """The events in the lines of one order, each with the end of its id.

    By content, a return is an event of its own, as is a line that is `alone`: an order may be returned in several
    parts, and a later export may contain more of them. Equal lines are numbered.
    """
    first = items[0]
    if not source.by_content:
        yield f"{first.order}{'-r' if first.returned else ''}", items
        return
    parts = [[item] for item in items] if first.returned or first.alone else [items]
    seen: Counter[str] = Counter()
    for part in parts:
        content = sorted(repr(_content(item)) for item in part)
        digest = sha256("\0".join(content).encode()).hexdigest()[:20]
        seen[digest] += 1
        number = f"-{seen[digest]}" if seen[digest] > 1 else ""
        numbered = [item._replace(order=f"{item.order}{number}") for item in part] if first.alone else part
        yield f"{digest}{number}{'-r' if first.returned else ''}", numbered
    equal = len(items) - len({_content(item) for item in items})
    if equal:
        counts.notes["lines equal to an earlier line, counted again"] += equal


def _content(line: Line) -> tuple[object, ...]:
    """What makes a line the same in two exports. A shop may revise labels and costs, and exports differ in order."""
    return line.customer, line.order, line.returned, line.time, line.quantity, line.amount, line.sku


def _order_of(line: Sequence[Any]) -> tuple[str, str, bool]:
    return line[0], line[1], line[2]


def _event(source: Source, event_id: str, items: Sequence[Line]) -> dict[str, Any]:
    first = items[0]
    total = source.currency.format(sum(item.amount for item in items))
    properties: dict[str, Any] = {"order_id": first.order}
    if first.returned:
        properties["amount"] = total
    else:
        properties |= {"total": total, "lines": [_line(source, i, item) for i, item in enumerate(_fitting(items), 1)]}
    event = {
        "id": f"{source.name}-{event_id}",
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
