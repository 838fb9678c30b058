"""A profile as bytes and back. No pickle.

Format 3, all numbers big-endian:

    1 byte      the format: 3
    1 byte      readable from: the lowest format whose code can read these bytes
    1 byte      number of sections
    4 bytes     for each section: its number (1 byte), its length (3 bytes), ascending by number
    the rest    the sections, one after the other

Sections can be found without decoding others, and are decoded on first use. A newer format with `readable from` 3 or
less is read as well: sections with unknown numbers are kept as bytes in `Profile.unknown` and written back unchanged.
`engine.domain.profile.sections` has the numbers, `engine.domain.profile.former` formats 1 and 2.
"""

import struct
from collections.abc import Mapping
from typing import Any, Final

import orjson

from engine.domain.errors import UnreadableState
from engine.domain.profile import former
from engine.domain.profile.orders import stored
from engine.domain.profile.sections import (
    BASE,
    FINGERPRINTS,
    NOBODY,
    OLDER_ORDERS,
    ORDER_LINES,
    ORDERS,
    PURCHASES,
    SECTIONS,
    SEEN,
    UNREADABLE,
    PackedOrders,
    Stored,
    base_json,
    base_of,
    purchases_json,
)
from engine.domain.profile.seen import of_section, to_section
from engine.domain.profile.state import Profile, Purchases

FORMAT: Final = 3
"""The newest format that this version reads and writes."""
READABLE_FROM: Final = 3
"""The lowest format whose code can read this version's `FORMAT`."""
OLDEST_WRITTEN: Final = 2

_HEAD = 3
_OLDER: Final = struct.Struct(">H")
_LAST: Final = 18
_DIGEST: Final = 6
"""Bytes of the last packed order, and of its digest, by which lines tell which orders they belong to."""
_RAW: Final = frozenset((SEEN, ORDERS, FINGERPRINTS, ORDER_LINES, OLDER_ORDERS))
"""Sections that are no JSON."""
_TABLES = tuple(struct.Struct(f">{count}I") for count in range(256))
_LENGTH = 0xFFFFFF
_NEVER_READ: Final = object()
_DEFAULTS: Mapping[str, Any] = NOBODY.__dict__
_FIELDS: Mapping[int, str] = {PURCHASES: "purchases", **{section.number: section.field for section in SECTIONS}}
_WRITTEN = tuple((section.number << 24, section.field, section.write) for section in SECTIONS)
_NOT_ESSENTIAL: Final = frozenset(("credits", "experiments", "retries", "waits", "evaluated"))
_ESSENTIAL = tuple(one for one in _WRITTEN if one[1] not in _NOT_ESSENTIAL)


def encode(profile: Profile, format: int) -> bytes:
    """In the store's format, 2 or 3. A profile with unknown sections needs 3, and was read from it."""
    if format < FORMAT and not profile.unknown:
        return former.encode(profile)
    return _encoded(profile, _WRITTEN, all_of_it=True)


def encode_essential(profile: Profile) -> bytes:
    """The same without fields that no decision reads: seen ids, single orders and their credits, experiments,
    timers. Those are half of the bytes, and incompressible. A profile and its essence share encoded fields."""
    return _encoded(profile, _ESSENTIAL, all_of_it=False)


def _encoded(profile: Profile, sections: tuple[tuple[int, str, Any], ...], all_of_it: bool) -> bytes:
    have = profile.__dict__
    origin: Stored = have.get("stored") or Stored({})
    raw, read, known = origin.raw, origin.read, origin.written
    base = orjson.dumps(base_json(profile))
    table, parts = [BASE << 24 | len(base)], [base]
    for number, data in _purchases(have, origin, all_of_it):
        table.append(number << 24 | len(data))
        parts.append(data)
    seen = have["seen"] if all_of_it else b""
    if seen:
        table.append(SEEN << 24 | len(seen))
        parts.append(seen)
    for number, field, write in sections:
        value = have.get(field, _NEVER_READ)
        if value is _NEVER_READ or (field in raw and read.get(field) is value):
            data = raw[field]
            if type(data) is not bytes:
                data = orjson.dumps(data)
        elif not value:
            continue
        elif field in known and known[field][0] is value:
            data = known[field][1]
        else:
            written = value if write is None else write(value)
            if not written:
                continue
            data = orjson.dumps(written)
            known[field] = value, data
        table.append(number | len(data))
        parts.append(data)
    if all_of_it:
        for number, data in _beside(profile, have, origin):
            table.append(number << 24 | len(data))
            parts.append(data)
    return _assembled(table, parts, profile.unknown)


