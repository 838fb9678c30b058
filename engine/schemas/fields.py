"""The fields of events and requests: one class per kind of value, with its rule, its message and its JSON Schema."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from unicodedata import is_normalized
from zoneinfo import available_timezones

from marshmallow import Schema, fields

from engine.domain.hints import did_you_mean
from engine.domain.money import MAX_MINOR, Currency
from engine.domain.names import is_normal, normal_form
from engine.domain.times import parse_rfc3339
from engine.schemas.base import MAJOR, UNKNOWN, Base, Refused, Strict

LATEST: Final = 7_258_118_400_000
"""2200-01-01: a time beyond it is a mistake in any shop."""
MAX_ID: Final = 100
MAX_TEXT: Final = 2000

_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII).fullmatch
_DECIMAL: Final = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,4})?").fullmatch
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}").fullmatch
_BIRTHDAY: Final = re.compile(r"(?:(\d{4})-)?(\d\d)-(\d\d)", re.ASCII).fullmatch
_FORBIDDEN_IN_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]").search
BROKEN_IDS: Final = frozenset(("undefined", "null", "none", "nan", "[object object]"))
"""What programs send in place of an id that they do not have, in any letter case."""
_LONGEST_BROKEN: Final = max(map(len, BROKEN_IDS))
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_KINDS: Final[Mapping[type, str]] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def kind_of(value: object) -> str:
    return _KINDS.get(type(value), "something else")


def wrong_type(expected: str, value: object) -> Refused:
    return Refused("type", f"must be {expected}, not {kind_of(value)}")


def stored_id(value: Any) -> str:
    """An id as far as every version checked it: what is stored under it can always be read and erased."""
    if type(value) is not str:
        raise wrong_type("a text", value)
    if not 0 < len(value) <= MAX_ID:
        raise Refused("length", f"must have 1 to {MAX_ID} characters, not {len(value)}")
    if not value.isprintable():
        raise Refused("characters", "must not contain control or invisible characters")
    return value


class Id(Strict):
    """A short name: 1 to 100 characters in Unicode form NFC, none of them invisible but blanks in the middle."""

    def read(self, value: Any) -> str:
        stored_id(value)
        if value[0] == " " or value[-1] == " ":
            raise Refused("characters", "must not begin or end with a blank")
        if not value.isascii() and not is_normalized("NFC", value):
            raise Refused("characters", "must be in Unicode normalization form NFC, or one id looks like two")
        return str(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": MAX_ID, "pattern": _ID_PATTERN}


_ID_PATTERN: Final = r"^(?! )[^\u0000-\u001f\u007f-\u00a0]+(?<! )$"


class Label(Id):
    """A name of a product, a category, a person: up to 100 characters, read in normal form (`engine.domain.names`)."""

    def read(self, value: Any) -> str:
        if type(value) is str and 0 < len(value) <= MAX_ID and is_normal(value):
            return value
        super().read(value)  # states what is wrong
        raise Refused("characters", "must have single blanks between words")

    def cleaned(self, value: Any) -> Any:
        return normal_form(value) if type(value) is str else value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": MAX_ID}


class Key(Id):
    """An id of a customer, event, order and the like; placeholders that broken code sends are refused."""

    def __init__(self, *, anonymous: bool = False, **kwargs: Any) -> None:
        self.broken = BROKEN_IDS | {"0"} if anonymous else BROKEN_IDS
        super().__init__(**kwargs)

    def read(self, value: Any) -> str:
        id_ = super().read(value)
        if len(id_) <= _LONGEST_BROKEN and id_.casefold() in self.broken:
            raise Refused("broken-id", f"is {id_}, a placeholder for a missing id: it would merge unrelated customers")
        return id_

    def json_schema(self) -> dict[str, Any]:
        return {**super().json_schema(), "not": {"enum": sorted(self.broken)}}


class RecommendationId(Id):
    """The id of a recommendation that we gave."""

    _ours = staticmethod(re.compile(r"r-[0-9a-f]{2}[0-9a-z-]{1,80}").fullmatch)

    def read(self, value: Any) -> str:
        if not self._ours(super().read(value)):
            raise Refused("format", 'must be a recommendation_id of a decision, such as "r-5fca7f-fa8327"')
        return str(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^r-[0-9a-f]{2}[0-9a-z-]{1,80}$"}


class Text(Strict):
    """What a person wrote."""

    def read(self, value: Any) -> str:
        if type(value) is not str:
            raise wrong_type("a text", value)
        if not 0 < len(value) <= MAX_TEXT:
            raise Refused("length", f"must have 1 to {MAX_TEXT} characters, not {len(value)}")
        if _FORBIDDEN_IN_TEXT(value):
            raise Refused("characters", "must not contain control characters")
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}


class Whole(Strict):
    """A whole number within bounds; `true` is not one."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        self.low, self.high = low, high
        super().__init__(**kwargs)

    def read(self, value: Any) -> int:
        if type(value) is not int:
            fraction = Refused("type", "must be a whole number")
            raise fraction if type(value) is float else wrong_type("a whole number", value)
        if not self.low <= value <= self.high:
            raise Refused("range", f"must be from {self.low} to {self.high}")
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


class Number(Strict):
    """A finite number from 0 to `high`."""

    def __init__(self, high: int, **kwargs: Any) -> None:
        self.high = high
        super().__init__(**kwargs)

    def read(self, value: Any) -> float | int:
        if type(value) is not int and type(value) is not float:
            raise wrong_type("a number", value)
        if not 0 <= value <= self.high:  # nor does NaN, nor infinity
            raise Refused("range", f"must be from 0 to {self.high}")
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": 0, "maximum": self.high}


