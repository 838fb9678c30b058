"""Events: the envelope, and `load_event`, which every event passes on its way in."""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final

import orjson
from marshmallow import fields

from engine.domain.errors import InvalidInput, Problem
from engine.domain.events import EVENT_TYPES, JOINS, OUTBOUND, Event, is_anonymous
from engine.domain.money import Currency
from engine.domain.profile.seen import fingerprint
from engine.domain.times import MINUTE
from engine.rulebook.shop import Shop
from engine.schemas.base import MAJOR, NO_MONEY, Base, Money, Refused, Strict, load
from engine.schemas.fields import Key, Label, OneOf, Time
from engine.schemas.leniency import load_leniently
from engine.schemas.nested import Customer, Decide, Object, object_schema, refuse_broken
from engine.schemas.properties import MAX_LINES, PROPERTIES, folded

CONTENT: Final = ("type", "time", "channel", "properties")
"""Members of the envelope that say what happened."""
MAX_AHEAD: Final = 5 * MINUTE
"""An event dated further ahead of the server's clock is refused."""

_NO_DECIMALS = (
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
)
_THREE_DECIMALS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_DECIMALS: Final[Mapping[str, int]] = dict.fromkeys(_NO_DECIMALS, 0) | dict.fromkeys(_THREE_DECIMALS, 3)
"""Decimal places (ISO 4217) of the currencies that have not two."""


class Anything(Strict):
    """Properties of an event whose type is not known: there is no telling what is right."""

    def read(self, value: Any) -> Any:
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "object"}


class Envelope(Base):
    """What all events have. `id` is the sender's: the same id is the same event, however often it is sent."""

    id = Key(required=True, about="Assigned by the sender; a repetition is the same event")
    type = OneOf(EVENT_TYPES, required=True)
    time = Time(required=True, about="Time of the event; RFC 3339 with an offset")
    customer = Customer(required=True)
    channel = Label(lenient=True, about="Channel of the event")
    properties: fields.Field[Any] = Anything()
    decide = Decide(
        load_default=OUTBOUND,
        about="outbound: decide on messages; a list: fill these placements; none: only store the event",
    )

    def check(self, data: dict[str, Any]) -> None:
        if data["type"] in JOINS and is_anonymous(data["customer"]):
            raise Refused("customer", 'must be known by an "id" to take over another one', "customer")
        if data["type"] == "merged":
            other = data["properties"]["merged"]
            if is_anonymous(other):
                raise Refused("customer", 'must be a known customer; for an anonymous id send "aliased"', "properties")
            if other == data["customer"]:
                raise Refused("customer", "must be another customer than that of the event", "properties")


def _envelope(kind: str, properties: type[Base]) -> type[Envelope]:
    may_be_left_out = not properties(NO_MONEY).validate({})
    of_type = Object(properties, load_default=dict) if may_be_left_out else Object(properties, required=True)
    members = {"type": OneOf((kind,), required=True), "properties": of_type}
    return type(f"{properties.__name__}Event", (Envelope,), members)


ENVELOPES: Final = {kind: _envelope(kind, PROPERTIES[kind]) for kind in EVENT_TYPES}


@cache
def _own(shop: Currency, integers: str) -> Mapping[str, Base]:
    """One schema per event type for amounts in the shop's currency."""
    money = Money(shop, shop, integers)
    return {kind: envelope(money) for kind, envelope in ENVELOPES.items()}


@lru_cache(maxsize=256)
def _foreign(kind: str, money: Money) -> Base:
    return ENVELOPES[kind](money)


def load_event(
    raw: object, shop: Shop, received: int | None = None, ahead: int = MAX_AHEAD, integers: str = MAJOR
) -> Event:
    """One event from parsed JSON. InvalidInput lists all errors, with JSON pointers.

    `received`: the server's clock in ms, beyond which an event may be dated by `ahead` ms; None where events bring
    their own clock (replay). `integers`: what a whole number of money counts, see `Money`. Amounts come out in minor
    units of the shop's currency, lists as tuples. Wrong values of lenient fields are left out with a warning.
    """
    schema = _schema_for(raw, shop, integers)
    try:
        data, warnings = load_leniently(schema, raw)
    except InvalidInput as error:
        late = received is not None and _time(raw) > received + ahead
        raise InvalidInput((*error.problems, _too_far_ahead(ahead))) if late else error from None
    if received is not None and data["time"] > received + ahead:
        raise InvalidInput((_too_far_ahead(ahead),))
    return _event(raw, data, warnings, shop)


def load_event_strictly(raw: object, shop: Shop) -> Event:
    """As `load_event`, but InvalidInput for wrong values of lenient fields, too."""
    return _event(raw, load(_schema_for(raw, shop, MAJOR), raw), (), shop)


def _event(raw: Any, data: dict[str, Any], warnings: tuple[str, ...], shop: Shop) -> Event:
    if shop.broken_ids:
        refuse_broken(data["customer"], shop, "/customer")
        if data["type"] == "aliased":
            refuse_broken(f"a/{data['properties']['anonymous_id']}", shop, "/properties/anonymous_id")
    properties, near = shop.catalogue.understood(data["properties"], "/properties")
    if len(properties.get("lines", ())) == MAX_LINES:
        warnings = (*_warnings(raw), *warnings)
    return Event(
        data["id"],
        data["type"],
        data["time"],
        data["customer"],
        data.get("channel"),
        properties,
        data["decide"],
        _fingerprint(raw),
        (*warnings, *near) if near else warnings,
    )


def _warnings(raw: Any) -> tuple[str, ...]:
    """What of the event is not kept as it was sent."""
    return folded("/properties/lines", len(raw["properties"]["lines"]))


def _fingerprint(raw: Any) -> int:
    """Of the content as sent: a repetition under the customer's present id, or only to be stored, is the same event."""
    content = [raw.get(name) for name in CONTENT]
    return fingerprint(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))


def _schema_for(raw: object, shop: Shop, integers: str) -> Base:
    own = _own(shop.currency, integers)
    kind = raw.get("type") if type(raw) is dict else None
    schema = own.get(kind) if type(kind) is str else None
    if schema is None or type(raw) is not dict:
        return _unknown_type(shop.currency)
    properties = raw.get("properties")
    if type(properties) is dict and "currency" in properties:
        sent = _currency(properties["currency"])
        if sent is not None and sent.code != shop.currency.code:
            return _foreign(str(kind), Money(sent, shop.currency, integers))
    return schema


@cache
def _unknown_type(shop: Currency) -> Base:
    """For what has no event type that we know; it refuses everything, and says why."""
    return Envelope(Money(sent=shop, shop=shop))


def _currency(code: object) -> Currency | None:
    """None when it is no code: the schema will say so."""
    if not isinstance(code, str) or len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
        return None
    return Currency(code, _DECIMALS.get(code, 2))


def _time(raw: object) -> int:
    """The time of an event that is wrong elsewhere; 0 when that is wrong, too."""
    try:
        return Time().read(raw["time"] if isinstance(raw, dict) else None)
    except (Refused, KeyError):
        return 0


def _too_far_ahead(ahead: int) -> Problem:
    return Problem("/time", "ahead", f"is more than {ahead // MINUTE} minutes ahead of the server's clock")


def event_json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of an event: one branch per type, told apart by `type`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Event",
        "description": "Something a customer did, or that happened to them.",
        "oneOf": [{"title": kind} | object_schema(envelope) for kind, envelope in ENVELOPES.items()],
    }
