"""The sections of a stored profile: their numbers, and how each field becomes JSON and back.

A number never changes its meaning. To store something new, use the next free number: older versions keep the
section unread. To change the meaning of a section, use a new number too, or raise `READABLE_FROM` in
`engine.domain.profile.codec`, which locks older versions out.
"""

import dataclasses
import struct
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from orjson import loads

from engine.domain.errors import UnreadableState
from engine.domain.former_words import trigger_key
from engine.domain.profile.orders import StoredOrders, stored
from engine.domain.profile.state import (
    Contact,
    Credit,
    Experiment,
    Pending,
    Placing,
    Profile,
    Purchases,
    Retry,
    Shown,
    Wait,
)


class PackedOrders(NamedTuple):
    """What is stored of the orders beside the purchases; see `engine.domain.profile.orders`."""

    packed: bytes = b""
    lines: bytes = b""
    older: int = 0


NO_ORDERS: Final = PackedOrders()


class Section(NamedTuple):
    """`key`: its name in the JSON of formats 1 and 2. `read`, `write`: from and to JSON, None for as it is."""

    number: int
    key: str
    field: str
    read: Callable[[Any], Any] | None = None
    write: Callable[[Any], Any] | None = None


BASE: Final = 1
"""The fields of `BASE_FIELDS` in their order, without those at the end that have their defaults."""
BASE_FIELDS: Final = ("customer", "first_seen", "last_seen", "tier", "inactive_at")
PURCHASES: Final = 2
ORDERS: Final = 3
"""The common orders, packed; see `engine.domain.profile.orders`."""
SEEN: Final = 4
FINGERPRINTS: Final = 32
"""Of the seen ids; see `engine.domain.profile.seen`."""
ORDER_LINES: Final = 33
"""Of the packed orders."""
OLDER_ORDERS: Final = 34
"""How many older orders are stored beside the profile, 2 bytes."""
RESERVED: Final = MappingProxyType(
    {
        64: "own facts: declared fact -> what was computed before and after it was declared",
        65: "experiments: experiment -> arm, moment of assignment, covariates as of then",
        66: "chances: pending recommendation -> the acceptance chance that was estimated when it was decided",
    }
)
"""Reserved numbers that nothing writes yet; kept like every unknown section."""

_SUMS = attrgetter("order_count", "days_bought", "spend", "margin", "margin_orders", "returns", "returned")


def purchases_json(p: Purchases) -> list[Any] | None:
    """Without the packed orders; None without purchases."""
    if not p.updated and not p.orders:
        return None
    counts = [round(count, 9) for count in p.counts]
    sums, rest = _SUMS(p), stored(p.orders).rest
    return [*sums, p.first_time, p.last_time, counts, round(p.spend_decayed, 3), p.updated, _gaps(p.days), rest]


def purchases_of(fields: list[Any], orders: "PackedOrders") -> Purchases:
    *sums, counts, spend_decayed, updated, gaps, rest = fields
    kept = StoredOrders(orders.packed, rest, orders.lines)
    in_order = (kept, tuple(accumulate(gaps)), *sums, tuple(counts), spend_decayed, updated, orders.older)
    return Purchases(*in_order)


def base_json(profile: Profile) -> list[Any]:
    values = list(_BASE(profile))
    while values[-1] == _BASE_DEFAULTS[len(values) - 1]:
        values.pop()
    return values


def base_of(values: list[Any]) -> dict[str, Any]:
    """Values beyond the fields of this version are ignored."""
    return dict(zip(BASE_FIELDS, values, strict=False))


def _pairs(have: dict[str, list[Any]]) -> dict[str, tuple[Any, Any]]:
    return {key: (first, second) for key, (first, second) in have.items()}


def _tuples(have: dict[str, list[Any]]) -> dict[str, tuple[Any, ...]]:
    return {key: tuple(values) for key, values in have.items()}


def _traits(have: dict[str, list[Any]]) -> dict[str, tuple[int, Any]]:
    """Restores tuples from lists: of two at one moment the greater must win, stored or not."""
    return {name: (at, tuple(value) if isinstance(value, list) else value) for name, (at, value) in have.items()}


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
    """None if there was none yet."""
    return pair if pair[0] else None


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