class Flag(Strict):
    """true or false."""

    def read(self, value: Any) -> bool:
        if type(value) is not bool:
            raise wrong_type("true or false", value)
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


class OneOf(Strict):
    """One of a closed list of words."""

    def __init__(self, choices: tuple[str, ...], **kwargs: Any) -> None:
        self.choices = choices
        self._set = frozenset(choices)
        super().__init__(**kwargs)

    def read(self, value: Any) -> str:
        if type(value) is not str:
            raise wrong_type("a text", value)
        if value not in self._set:
            listed = f"must be one of {', '.join(self.choices)}" if len(self.choices) <= 10 else "is unknown"
            raise Refused("choice", listed + did_you_mean(value, self.choices))
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"enum": list(self.choices)} if len(self.choices) > 1 else {"const": self.choices[0]}


class Time(Strict):
    """An RFC 3339 time with its offset, from 1970 on; read to milliseconds."""

    def read(self, value: Any) -> int:
        if type(value) is not str:
            raise wrong_type("a text", value)
        if len(value) > 40 or not _RFC3339(value):
            raise Refused("time", "must be an RFC 3339 time with its offset, for example 2026-03-01T10:00:00+01:00")
        try:
            at = parse_rfc3339(value.upper())
        except ValueError:
            raise Refused("time", "is not a valid time") from None
        if not 0 <= at < LATEST:
            raise Refused("range", "must be a time from 1970 to 2199")
        return at

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time", "examples": ["2026-03-01T10:00:00+01:00"]}


class Amount(Strict):
    """Money in the currency that was sent: a number or a decimal string. Read to minor units."""

    currency: Currency
    integers: str

    def _bind_to_schema(self, field_name: str, parent: Schema | fields.Field[Any]) -> None:
        super()._bind_to_schema(field_name, parent)
        if isinstance(parent, Base):
            self.currency = self._currency(parent)
            self.integers = parent.money.integers

    def _currency(self, parent: Base) -> Currency:
        return parent.money.sent

    def read(self, value: Any) -> int:
        if type(value) is str and not _DECIMAL(value):
            raise Refused("amount", 'must be a decimal amount such as "12.30"')
        if type(value) is int and self.integers != MAJOR:
            return self._of_a_log(value)
        try:
            minor = self.currency.parse(value)
        except ValueError as error:
            raise Refused("amount", str(error)) from None
        if minor < 0:
            raise Refused("range", "must not be negative")
        return minor

    def _of_a_log(self, value: int) -> int:
        """An integer of a log: before version 0.2.0 it counted minor units."""
        if self.integers == UNKNOWN:
            raise Refused("amount-unit", integer_refused(value))
        return MinorAmount().read(value)

    def minor_field(self) -> Strict:
        return MinorAmount(about=_IN_MINOR_UNITS)

    def json_schema(self) -> dict[str, Any]:
        text = {"type": "string", "pattern": r"^[0-9]{1,14}(\.[0-9]{1,4})?$", "examples": ["12.30"]}
        number = {"type": "number", "minimum": 0, "maximum": 10**13, "examples": [12.3]}
        return {"oneOf": [text, number]}


_IN_MINOR_UNITS: Final = "In place of the field without `_minor`: the amount in minor units, 1230 for 12.30 EUR"


def integer_refused(value: int) -> str:
    """Why a whole-number amount in a log is refused if its unit is not set."""
    return (
        f"is the whole number {value}: before version 0.2.0 that was {value} minor units (cents), now it is {value} "
        "units of the currency; write --amounts minor or --amounts major"
    )


class MinorAmount(Strict):
    """Money in minor units: an integer."""

    def read(self, value: Any) -> int:
        if type(value) is not int:
            raise wrong_type("an integer (minor units)", value)
        if not 0 <= value <= MAX_MINOR:
            raise Refused("range", f"must be from 0 to {MAX_MINOR}")
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "maximum": MAX_MINOR, "examples": [1230]}


class ShopAmount(Amount):
    """Money in the shop's own currency, whatever the rest is in."""

    def _currency(self, parent: Base) -> Currency:
        return parent.money.shop


class CurrencyCode(Strict):
    """An ISO 4217 code."""

    def read(self, value: Any) -> str:
        if type(value) is not str or len(value) != 3 or not (value.isascii() and value.isalpha() and value.isupper()):
            raise Refused("format", "must be an ISO 4217 code of three capital letters, for example EUR")
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Z]{3}$"}


class Language(Strict):
    """A BCP 47 language tag."""

    def read(self, value: Any) -> str:
        if type(value) is not str or len(value) > 35 or not _LANGUAGE(value):
            raise Refused("format", "must be a language tag, for example en or zh-Hans")
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", "maxLength": 35}


class Zone(Strict):
    """An IANA time zone."""

    def read(self, value: Any) -> str:
        if type(value) is not str or value not in _zones():
            hint = did_you_mean(value, _zones()) if isinstance(value, str) else ""
            raise Refused("zone", "must be an IANA time zone, for example Europe/Berlin" + hint)
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": MAX_ID, "examples": ["Europe/Berlin"]}


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


class Birthday(Strict):
    """YYYY-MM-DD, or MM-DD where the year is nobody's business."""

    def read(self, value: Any) -> str:
        match = _BIRTHDAY(value) if type(value) is str else None
        if match is None:
            raise Refused("format", "must be a birthday as YYYY-MM-DD or MM-DD")
        year, month, day = (int(part) if part else None for part in match.groups())
        if not month or not day or month > 12 or day > _DAYS[month - 1] or not (year is None or 1850 <= year <= 2199):
            raise Refused("range", "is not a valid date")
        return str(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$"}
