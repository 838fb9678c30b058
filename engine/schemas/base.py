"""The base of all schemas: strict fields that declare their values, and errors with places, codes and hints."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import EXCLUDE, Schema, ValidationError, fields, missing, post_load, validates_schema
from marshmallow.exceptions import SCHEMA

from engine.domain.errors import InvalidInput, Problem
from engine.domain.hints import did_you_mean
from engine.domain.money import Currency

MAX_PROBLEMS: Final = 20
_LONGEST_SHOWN: Final = 60


class Refused(ValueError):
    """A value that is not what its field takes. `field` names the one to blame when a whole object was checked."""

    def __init__(self, code: str, message: str, field: str = SCHEMA) -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class Message(str):
    """A message that remembers its code on the way through marshmallow's error store."""

    __slots__ = ("code",)
    code: str

    @classmethod
    def of(cls, code: str, text: str) -> "Message":
        message = cls(text)
        message.code = code
        return message


MAJOR: Final = "major"
MINOR: Final = "minor"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Money:
    """What amounts are read in: the currency that was sent, and the shop's own.

    `integers`: what an integer counts. `MAJOR` units, as in calls: 50 is 50.00. In logs of before version 0.2.0 it
    counted `MINOR` units; without an explicit unit it is `UNKNOWN` and refused.
    """

    sent: Currency
    shop: Currency
    integers: str = MAJOR


NO_MONEY: Final = Money(sent=Currency("XXX"), shop=Currency("XXX"))
"""For schemas without amounts (ISO 4217: no currency is involved)."""


class Strict(fields.Field[Any]):
    """A field that takes one JSON type and converts nothing by guessing.

    `lenient`: a wrong value is left out with a warning, see `engine.schemas.leniency`.
    """

    default_error_messages = {  # noqa: RUF012 - marshmallow declares it so
        "required": Message.of("required", "is required"),
        "null": Message.of("null", "must not be null; omit it instead"),
    }

    def __init__(self, *, about: str = "", lenient: bool = False, **kwargs: Any) -> None:
        self.lenient = lenient
        super().__init__(metadata={"description": about} if about else None, **kwargs)

    def read(self, value: Any) -> Any:
        """The value in the engine's form, or Refused."""
        raise NotImplementedError

    def quick(self, value: Any) -> Any:
        """`read` on the quick way (see `Base.quick`); a field that holds others goes the quick way into them."""
        return self.read(value)

    def cleaned(self, value: Any) -> Any:
        """The value as it is read after it was refused as sent; "" for a name of blanks."""
        return value

    def minor_field(self) -> "Strict | None":
        """The field `<name>_minor` that may be sent in place of this one; None for what is no amount."""
        return None

    def json_schema(self) -> dict[str, Any]:
        """What the field takes, in the words of JSON Schema 2020-12."""
        raise NotImplementedError

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        """marshmallow would format the message, and lose its code."""
        return ValidationError(self.error_messages[key])

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        try:
            return self.read(value)
        except Refused as refused:
            raise ValidationError(Message.of(refused.code, str(refused))) from None


def quick_way(field: Strict) -> Callable[[Any], Any]:
    """`read` itself where the field holds no others: one call less for most values."""
    return field.read if type(field).quick is Strict.quick else field.quick


def add_minor_units(declared: dict[str, Any]) -> dict[str, Any]:
    """Adds `<name>_minor` beside each amount, and returns the amounts; one of both satisfies what is required."""
    amounts = {}
    for name, field in list(declared.items()):
        minor = field.minor_field() if isinstance(field, Strict) else None
        if minor is not None:
            amounts[name], declared[f"{name}_minor"] = field, minor
    return amounts