def _retries_of(have: list[Any]) -> tuple[Retry, ...]:
    return tuple(Retry(at, trigger_key(key), *rest) for at, key, *rest in have)


def _waits_of(have: list[Any]) -> tuple[Wait, ...]:
    """The properties of a wait are pairs, which JSON gives back as lists."""
    return tuple(Wait(at, trigger_key(key), *(tuple(map(tuple, pairs)) for pairs in rest)) for at, key, *rest in have)


def _named_of(kind: type[Any]) -> Callable[[dict[str, list[Any]]], dict[str, Any]]:
    return lambda have: {name: kind(*fields) for name, fields in have.items()}


def _placed(have: list[Any]) -> Placing:
    return Placing(*have)


_KINDS: Mapping[type, tuple[Callable[[Any], tuple[Any, ...]], tuple[Any, ...]]] = {
    kind: (
        attrgetter(*(f.name for f in dataclasses.fields(kind))),
        tuple(f.default for f in reversed(dataclasses.fields(kind)) if f.default is not dataclasses.MISSING),
    )
    for kind in (Pending, Placing, Shown, Credit, Experiment, Retry, Wait)
}
"""The fields of each kind, and their defaults, the last first."""

NOBODY: Final = Profile("")
_BASE = attrgetter(*BASE_FIELDS)
_BASE_DEFAULTS = (None, *_BASE(NOBODY)[1:])  # the customer is always written

SECTIONS: Final = (
    Section(5, "ch", "channels"),
    Section(6, "so", "source", tuple, _dated),
    Section(7, "t", "traits", _traits),
    Section(8, "li", "channel_addresses", _pairs),
    Section(9, "co", "consents", _consents),
    Section(10, "ca", "categories", _pairs),
    Section(11, "sk", "skus", _pairs),
    Section(12, "cm", "complaints", _pairs),
    Section(13, "fr", "friends", _tuples),
    Section(14, "r", "rating", tuple, _dated),
    Section(15, "d", "delivery", tuple, _dated),
    Section(16, "n", "newest"),
    Section(17, "ta", "event_counts"),
    Section(18, "cn", "counters"),
    Section(19, "h", "contacts", _contacts, _told),
    Section(20, "pe", "pending", _all_of(Pending), _each),
    Section(21, "sh", "shown", _all_of(Shown), _each),
    Section(22, "cr", "credits", _named_of(Credit), _named),
    Section(23, "tr", "experiments", _named_of(Experiment), _named),
    Section(24, "rv", "retries", _retries_of, _each),
    Section(25, "wa", "waits", _waits_of, _each),
    Section(26, "lo", "evaluated", tuple),
    Section(27, "al", "aliases", tuple),
    Section(28, "o", "once"),
    Section(29, "pl", "placing", _placed, _fields),
    Section(30, "mi", "merged_into"),
    Section(31, "er", "erased"),
)
"""One per field, beside base, purchases, orders, seen ids and fingerprints. Absent ones have their defaults."""


_READ: Final = {section.field: section.read for section in SECTIONS}
UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, struct.error)
"""The errors of reading damaged bytes (a JSON error is a ValueError)."""


class Stored:
    """`raw`: field -> its bytes, or its JSON value from a former format with all fields in one.

    `read`: field -> the value decoded from it. While a profile still has that very object, the field is
    written back as read. `written`: field -> a value of a profile derived from this one, and its bytes.
    """

    __slots__ = ("orders", "raw", "read", "written")

    def __init__(self, raw: Mapping[str, Any], orders: PackedOrders = NO_ORDERS) -> None:
        self.raw = raw
        self.orders = orders
        self.read: dict[str, Any] = {}
        self.written: dict[str, tuple[Any, bytes]] = {}

    def value(self, field: str) -> Any:
        """The value of a stored field. KeyError if absent, UnreadableState if it cannot be decoded."""
        if field in self.read:
            return self.read[field]
        raw = self.raw[field]
        try:
            body = loads(raw) if type(raw) is bytes else raw
            if field == "purchases":
                value: Any = purchases_of(body, self.orders)
            else:
                read = _READ[field]
                value = body if read is None else read(body)
        except UNREADABLE as error:
            raise UnreadableState(f"the stored profile's {field} cannot be read") from error
        self.read[field] = value
        return value
