"""The remembered orders in stored form: the common ones packed, the rest (returned, cancelled, very large) as JSON.

They are unpacked only when all of them are read, which most events do not need.
"""

import struct
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from engine.domain.profile.state import ORDERS_KEPT, Order
from engine.domain.times import SECOND

_ORDER = struct.Struct(">6sIii")  # digest, seconds, total, margin; the common order
_NO_MARGIN = -(2**31)
_LIMIT = 2**31 - 1


class StoredOrders(Mapping[str, Order]):
    """Digest of an order (hex) -> the order. A value: `remember` makes another."""

    def __init__(self, packed: bytes, rest: Mapping[str, Any]) -> None:
        self.packed = packed
        self.rest = rest

    @cached_property
    def _orders(self) -> dict[str, Order]:
        orders = {key.hex(): _plain(*fields) for key, *fields in _ORDER.iter_unpack(self.packed)}
        return orders | {key: _other(*fields) for key, fields in self.rest.items()}

    def get(self, key: str, default: Any = None, /) -> Any:
        """The order, or the default: found without unpacking the others."""
        if key in self.rest:
            return _other(*self.rest[key])
        at = self._find(key)
        return default if at < 0 else _plain(*_ORDER.unpack_from(self.packed, at)[1:])

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
    packed = [_pack(key, order) for key, order in orders.items() if _is_plain(order)]
    rest = {
        key: [order.time, order.total, order.margin, order.returns, order.cancelled]
        for key, order in orders.items()
        if not _is_plain(order)
    }
    return StoredOrders(b"".join(packed), rest)


def remember(orders: Mapping[str, Order], key: str, order: Order) -> StoredOrders:
    """With this one; beyond `ORDERS_KEPT` the oldest is dropped."""
    known = stored(orders)
    if _is_plain(order) and len(known) < ORDERS_KEPT and key not in known:
        return StoredOrders(known.packed + _pack(key, order), known.rest)
    kept = {**known, key: order}
    if len(kept) > ORDERS_KEPT:
        del kept[min(kept, key=lambda k: (kept[k].newest, k))]
    return stored(kept)


def _plain(seconds: int, total: int, margin: int) -> Order:
    return Order(seconds * SECOND, total, None if margin == _NO_MARGIN else margin)


def _other(time: int | None, total: int, margin: int | None, returns: Any, cancelled: int | None) -> Order:
    return Order(time, total, margin, tuple(map(tuple, returns)), cancelled)


def _pack(key: str, order: Order) -> bytes:
    margin = _NO_MARGIN if order.margin is None else order.margin
    return _ORDER.pack(bytes.fromhex(key), (order.time or 0) // SECOND, order.total, margin)


def _is_plain(order: Order) -> bool:
    return (
        order.time is not None
        and 0 <= order.time // SECOND <= 2**32 - 1
        and order.cancelled is None
        and not order.returns
        and abs(order.total) <= _LIMIT
        and abs(order.margin or 0) <= _LIMIT
    )
