"""A profile as bytes and back: packed orders and ids, the rest as terse JSON. No pickle."""

import struct
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import accumulate
from typing import Any

import orjson

from engine.profile.state import Contact, Order, Pending, Placing, Profile, Purchases
from engine.times import SECOND

FORMAT = 1
_HEAD = struct.Struct(">BHH")  # format, bytes of packed orders, bytes of seen ids
_ORDER = struct.Struct(">6sIii")  # digest, seconds, total, margin; the common order
_SUMS = ("order_count", "days_bought", "spend", "margin", "margin_orders", "returns", "returned")
_NO_MARGIN = -(2**31)
_LIMIT = 2**31 - 1


class StoredOrders(Mapping[str, Order]):
    """Orders as they are stored; unpacked when somebody looks at one, which most events do not."""

    def __init__(self, packed: bytes, rest: dict[str, Any]) -> None:
        self.packed = packed
        self.rest = rest

    @cached_property
    def _orders(self) -> dict[str, Order]:
        orders = {
            key.hex(): Order(seconds * SECOND, total, None if margin == _NO_MARGIN else margin)
            for key, seconds, total, margin in _ORDER.iter_unpack(self.packed)
        }
        for key, (time, total, margin, returns, cancelled) in self.rest.items():
            orders[key] = Order(time, total, margin, tuple(tuple(r) for r in returns), cancelled)
        return orders

    def __getitem__(self, key: str) -> Order:
        return self._orders[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._orders)

    def __len__(self) -> int:
        return len(self._orders)


def _packed(orders: Mapping[str, Order]) -> tuple[bytes, dict[str, Any]]:
    """The common orders packed, and the rest (returned, cancelled, very large) for JSON."""
    if isinstance(orders, StoredOrders):
        return orders.packed, orders.rest
    plain, rest = [], {}
    for key, order in orders.items():
        if _is_plain(order):
            assert order.time is not None
            margin = _NO_MARGIN if order.margin is None else order.margin
            plain.append(_ORDER.pack(bytes.fromhex(key), order.time // SECOND, order.total, margin))
        else:
            rest[key] = [order.time, order.total, order.margin, order.returns, order.cancelled]
    return b"".join(plain), rest


def encode(profile: Profile) -> bytes:
    packed, rest = _packed(profile.purchases.orders)
    body = orjson.dumps(_body(profile, rest), option=orjson.OPT_NON_STR_KEYS)
    return _HEAD.pack(FORMAT, len(packed), len(profile.seen)) + packed + profile.seen + body


def _is_plain(order: Order) -> bool:
    return (
        order.time is not None
        and 0 <= order.time // SECOND <= 2**32 - 1
        and order.cancelled is None
        and not order.returns
        and abs(order.total) <= _LIMIT
        and abs(order.margin or 0) <= _LIMIT
    )


def _body(profile: Profile, rest: dict[str, Any]) -> dict[str, Any]:
    p = profile.purchases
    bought = (
        [
            p.order_count,
            p.days_bought,
            p.spend,
            p.margin,
            p.margin_orders,
            p.returns,
            p.returned,
            p.first_time,
            p.last_time,
            [round(count, 9) for count in p.counts],
            round(p.spend_decayed, 3),
            p.updated,
            _gaps(p.days),
            rest,
        ]
        if p.updated or p.orders
        else None
    )
    body = {
        "c": profile.customer,
        "f": profile.first_seen,
        "l": profile.last_seen,
        "p": bought,
        "ch": profile.channels,
        "t": profile.traits,
        "li": profile.links,
        "co": profile.consents,
        "ca": profile.categories,
        "sk": profile.skus,
        "cm": profile.complaints,
        "r": profile.rating if profile.rating[0] else None,
        "d": profile.delivery if profile.delivery[0] else None,
        "n": profile.newest,
        "ta": profile.tallies,
        "cn": {key: [x for pair in buckets.items() for x in pair] for key, buckets in profile.counters.items()},
        "h": {a: [c.last, c.days, c.outcome, c.outcome_time] for a, c in profile.contacts.items()},
        "pe": [
            [x.recommendation_id, x.action, x.rule, x.channel, x.placement, x.decided, x.expires, x.scope]
            for x in profile.pending
        ],
        "o": profile.once,
        "ti": profile.tier if profile.tier != "none" else None,
        "pl": _placing(profile.placing),
    }
    return {key: value for key, value in body.items() if value}


def _placing(placing: Placing | None) -> list[int] | None:
    if placing is None:
        return None
    return [
        placing.score_bin,
        placing.value_bin,
        placing.value,
        placing.days_bought,
        placing.spend,
        placing.margin,
        placing.newcomer,
    ]


def decode(data: bytes) -> Profile:
    """ValueError when the bytes are not a profile of a format that this version knows."""
    if len(data) < _HEAD.size or data[0] != FORMAT:
        raise ValueError("not a stored profile of a known format")
    _, packed, seen = _HEAD.unpack_from(data)
    start, middle = _HEAD.size, _HEAD.size + packed
    body = orjson.loads(memoryview(data)[middle + seen :])
    return Profile(
        customer=body["c"],
        first_seen=body.get("f"),
        last_seen=body.get("l"),
        purchases=_purchases(body.get("p"), data[start:middle]),
        channels=body.get("ch", {}),
        traits=_traits(body.get("t", {})),
        links=_pairs(body.get("li", {})),
        consents={channel: _pairs(purposes) for channel, purposes in body.get("co", {}).items()},
        categories=_pairs(body.get("ca", {})),
        skus=_pairs(body.get("sk", {})),
        complaints=_pairs(body.get("cm", {})),
        rating=tuple(body.get("r", (0, 0))),
        delivery=tuple(body.get("d", (0, ""))),
        newest=body.get("n", {}),
        tallies=body.get("ta", {}),
        counters={key: dict(zip(flat[::2], flat[1::2], strict=True)) for key, flat in body.get("cn", {}).items()},
        contacts={a: Contact(last, tuple(days), out, at) for a, (last, days, out, at) in body.get("h", {}).items()},
        pending=tuple(Pending(*fields) for fields in body.get("pe", ())),
        once=body.get("o", {}),
        seen=data[middle : middle + seen],
        tier=body.get("ti", "none"),
        placing=Placing(*body["pl"]) if "pl" in body else None,
    )


def _pairs(have: dict[str, list[Any]]) -> dict[str, tuple[Any, Any]]:
    return {key: (first, second) for key, (first, second) in have.items()}


def _traits(have: dict[str, list[Any]]) -> dict[str, tuple[int, Any]]:
    """Lists come back as the tuples that they were: of two at one moment the greater must win, stored or not."""
    return {name: (at, tuple(value) if isinstance(value, list) else value) for name, (at, value) in have.items()}


def _purchases(fields: list[Any] | None, packed: bytes) -> Purchases:
    if fields is None:
        return Purchases()
    first, last, counts, spend_decayed, updated, gaps, rest = fields[len(_SUMS) :]
    named = dict(zip(_SUMS, fields, strict=False))
    return Purchases(
        orders=StoredOrders(packed, rest),
        days=tuple(accumulate(gaps)),
        first_time=first,
        last_time=last,
        counts=tuple(counts),
        spend_decayed=spend_decayed,
        updated=updated,
        **named,
    )


def _gaps(days: tuple[int, ...]) -> list[int]:
    return [day - before for before, day in zip((0, *days), days, strict=False)]