def _purchases(have: Mapping[str, Any], origin: Stored, with_orders: bool) -> list[tuple[int, bytes]]:
    """The sections of purchases and packed orders; as read if nothing was bought since."""
    bought: Purchases | None = have.get("purchases")
    packed = b""
    if bought is None or ("purchases" in origin.raw and origin.read.get("purchases") is bought):
        raw, packed = origin.raw["purchases"], origin.orders.packed
        body = raw if type(raw) is bytes else orjson.dumps(raw)
    else:
        known = origin.written.get("purchases")
        if known is not None and known[0] is bought:
            body = known[1]
        else:
            written = purchases_json(bought)
            if written is None:
                return []
            body = orjson.dumps(written)
            origin.written["purchases"] = bought, body
        if with_orders:
            packed = stored(bought.orders).packed
    return [(PURCHASES, body), (ORDERS, packed)] if packed and with_orders else [(PURCHASES, body)]


def _beside(profile: Profile, have: Mapping[str, Any], origin: Stored) -> list[tuple[int, bytes]]:
    """The sections of fingerprints, lines of packed orders, and the number of older orders."""
    bought: Purchases | None = have.get("purchases")
    if bought is None or origin.read.get("purchases") is bought:
        packed, lines, older = origin.orders
    else:
        orders, older = stored(bought.orders), bought.older
        packed, lines = orders.packed, orders.lines
    found = [(FINGERPRINTS, to_section(profile))] if profile.fingerprints else []
    if lines:
        found.append((ORDER_LINES, packed[-_LAST:][:_DIGEST] + lines))
    if older:
        found.append((OLDER_ORDERS, _OLDER.pack(older)))
    return found


def _assembled(table: list[int], parts: list[bytes], unknown: tuple[tuple[int, bytes], ...]) -> bytes:
    if unknown:
        whole = sorted([*zip(table, parts, strict=True), *((n << 24 | len(data), data) for n, data in unknown)])
        table, parts = [entry for entry, _ in whole], [data for _, data in whole]
    return bytes((FORMAT, READABLE_FROM, len(table))) + _TABLES[len(table)].pack(*table) + b"".join(parts)


def has_older_orders(profile: Profile) -> bool:
    """Whether orders are stored beside the profile; found without decoding the others."""
    bought: Purchases | None = profile.__dict__.get("purchases")
    if bought is not None:
        return bought.older > 0
    origin: Stored | None = profile.__dict__.get("stored")
    return origin is not None and origin.orders.older > 0


def decode(data: bytes) -> Profile:
    """Raises UnreadableState unless this version can read these bytes as a profile."""
    if not data:
        raise UnreadableState("the stored profile is empty")
    if data[0] in former.FORMATS:
        return former.decode(data)
    if data[0] < FORMAT or len(data) < _HEAD or data[1] > FORMAT:
        raise UnreadableState(_unreadable(data))
    try:
        return _decoded(data)
    except UNREADABLE as error:
        raise UnreadableState("the stored profile is damaged") from error


def _decoded(data: bytes) -> Profile:
    count = data[2]
    table = _TABLES[count].unpack_from(data, _HEAD)
    have: dict[str, Any] = dict(_DEFAULTS)
    raw: dict[str, bytes] = {}
    parts: dict[int, bytes] = {}
    unknown, at = [], _HEAD + 4 * count
    for entry in table:
        number, end = entry >> 24, at + (entry & _LENGTH)
        part = data[at:end]
        at = end
        if number in _FIELDS:
            field = _FIELDS[number]
            raw[field] = part
            del have[field]
        elif number == BASE:
            have.update(base_of(orjson.loads(part)))
        elif number in _RAW:
            parts[number] = part
        else:
            unknown.append((number, part))
    if at != len(data) or not have["customer"]:
        raise ValueError("sections are missing")
    have["seen"] = seen = parts.get(SEEN, b"")
    have["fingerprints"] = of_section(parts.get(FINGERPRINTS, b""), seen)
    have["unknown"] = tuple(unknown)
    older = _OLDER.unpack(parts[OLDER_ORDERS])[0] if OLDER_ORDERS in parts else 0
    packed, lines = parts.get(ORDERS, b""), parts.get(ORDER_LINES, b"")
    fits = lines[:_DIGEST] == packed[-_LAST:][:_DIGEST]  # otherwise a version that knows no lines has added an order
    have["stored"] = Stored(raw, PackedOrders(packed, lines[_DIGEST:] if fits else b"", older))
    return Profile.of(have)


def _unreadable(data: bytes) -> str:
    if len(data) < _HEAD or data[0] < FORMAT:
        return "the stored bytes are no profile of a known format"
    return f"the stored profile has format {data[0]}, readable from {data[1]}; this version reads up to {FORMAT}"
