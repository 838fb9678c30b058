"""What one wrong value costs: itself, not the rest. Only inputs that the strict way refuses come here.

Labels are brought into their normal form. A wrong value of a `lenient` field is left out, and a warning states where
and why. Everything else stays as it was sent, for the strict way to refuse.
"""

from typing import Any, Final

from engine.domain.errors import InvalidInput, Problem
from engine.schemas.base import MAX_PROBLEMS, Base, Refused, Strict, load
from engine.schemas.fields import Label, Text, wrong_type
from engine.schemas.nested import ListOf, Object

_NOTHING: Final = object()
"""In place of a value that is left out."""


def load_leniently(schema: Base, raw: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What `load` reads, without wrong values of lenient fields; a warning for each of them."""
    try:
        return schema.quick(raw), ()
    except Refused:
        pass
    sieve = _Sieve()
    sifted = sieve.of_object(schema, raw, "")
    try:
        return load(schema, sifted), _warnings(sieve.left_out)
    except InvalidInput as error:
        raise InvalidInput((*error.problems, *sieve.left_out[:MAX_PROBLEMS])) from None


def _warnings(left_out: list[Problem]) -> tuple[str, ...]:
    shown = tuple(f"{problem.pointer}: {problem.message}; left out" for problem in left_out[:MAX_PROBLEMS])
    rest = len(left_out) - MAX_PROBLEMS
    return (*shown, f"and {rest:,} more values are left out") if rest > 0 else shown


class _Sieve:
    """One pass over an input; collects what is left out of it."""

    def __init__(self) -> None:
        self.left_out: list[Problem] = []

    def of_object(self, schema: Base, raw: Any, pointer: str) -> Any:
        if type(raw) is not dict:
            return raw
        before = len(self.left_out)
        kept = {}
        for name, value in raw.items():
            sifted = self._of_field(schema.fields.get(name), value, f"{pointer}/{name}")
            if sifted is not _NOTHING:
                kept[name] = sifted
        if schema.empty_means_nothing and not kept and len(self.left_out) > before:
            del self.left_out[before:]
            return raw
        return kept

    def _of_field(self, field: Any, value: Any, pointer: str) -> Any:
        if isinstance(field, Object):
            return self.of_object(field.schema, value, pointer)
        if isinstance(field, ListOf):
            return self._of_list(field, value, pointer)
        if not isinstance(field, Strict):
            return value
        cleaned = field.cleaned(value)
        return self._if_right(field, cleaned, pointer) if field.lenient else cleaned

    def _of_list(self, field: ListOf, value: Any, pointer: str) -> Any:
        item = field.item
        if isinstance(item, Object):
            if type(value) is not list or len(value) > field.at_most:
                return value
            return [self.of_object(item.schema, one, f"{pointer}/{n}") for n, one in enumerate(value)]
        if not field.lenient:
            return value
        if type(value) is not list:
            return self._leave_out(wrong_type("a list", value), pointer)
        items = (self._if_right(item, item.cleaned(one), f"{pointer}/{n}") for n, one in enumerate(value))
        kept = self._at_most(field.at_most, [one for one in items if one is not _NOTHING], pointer)
        return kept if kept or not value else _NOTHING

    def _at_most(self, number: int, items: list[Any], pointer: str) -> list[Any]:
        if len(items) > number:
            self._leave_out(Refused("length", f"must have at most {number} items"), f"{pointer}/{number}")
        return items[:number]

    def _if_right(self, field: Strict, value: Any, pointer: str) -> Any:
        """The value, or nothing if it is wrong. A name of blanks is none, which deserves no warning."""
        if value == "" and isinstance(field, Label | Text):
            return _NOTHING
        try:
            field.read(value)
        except Refused as refused:
            return self._leave_out(refused, pointer)
        return value

    def _leave_out(self, refused: Refused, pointer: str) -> object:
        self.left_out.append(Problem(pointer, refused.code, str(refused)))
        return _NOTHING
