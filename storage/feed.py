"""One order over the 256 streams of deliveries: by (milliseconds, partition, sequence), and a cursor into it."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

_CURSOR = re.compile(r"([0-9]{1,15})-([0-9]{1,3})-([0-9]{1,20})")
_LAST_SEQUENCE: Final = 2**64 - 1


class Position(NamedTuple):
    """The place of a delivery in the order of all; compares as that order."""

    ms: int
    partition: int
    sequence: int


class Delivery(NamedTuple):
    """One stored delivery and its place."""

    at: Position
    item: bytes


START: Final = Position(0, 0, 0)


def parse(cursor: str) -> Position:
    """The position a cursor stands for. ValueError when it is not one of ours."""
    parts = _CURSOR.fullmatch(cursor)
    if parts is None:
        raise ValueError("not a cursor of this store")
    position = Position(int(parts[1]), int(parts[2]), int(parts[3]))
    if position.partition > 255 or position.sequence > _LAST_SEQUENCE:
        raise ValueError("not a cursor of this store")
    return position


def text(position: Position) -> str:
    """The cursor of a position, fit for a URL."""
    return f"{position.ms}-{position.partition}-{position.sequence}"


def first_id(after: Position, partition: int) -> str:
    """Where XRANGE begins in the stream of a partition to read what comes after a position."""
    if partition < after.partition:
        return f"{after.ms + 1}-0"
    if partition > after.partition:
        return f"{after.ms}-0"
    return f"({after.ms}-{after.sequence}"


def entries(partition: int, replies: Iterable[tuple[bytes, Any]]) -> list[Delivery]:
    """The deliveries of what XRANGE replied for a partition."""
    found = []
    for stream_id, fields in replies:
        ms, _, sequence = stream_id.partition(b"-")
        found.append(Delivery(Position(int(ms), partition, int(sequence)), fields[b"d"]))
    return found


def merged(streams: Sequence[Sequence[Delivery]], read: int) -> list[Delivery]:
    """The streams in one order, as far as it is certain after reading at most `read` of each.

    A stream that gave `read` deliveries may hold more: what comes after its last one must wait.
    """
    certain = min((stream[-1].at for stream in streams if len(stream) == read), default=None)
    everything = sorted(delivery for stream in streams for delivery in stream)
    return everything if certain is None else [delivery for delivery in everything if delivery.at <= certain]
