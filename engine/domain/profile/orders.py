"""A customer's orders in stored form: plain ones packed, the rest (returned, cancelled, corrected, foreign) as JSON.

The newest `ORDERS_KEPT` are part of the profile. Older ones, up to `OLDER_KEPT`, have a key of their own in the store,
which is read only when an event needs them (`OlderOrdersNeeded`), and written in the same commit as the profile.
Orders are unpacked only when all of them are read, which most events do not need.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import orjson

from engine.domain.errors import UnreadableState
from engine.domain.profile.order import Line, Order, Return
from engine.domain.times import SECOND

_ORDER = struct.Struct(">6sIii")  # digest, seconds, total, margin; the common order
_NO_MARGIN = -(2**31)
_LIMIT = 2**31 - 1
_LINE = struct.Struct(">HBH")  # digest of the line id; amount: its upper byte, and the rest
_MOST_LINES: Final = 255
_MOST_OF_LINE: Final = 2**24 - 1
_FORMAT: Final = 1
_HEAD: Final = struct.Struct(">BII")  # format, bytes of packed orders, bytes of their lines


class OlderOrdersNeeded(Exception):
    """An event concerns orders that are not part of the profile: read them, and apply it again.

    `service.change.run` and `service.batches` do that; whoever applies events to stored profiles must, too.
    """


class StoredOrders(Mapping[str, Order]):
    """Digest of an order (hex) -> the order. A value: `with_order` makes another.

    `lines`: for each packed order the number of lines that are kept of it, and those; nothing where none has any.
    """

    def __init__(self, packed: bytes, rest: Mapping[str, Any], lines: bytes = b"") -> None:
        self.packed = packed
        self.rest = rest
        self.lines = lines

    @cached_property
    def _orders(self) -> dict[str, Order]:
        unpacked = zip(_ORDER.iter_unpack(self.packed), self._lines, strict=True)
        orders = {key.hex(): _plain(fields, lines) for (key, *fields), lines in unpacked}
        return orders | {key: _other(*fields) for key, fields in self.rest.items()}

    @cached_property
    def _lines(self) -> list[tuple[Line, ...]]:
        """Of each packed order."""
        if not self.lines:
            return [()] * (len(self.packed) // _ORDER.size)
        found, at = [], 0
        while at < len(self.lines):
            found.append(_lines_at(self.lines, at))
            at += 1 + self.lines[at] * _LINE.size
        count = len(self.packed) // _ORDER.size
        return found if len(found) == count else [()] * count  # a version that knows no lines changed the orders

    def get(self, key: str, default: Any = None, /) -> Any:
        """The order, or the default: found without unpacking the others."""
        if key in self.rest:
            return _other(*self.rest[key])
        at = self._find(key)
        if at < 0:
            return default
        lines = self._lines_of(at // _ORDER.size) if self.lines else ()
        return _plain(_ORDER.unpack_from(self.packed, at)[1:], lines)

    def _lines_of(self, number: int) -> tuple[Line, ...]:
        """Of one packed order, without reading those of the others."""
        at = 0
        for _ in range(number):
            at += 1 + self.lines[at : at + 1].ljust(1, b"\0")[0] * _LINE.size
        return _lines_at(self.lines, at) if at < len(self.lines) else ()

    def __getitem__(self, key: str) -> Order:
        return self._orders[key]

    def __contains__(self, key: object) -> bool:
        return key in self.rest or self._find(str(key)) >= 0

    def __iter__(self) -> Iterator[str]:
        return iter(self._orders)

    def __len__(self) -> int:
        return len(self.packed) // _ORDER.size + len(self.rest)

    def _find(self, key: str) -> int:
        """Its packed position; -1: none."""
        digest = bytes.fromhex(key)
        at = self.packed.find(digest)
        while at >= 0 and at % _ORDER.size:
            at = self.packed.find(digest, at + 1)
        return at


def stored(orders: Mapping[str, Order]) -> StoredOrders:
    """These orders in stored form."""
    if isinstance(orders, StoredOrders):
        return orders
    plain = {key: order for key, order in orders.items() if _is_plain(order)}
    rest = {key: _fields(order) for key, order in orders.items() if key not in plain}
    packed = b"".join([_pack(key, order) for key, order in plain.items()])
    has_lines = any(order.lines for order in plain.values())
    return StoredOrders(packed, rest, b"".join(map(_pack_lines, plain.values())) if has_lines else b"")


def with_order(orders: Mapping[str, Order], key: str, order: Order) -> StoredOrders:
    """With this one, new or changed."""
    known = stored(orders)
    if key not in known and _is_plain(order):
        lines = known.lines
        if lines or order.lines:
            lines = (lines or bytes(len(known.packed) // _ORDER.size)) + _pack_lines(order)
        return StoredOrders(known.packed + _pack(key, order), known.rest, lines)
    return stored({**known, key: order})


def pack_older(orders: Mapping[str, Order]) -> bytes:
    """Older orders as stored under their own key; nothing for none."""
    if not orders:
        return b""
    found = stored(orders)
    return (
        _HEAD.pack(_FORMAT, len(found.packed), len(found.lines)) + found.packed + found.lines + orjson.dumps(found.rest)
    )


def unpack_older(data: bytes) -> StoredOrders:
    """UnreadableState when the bytes are no older orders of a format that this version reads. No bytes: none."""
    if not data:
        return StoredOrders(b"", {})
    try:
        number, packed, lines = _HEAD.unpack_from(data)
        if number == _FORMAT:
            middle, end = _HEAD.size + packed, _HEAD.size + packed + lines
            return StoredOrders(data[_HEAD.size : middle], orjson.loads(data[end:]), data[middle:end])
    except (struct.error, orjson.JSONDecodeError):
        pass
    raise UnreadableState("the customer's older orders are damaged, or of a newer version")


def _plain(fields: Sequence[int], lines: tuple[Line, ...]) -> Order:
    seconds, total, margin = fields
    return Order(seconds * SECOND, total, None if margin == _NO_MARGIN else margin, lines=lines)


def _pack(key: str, order: Order) -> bytes:
    margin = _NO_MARGIN if order.margin is None else order.margin
    return _ORDER.pack(bytes.fromhex(key), (order.time or 0) // SECOND, order.total, margin)


def _pack_lines(order: Order) -> bytes:
    lines = [_LINE.pack(line, amount >> 16, amount & 0xFFFF) for line, amount in order.lines]
    return bytes((len(lines),)) + b"".join(lines)


def _lines_at(packed: bytes, at: int) -> tuple[Line, ...]:
    lines = packed[at + 1 : at + 1 + packed[at] * _LINE.size]
    return tuple([(line, upper << 16 | rest) for line, upper, rest in _LINE.iter_unpack(lines)])


def _is_plain(order: Order) -> bool:
    return (
        order.time is not None
        and 0 <= order.time // SECOND <= 2**32 - 1
        and order.cancelled is None
        and not order.returns
        and not order.version
        and order.sent is None
        and order.placed
        and abs(order.total) <= _LIMIT
        and abs(order.margin or 0) <= _LIMIT
        and len(order.lines) <= _MOST_LINES
        and all(0 <= amount <= _MOST_OF_LINE for _, amount in order.lines)
    )


def _fields(order: Order) -> list[Any]:
    """An order that is not plain, as JSON; without trailing fields that have their defaults."""
    returns = [_cut([*one], _RETURN) for one in order.returns]
    fields: list[Any] = [order.time, order.total, order.margin, returns, order.cancelled]
    return _cut([*fields, order.version, order.lines, order.sent, order.placed], _DEFAULTS)


_DEFAULTS: Final[tuple[Any, ...]] = (..., ..., ..., ..., ..., 0, (), None, True)
_RETURN: Final[tuple[Any, ...]] = (..., ..., ..., (), None)


def _cut(fields: list[Any], defaults: tuple[Any, ...]) -> list[Any]:
    while fields and fields[-1] == defaults[len(fields) - 1]:
        fields.pop()
    return fields


def _other(*fields: Any) -> Order:
    time, total, margin, returns, cancelled, version, lines, sent, placed = (*fields, *_DEFAULTS[len(fields) :])
    back = tuple([_return(*one) for one in returns])
    return Order(time, total, margin, back, cancelled, version, tuple(map(tuple, lines)), sent and tuple(sent), placed)


def _return(time: int, amount: int, margin: int, lines: Any = (), sent: Any = None) -> Return:
    return Return(time, amount, margin, tuple(map(tuple, lines)), sent and tuple(sent))
