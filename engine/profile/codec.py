"""A profile as bytes and back: packed orders and ids, the rest as terse JSON. No pickle."""

import dataclasses
import struct
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import orjson

from engine.profile.orders import StoredOrders, stored
from engine.profile.state import (
    Contact,
    Credit,
    Pending,
    Placing,
    Profile,
    Purchases,
    Revisit,
    Shown,
    Trial,
    Wait,
)

FORMAT = 2
_HEAD = struct.Struct(">BHH")  # format, bytes of packed orders, bytes of seen ids
_SUMS = attrgetter("order_count", "days_bought", "spend", "margin", "margin_orders", "returns", "returned")


def encode(profile: Profile) -> bytes:
    body, have = {}, profile.__dict__
    for key, field, _, write in _STORED:
        value = have[field]
        if value:
            written = value if write is None else write(value)
            if written:
                body[key] = written
    packed = stored(profile.purchases.orders).packed
    return _HEAD.pack(FORMAT, len(packed), len(profile.seen)) + packed + profile.seen + orjson.dumps(body)


def _bought(p: Purchases) -> list[Any] | None:
    if p.stored is not None:
        as_it_was: list[Any] = p.stored
        return as_it_was
    if not p.updated and not p.orders:
        return None
    counts = [round(count, 9) for count in p.counts]
    sums, rest = _SUMS(p), stored(p.orders).rest
    return [*sums, p.first_time, p.last_time, counts, round(p.spend_decayed, 3), p.updated, _gaps(p.days), rest]


def decode(data: bytes) -> Profile:
    """ValueError when the bytes are not a profile of a format that this version knows."""
    if len(data) < _HEAD.size or data[0] != FORMAT:
        raise ValueError("not a stored profile of a known format")
    _, packed, seen = _HEAD.unpack_from(data)
    start, middle = _HEAD.size, _HEAD.size + packed
    body = orjson.loads(memoryview(data)[middle + seen :])
    fields: dict[str, Any] = {"seen": data[middle : middle + seen]}
    for key, value in body.items():
        name, read = _READERS[key]
        fields[name] = value if read is None else read(value)
    if "purchases" in fields:
        fields["purchases"] = _purchases(fields["purchases"], data[start:middle])
    return _NOBODY.but(**fields)


def _pairs(have: dict[str, list[Any]]) -> dict[str, tuple[Any, Any]]:
    return {key: (first, second) for key, (first, second) in have.items()}


def _tuples(have: dict[str, list[Any]]) -> dict[str, tuple[Any, ...]]:
    return {key: tuple(values) for key, values in have.items()}


def _traits(have: dict[str, list[Any]]) -> dict[str, tuple[int, Any]]:
    """Lists come back as the tuples that they were: of two at one moment the greater must win, stored or not."""
    return {name: (at, tuple(value) if isinstance(value, list) else value) for name, (at, value) in have.items()}


def _purchases(fields: list[Any], packed: bytes) -> Purchases:
    *sums, counts, spend_decayed, updated, gaps, rest = fields
    in_order = (StoredOrders(packed, rest), tuple(accumulate(gaps)), *sums, tuple(counts), spend_decayed, updated)
    bought = Purchases(*in_order)
    bought.stored = fields
    return bought


def _gaps(days: tuple[int, ...]) -> list[int]:
    return [day - before for before, day in zip((0, *days), days, strict=False)]


def _consents(have: dict[str, Any]) -> dict[str, Any]:
    return {channel: _pairs(purposes) for channel, purposes in have.items()}


def _fields(value: Any) -> list[Any]:
    """The fields in their order, without those at the end that have their defaults."""
    fields, defaults = _KINDS[type(value)]
    written = list(fields(value))
    for default in defaults:
        if written[-1] != default:
            break
        written.pop()
    return written


def _each(values: Iterable[Any]) -> list[Any]:
    return [_fields(value) for value in values]


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _fields(value) for name, value in values.items()}


def _dated(pair: tuple[int, Any]) -> tuple[int, Any] | None:
    """None where there was none yet."""
    return pair if pair[0] else None


def _tier(tier: str) -> str | None:
    return tier if tier != "none" else None


def _contact(contact: Contact) -> list[Any]:
    touches = {channel: _gaps(times) for channel, times in contact.touches.items()}
    written: list[Any] = [touches, contact.outcome, contact.outcome_time]
    return [*written, contact.refusals] if contact.refusals else written


def _told(contacts: Mapping[str, Contact]) -> dict[str, Any]:
    return {action: _contact(contact) for action, contact in contacts.items()}


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


_KINDS: Mapping[type, tuple[Callable[[Any], tuple[Any, ...]], tuple[Any, ...]]] = {
    kind: (
        attrgetter(*(f.name for f in dataclasses.fields(kind))),
        tuple(f.default for f in reversed(dataclasses.fields(kind)) if f.default is not dataclasses.MISSING),
    )
    for kind in (Pending, Placing, Shown, Credit, Trial, Revisit, Wait)
}
"""The fields of each kind, and their defaults, the last first."""

_NOBODY = Profile("")
_STORED: tuple[tuple[str, str, Callable[[Any], Any] | None, Callable[[Any], Any] | None], ...] = (
    ("c", "customer", None, None),
    ("f", "first_seen", None, None),
    ("l", "last_seen", None, None),
    ("p", "purchases", None, _bought),
    ("ch", "channels", None, None),
    ("so", "source", tuple, _dated),
    ("t", "traits", _traits, None),
    ("li", "links", _pairs, None),
    ("co", "consents", _consents, None),
    ("ca", "categories", _pairs, None),
    ("sk", "skus", _pairs, None),
    ("cm", "complaints", _pairs, None),
    ("fr", "friends", _tuples, None),
    ("r", "rating", tuple, _dated),
    ("d", "delivery", tuple, _dated),
    ("n", "newest", None, None),
    ("ta", "tallies", None, None),
    ("cn", "counters", None, None),
    ("h", "contacts", _contacts, _told),
    ("pe", "pending", _all_of(Pending), _each),
    ("sh", "shown", _all_of(Shown), _each),
    ("cr", "credits", _credits, _named),
    ("tr", "trials", _trials, _named),
    ("rv", "revisits", _all_of(Revisit), _each),
    ("wa", "waits", _all_of(Wait), _each),
    ("ov", "overdue", None, None),
    ("lo", "looked", tuple, None),
    ("al", "aliases", tuple, None),
    ("mi", "merged_into", None, None),
    ("er", "erased", None, None),
    ("o", "once", None, None),
    ("ti", "tier", None, _tier),
    ("pl", "placing", _placed, _fields),
)
"""Key in the stored JSON, field of the profile, how it is read and written; what is absent keeps its default."""
_READERS: Mapping[str, tuple[str, Callable[[Any], Any] | None]] = {key: (name, read) for key, name, read, _ in _STORED}
