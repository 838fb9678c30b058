"""A profile as bytes and back: packed orders and ids, the rest as terse JSON. No pickle."""

import dataclasses
import struct
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import accumulate
from types import MappingProxyType
from typing import Any

import orjson

from engine.profile.state import (
    Contact,
    Credit,
    Order,
    Pending,
    Placing,
    Profile,
    Purchases,
    Revisit,
    Shown,
    Trial,
    Wait,
)
from engine.times import SECOND

FORMAT = 2
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


def _bought(p: Purchases, rest: dict[str, Any]) -> list[Any] | None:
    if p.stored is not None:
        stored: list[Any] = p.stored
        return stored
    if not p.updated and not p.orders:
        return None
    sums = [getattr(p, name) for name in _SUMS]
    counts = [round(count, 9) for count in p.counts]
    return [*sums, p.first_time, p.last_time, counts, round(p.spend_decayed, 3), p.updated, _gaps(p.days), rest]


def _body(profile: Profile, rest: dict[str, Any]) -> dict[str, Any]:
    body = {
        "c": profile.customer,
        "f": profile.first_seen,
        "l": profile.last_seen,
        "p": _bought(profile.purchases, rest),
        "ch": profile.channels,
        "so": profile.source if profile.source[0] else None,
        "t": profile.traits,
        "li": profile.links,
        "co": profile.consents,
        "ca": profile.categories,
        "sk": profile.skus,
        "cm": profile.complaints,
        "fr": profile.friends,
        "r": profile.rating if profile.rating[0] else None,
        "d": profile.delivery if profile.delivery[0] else None,
        "n": profile.newest,
        "ta": profile.tallies,
        "cn": profile.counters,
        "h": {action: _contact(c) for action, c in profile.contacts.items()},
        "pe": [_fields(pending) for pending in profile.pending],
        "sh": [_fields(shown) for shown in profile.shown],
        "cr": {order: _fields(credit) for order, credit in profile.credits.items()},
        "tr": {action: _fields(trial) for action, trial in profile.trials.items()},
        "rv": [_fields(revisit) for revisit in profile.revisits],
        "wa": [_fields(wait) for wait in profile.waits],
        "ov": profile.overdue,
        "lo": profile.looked,
        "al": profile.aliases,
        "mi": profile.merged_into,
        "er": profile.erased,
        "o": profile.once,
        "ti": profile.tier if profile.tier != "none" else None,
        "pl": _fields(profile.placing) if profile.placing else None,
    }
    return {key: value for key, value in body.items() if value}


def decode(data: bytes) -> Profile:
    """ValueError when the bytes are not a profile of a format that this version knows."""
    if len(data) < _HEAD.size or data[0] != FORMAT:
        raise ValueError("not a stored profile of a known format")
    _, packed, seen = _HEAD.unpack_from(data)
    start, middle = _HEAD.size, _HEAD.size + packed
    body = orjson.loads(memoryview(data)[middle + seen :])
    fields = {}
    for key, value in body.items():
        name, read = _READERS[key]
        fields[name] = value if read is None else read(value)
    if "purchases" in fields:
        fields["purchases"] = _purchases(fields["purchases"], data[start:middle])
    return _NOBODY.but(seen=data[middle : middle + seen], **fields)


def _pairs(have: dict[str, list[Any]]) -> dict[str, tuple[Any, Any]]:
    return {key: (first, second) for key, (first, second) in have.items()}


def _tuples(have: dict[str, list[Any]]) -> dict[str, tuple[Any, ...]]:
    return {key: tuple(values) for key, values in have.items()}


def _traits(have: dict[str, list[Any]]) -> dict[str, tuple[int, Any]]:
    """Lists come back as the tuples that they were: of two at one moment the greater must win, stored or not."""
    return {name: (at, tuple(value) if isinstance(value, list) else value) for name, (at, value) in have.items()}


