"""Profiles in formats 1 and 2: packed orders, ids, and one JSON object for all fields."""

import struct
from collections.abc import Mapping
from typing import Any, Final

import orjson

from engine.domain.errors import UnreadableState
from engine.domain.former_words import former_trigger_key
from engine.domain.profile.orders import stored
from engine.domain.profile.sections import (
    BASE_FIELDS,
    NOBODY,
    SECTIONS,
    UNREADABLE,
    PackedOrders,
    Stored,
    purchases_json,
)
from engine.domain.profile.state import Profile
from engine.domain.times import DAY

FORMATS: Final = (1, 2)
UNKNOWN_CHANNEL: Final = "unknown"
"""Format 1 did not store on which channel a contact was."""

_WRITES: Final = 2
_HEAD = struct.Struct(">BHH")  # format, bytes of packed orders, bytes of seen ids
_NEVER_READ: Final = object()
_BASE_KEYS: Mapping[str, str] = dict(zip(("c", "f", "l", "ti", "ov"), BASE_FIELDS, strict=True))
_FIELDS: Mapping[str, str] = {"p": "purchases", **{section.key: section.field for section in SECTIONS}}
_DROPPED: Final = frozenset(("he",))
"""Written for a few days while format 2 was new, and never used."""


def encode(profile: Profile) -> bytes:
    """In format 2, for a store shared with older versions."""
    have = profile.__dict__
    origin: Stored | None = have.get("stored")
    body = {key: have[field] for key, field in _BASE_KEYS.items() if have[field] != NOBODY.__dict__[field]}
    packed = b""
    bought = have.get("purchases")
    if origin is not None and (bought is None or origin.read.get("purchases") is bought):
        body["p"], packed = _json(origin.raw["purchases"]), origin.orders.packed
    elif bought is not None and (written := purchases_json(bought)):
        body["p"], packed = [*written[:-1], _former_orders(written[-1])], stored(bought.orders).packed
    for section in SECTIONS:
        field, write = section.field, section.write
        value = have.get(field, _NEVER_READ)
        if value is _NEVER_READ or (origin is not None and field in origin.raw and origin.read.get(field) is value):
            assert origin is not None
            body[section.key] = _json(origin.raw[field])
        elif value and (written := value if write is None else write(value)):
            body[section.key] = _former_timers(written, field) if field in ("retries", "waits") else written
    return _HEAD.pack(_WRITES, len(packed), len(profile.seen)) + packed + profile.seen + orjson.dumps(body)


def _former_orders(orders: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Orders that are not plain, without what older versions do not know: versions, lines, foreign amounts."""
    return {
        key: [time, total, margin, [one[:3] for one in returns], cancelled]
        for key, (time, total, margin, returns, cancelled, *_) in orders.items()
    }


def _former_timers(timers: list[Any], field: str) -> list[Any]:
    """Retries or waits under the trigger keys that older versions know; waits without what their event said."""
    return [[at, former_trigger_key(key), *(rest if field == "retries" else ())] for at, key, *rest in timers]


def _json(raw: Any) -> Any:
    """Values read from format 3 are JSON already."""
    return orjson.Fragment(raw) if type(raw) is bytes else raw


def decode(data: bytes) -> Profile:
    """Raises UnreadableState for damaged bytes."""
    try:
        return _decoded(data)
    except UNREADABLE as error:
        raise UnreadableState(f"the stored profile of format {data[0]} is damaged") from error


def _decoded(data: bytes) -> Profile:
    _, packed, seen = _HEAD.unpack_from(data)
    start, middle = _HEAD.size, _HEAD.size + packed
    body = orjson.loads(memoryview(data)[middle + seen :])
    if data[0] == 1:
        body["h"] = {action: _contact(*fields) for action, fields in body.get("h", {}).items()}
    have, raw = dict(NOBODY.__dict__), {}
    for key, value in body.items():
        if key in _BASE_KEYS:
            have[_BASE_KEYS[key]] = value
        elif key not in _DROPPED:
            field = _FIELDS[key]
            raw[field] = value
            del have[field]
    have["seen"] = data[middle : middle + seen]
    have["stored"] = Stored(raw, PackedOrders(data[start:middle]))
    return Profile.of(have)


def _contact(last: int, days: list[int], outcome: str, at: int) -> list[Any]:
    """Converts a contact of format 1 to 2: the newest at its time, the others at the start of their day."""
    times = [day * DAY for day in days[:-1]] + ([last] if last else [])
    touches = {UNKNOWN_CHANNEL: [time - before for before, time in zip([0, *times], times, strict=False)]}
    return [touches if times else {}, outcome, at]