class Base(Schema):
    """A JSON object with declared keys. Unknown keys are refused with the nearest known one."""

    error_messages = {"type": Message.of("type", "must be a JSON object")}  # noqa: RUF012 - as in marshmallow

    empty_means_nothing: ClassVar[bool] = False
    """Without any of its fields the object has no meaning: it is refused if all that was sent is wrong."""
    also: ClassVar[Mapping[str, Any]] = {}
    """What `check` holds to and JSON Schema can say: published along with the fields."""

    class Meta(Schema.Meta):
        unknown = EXCLUDE  # `_unknown` refuses them, with a hint

    def __init__(self, money: Money) -> None:
        self.money = money
        super().__init__()

    def _init_fields(self) -> None:
        self._amounts = tuple(
            (name, f"{name}_minor", field.required) for name, field in add_minor_units(self.declared_fields).items()
        )
        for name, _, _ in self._amounts:
            self.declared_fields[name].required = False
        self._minor = frozenset(minor for _, minor, _ in self._amounts)
        self._required_amounts = frozenset(name for name, _, required in self._amounts if required)
        super()._init_fields()
        self._quick = {name: quick_way(field) for name, field in self.fields.items() if isinstance(field, Strict)}
        self._required = frozenset(name for name, field in self.fields.items() if field.required)
        self._defaults = {n: f.load_default for n, f in self.fields.items() if f.load_default is not missing}

    def quick(self, raw: Any) -> dict[str, Any]:
        """What `load` gives for input that is right, without marshmallow's bookkeeping: a third of its time.

        Refused for anything else, with no place and no second problem: `load` then reports the errors.
        """
        if type(raw) is not dict or not self._required <= raw.keys() <= self._quick.keys():
            raise Refused("object", "keys are missing or unknown")
        data = {name: self._quick[name](value) for name, value in raw.items()}
        for name, default in self._defaults.items():
            if name not in data:
                data[name] = default() if callable(default) else default
        if not self._minor.isdisjoint(raw):
            self._fold(data)
        if not self._required_amounts <= data.keys():
            raise Refused("required", "an amount is missing")
        self.check(data)
        return self.finish(data)

    def _fold(self, data: dict[str, Any]) -> None:
        """Each amount under its one name, however it was sent."""
        for name, minor, _ in self._amounts:
            if minor in data:
                if name in data:
                    raise Refused("repeated", f'is the same as "{name}": send one of them', minor)
                data[name] = data.pop(minor)

    def check(self, data: dict[str, Any]) -> None:
        """Checks constraints between the fields; raises Refused."""

    def finish(self, data: dict[str, Any]) -> dict[str, Any]:
        """The object in the engine's form."""
        return data

    @validates_schema(skip_on_field_errors=True)
    def _checked(self, data: dict[str, Any], **_: Any) -> None:
        try:
            self._fold(data)
            self.check(data)
        except Refused as refused:
            raise ValidationError(Message.of(refused.code, str(refused)), refused.field) from None

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _unknown(self, data: dict[str, Any], original: Any, **_: Any) -> None:
        if isinstance(original, dict):
            unknown = [key for key in original if key not in self.fields][:MAX_PROBLEMS]
            if unknown:
                raise ValidationError({key: [self._hint(key)] for key in unknown})

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _with_amounts(self, data: dict[str, Any], original: Any, **_: Any) -> None:
        """Beside other errors, too: `_fold` only sees what has none."""
        if isinstance(original, dict):
            absent = [n for n, minor, required in self._amounts if required and not original.keys() & {n, minor}]
            if absent:
                raise ValidationError({name: [Message.of("required", "is required")] for name in absent})

    def _hint(self, key: str) -> Message:
        return Message.of("unknown", "is not a known property" + did_you_mean(key, self.fields))

    @post_load
    def _finished(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return self.finish(data)


def load(schema: Base, raw: Any) -> dict[str, Any]:
    """Reads `raw`; InvalidInput lists all errors."""
    try:
        return schema.quick(raw)
    except Refused:
        pass  # marshmallow finds every problem, and its place
    try:
        loaded: dict[str, Any] = schema.load(raw)
    except ValidationError as error:
        raise InvalidInput(problems(error.messages)) from None
    return loaded


def problems(messages: Any, pointer: str = "") -> tuple[Problem, ...]:
    """marshmallow's nested messages as a flat list with JSON pointers, the first `MAX_PROBLEMS` of them."""
    found = tuple(_flat(messages, pointer))
    if len(found) <= MAX_PROBLEMS:
        return found
    rest = Problem(pointer, "more", f"and {len(found) - MAX_PROBLEMS} more problems")
    return (*found[:MAX_PROBLEMS], rest)


def _flat(messages: Any, pointer: str) -> list[Problem]:
    if isinstance(messages, dict):
        return [p for key, below in messages.items() for p in _flat(below, _below(pointer, key))]
    return [Problem(pointer, getattr(item, "code", "invalid"), str(item)) for item in messages]


def _below(pointer: str, key: str | int) -> str:
    if key == SCHEMA:
        return pointer
    shown = str(key)[:_LONGEST_SHOWN].encode(errors="replace").decode()
    return f"{pointer}/{shown.replace('~', '~0').replace('/', '~1')}"