def _purchases(fields: list[Any], packed: bytes) -> Purchases:
    first, last, counts, spend_decayed, updated, gaps, rest = fields[len(_SUMS) :]
    named = dict(zip(_SUMS, fields, strict=False))
    bought = Purchases(
        orders=StoredOrders(packed, rest),
        days=tuple(accumulate(gaps)),
        first_time=first,
        last_time=last,
        counts=tuple(counts),
        spend_decayed=spend_decayed,
        updated=updated,
        **named,
    )
    bought.stored = fields
    return bought


def _gaps(days: tuple[int, ...]) -> list[int]:
    return [day - before for before, day in zip((0, *days), days, strict=False)]


def _consents(have: dict[str, Any]) -> dict[str, Any]:
    return {channel: _pairs(purposes) for channel, purposes in have.items()}


def _fields(value: Pending | Placing | Shown | Credit | Trial | Revisit | Wait) -> list[Any]:
    """The fields in their order, without those at the end that have their defaults."""
    written = [getattr(value, name) for name in value.__slots__]
    for default in _DEFAULTS[type(value)]:
        if written[-1] != default:
            break
        written.pop()
    return written


def _contact(contact: Contact) -> list[Any]:
    touches = {channel: _gaps(times) for channel, times in contact.touches.items()}
    written: list[Any] = [touches, contact.outcome, contact.outcome_time]
    return [*written, contact.refusals] if contact.refusals else written


def _contacts(have: dict[str, Any]) -> dict[str, Contact]:
    return {action: _contact_of(*fields) for action, fields in have.items()}


def _contact_of(
    touches: dict[str, list[int]], outcome: str, at: int, refusals: Mapping[str, list[int]] = MappingProxyType({})
) -> Contact:
    return Contact(
        {channel: tuple(accumulate(gaps)) for channel, gaps in touches.items()},
        outcome,
        at,
        {kind: tuple(times) for kind, times in refusals.items()},
    )


def _all_of(kind: type[Any]) -> Callable[[list[Any]], tuple[Any, ...]]:
    return lambda have: tuple(kind(*fields) for fields in have)


def _credits(have: dict[str, list[Any]]) -> dict[str, Credit]:
    return {order: Credit(*fields) for order, fields in have.items()}


def _trials(have: dict[str, list[Any]]) -> dict[str, Trial]:
    return {action: Trial(*fields) for action, fields in have.items()}


def _placed(have: list[Any]) -> Placing:
    return Placing(*have)


_DEFAULTS: Mapping[type, tuple[Any, ...]] = {
    kind: tuple(f.default for f in reversed(dataclasses.fields(kind)) if f.default is not dataclasses.MISSING)
    for kind in (Pending, Placing, Shown, Credit, Trial, Revisit, Wait)
}
"""The defaults of each kind's fields, the last first."""

_NOBODY = Profile("")
_READERS: Mapping[str, tuple[str, Callable[[Any], Any] | None]] = {
    "c": ("customer", None),
    "f": ("first_seen", None),
    "l": ("last_seen", None),
    "p": ("purchases", None),
    "ch": ("channels", None),
    "so": ("source", tuple),
    "t": ("traits", _traits),
    "li": ("links", _pairs),
    "co": ("consents", _consents),
    "ca": ("categories", _pairs),
    "sk": ("skus", _pairs),
    "cm": ("complaints", _pairs),
    "fr": ("friends", _tuples),
    "r": ("rating", tuple),
    "d": ("delivery", tuple),
    "n": ("newest", None),
    "ta": ("tallies", None),
    "cn": ("counters", None),
    "h": ("contacts", _contacts),
    "pe": ("pending", _all_of(Pending)),
    "sh": ("shown", _all_of(Shown)),
    "cr": ("credits", _credits),
    "tr": ("trials", _trials),
    "rv": ("revisits", _all_of(Revisit)),
    "wa": ("waits", _all_of(Wait)),
    "ov": ("overdue", None),
    "lo": ("looked", tuple),
    "al": ("aliases", tuple),
    "mi": ("merged_into", None),
    "er": ("erased", None),
    "o": ("once", None),
    "ti": ("tier", None),
    "pl": ("placing", _placed),
}
"""Key in the stored JSON -> field of the profile, and how it is read; what is absent keeps its default."""
