"""Cells of decision tables: the unary tests of DMN as conditions on the column's fact.

    -   gold   platinum, gold   >= 5   < 60 EUR   [0.7..1.0)   ]1..2[   not(a, [2..5])   "a text, quoted"   yes   true
    date("2026-12-24")   2026-12-24   null

`null`, `never` and `unknown` hold where the value is not known. As everywhere, every other test of a value that is not
known does not hold, `not(...)` either.
"""

import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.domain.money import Currency
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, Constant, Expected, Op
from engine.rulebook.model import NEVER, Fact, FactType
from engine.rulebook.place import Place
from engine.rulebook.values import BadValue, parse_value

_COMPARISON: Final = re.compile(r"(>=|<=|>|<)\s*(.*)", re.DOTALL)
_RANGE: Final = re.compile(r"([\[\](])(.*?)\.\.(.*)([\[\])])", re.DOTALL)
_QUOTED: Final = re.compile(r"\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_NOT: Final = re.compile(r"not\s*\((.*)\)", re.DOTALL)
_AMOUNT: Final = re.compile(r"[-+]?[0-9.]+\s*(\D*)")
_DATE: Final = re.compile(r"(?:date\s*\(\s*\"([^\"]*)\"\s*\)|@\"([^\"]*)\")")
_BARE_FRACTION: Final = re.compile(r"^([-+]?)(?=\.[0-9])")
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}
_PART: Final = re.compile(r"((?:\"(?:[^\"\\]|\\.)*\"|[^,\"])*)(,|\Z)", re.DOTALL)
_NOT_KNOWN: Final = frozenset({"null", "never", "unknown"})
_WHOLE: Final = frozenset({FactType.COUNT, FactType.MONEY, FactType.DAYS})
ORDERED: Final = _WHOLE | {FactType.NUMBER, FactType.DATE}
"""The types of facts whose values are smaller and larger than others."""
_OPS: Final = {">=": Op.AT_LEAST, ">": Op.MORE_THAN, "<=": Op.AT_MOST, "<": Op.LESS_THAN}
_OPPOSITES: Final = {
    Op.AT_LEAST: Op.LESS_THAN,
    Op.MORE_THAN: Op.AT_MOST,
    Op.AT_MOST: Op.MORE_THAN,
    Op.LESS_THAN: Op.AT_LEAST,
}
_MISSPELT: Final = {
    "<<": "write <",
    ">>": "write >",
    "=>": "write >=",
    "=<": "write <=",
    "≥": "write >=",
    "≤": "write <=",
    "!": "write not(...)",
    "<>": "write not(...)",
    "=": "write the value alone",
    "?": "write the test alone: it is about the fact of its column",
    "–": "write - (the plain hyphen)",
    "—": "write - (the plain hyphen)",
    "“": 'write "..." with plain quotes',
    "”": 'write "..." with plain quotes',
    "„": 'write "..." with plain quotes',
}
_TRUTHS: Final = {"true": "yes", "false": "no", "TRUE": "yes", "FALSE": "no"}
"""As DMN writes them, and what spreadsheets make of that."""


def parse_cell(text: str, fact: Fact, currency: Currency, place: Place | None = None) -> Condition | None:
    """The condition that a cell of this fact's column says, None for "-". BadValue (a ValueError) for a wrong one."""
    cell = text.strip()
    if cell == "-":
        return None
    if not cell:
        raise BadValue("the cell is empty", "write - where any value will do")
    negated = _NOT.fullmatch(cell)
    column = _Column(fact, currency, place)
    tests = [column.test(part) for part in _parts(negated[1] if negated else cell)]
    return column.none(tests) if negated else column.any(tests)


def _parts(text: str) -> list[str]:
    """Split at the commas outside quotes."""
    parts: list[str] = []
    end, more = 0, True
    while more:
        found = _PART.match(text, end)
        if not found:
            raise BadValue(f"{text}: a quote is not closed", 'write "..." around a text')
        parts.append(found[1].strip())
        end, more = found.end(), found[2] == ","
    if "" in parts:
        raise BadValue(f"{text}: a value is missing", "write a, b without a comma at the end")
    return parts


@dataclass(frozen=True, slots=True)
class _Equal:
    """A value written alone."""

    value: Constant


_Test = _Equal | Condition


@dataclass(frozen=True, slots=True)
class _Column:
    """The fact that the cells are about, and how its values are read."""

    fact: Fact
    currency: Currency
    place: Place | None

    def any(self, tests: Sequence[_Test]) -> Condition:
        """At least one of the tests."""
        values = tuple(test.value for test in tests if isinstance(test, _Equal))
        others = [test for test in tests if not isinstance(test, _Equal)]
        if self.fact.type is FactType.SET:
            equal = self._listed(Op.HAS, Op.HAS_ANY, values)
        else:
            equal = self._listed(Op.IS, Op.ONE_OF, values)
        return _grouped(AnyOf, [*equal, *others])

    def none(self, tests: Sequence[_Test]) -> Condition:
        """The value is known and none of the tests holds; or it is known, where the test is for not known."""
        values = tuple(test.value for test in tests if isinstance(test, _Equal))
        others = [self._opposite(test) for test in tests if not isinstance(test, _Equal)]
        if self.fact.type is FactType.SET:
            equal = self._listed(Op.HAS_NONE, Op.HAS_NONE, values)
        else:
            equal = self._listed(Op.IS_NOT, Op.NONE_OF, values)
        return _grouped(AllOf, [*equal, *others])

    def _listed(self, one: Op, several: Op, values: tuple[Constant, ...]) -> list[Condition]:
        if not values:
            return []
        single = len(values) == 1 and one is not several
        return [self._compare(one, values[0]) if single else self._compare(several, values)]

    def _compare(self, op: Op, value: Expected) -> Compare:
        return Compare(self.fact.name, op, value, self.place)

    def _opposite(self, condition: Condition) -> Condition:
        """Holds for the known values for which the condition does not."""
        match condition:
            case Compare(_, Op.KNOWN):
                return self._compare(Op.KNOWN, True)
            case Compare(_, Op.BETWEEN, (low, high)):
                return AnyOf((self._compare(Op.LESS_THAN, low), self._compare(Op.MORE_THAN, high)))
            case Compare(_, op, bound):
                return self._compare(_OPPOSITES[op], bound)
            case AllOf(items):
                return AnyOf(tuple(self._opposite(item) for item in items))
            case _:
                raise TypeError(f"a cell has no {condition}")

    def test(self, text: str) -> _Test:
        """One of the parts between commas."""
        if text in _NOT_KNOWN and text not in self.fact.values:
            return self._compare(Op.KNOWN, False)
        if quoted := _QUOTED.fullmatch(text):
            return _Equal(self._text(_plain(quoted[1])))
        if text == "-" or _NOT.fullmatch(text):
            raise self._wrong(text, "- and not(...) stand for the whole cell", "give them a row of their own")
        for spelling, hint in _MISSPELT.items():
            if text.startswith(spelling):
                raise self._wrong(text, "no such comparison", hint)
        if found := _COMPARISON.fullmatch(text):
            self._check_ordered(text)
            return self._compare(_OPS[found[1]], self._bound(found[2]))
        if text[0] in "[](":
            self._check_ordered(text)
            return self._range(text)
        if ".." in text and self.fact.type in ORDERED:
            return self._range(text)
        return _Equal(self._value(text))

    def _range(self, text: str) -> Condition:
        found = _RANGE.fullmatch(text)
        if not found:
            raise self._wrong(text, "not a range", "write [1..5], or [1..5) where 5 does not belong to it")
        opening, first, last, closing = (part.strip() for part in found.groups())
        unit = _AMOUNT.fullmatch(last)
        bare = _AMOUNT.fullmatch(first)
        if unit and bare and not bare[1]:
            first = f"{first} {unit[1]}".strip()
        low, high = self._bound(first), self._bound(last)
        if self._is_empty(opening, low, high, closing):
            raise self._wrong(text, "no value lies in it", "write the smaller bound first, [ ] if it belongs to it")
        if opening == "[" and closing == "]":
            return self._compare(Op.BETWEEN, (low, high))
        return AllOf(
            (
                self._compare(Op.AT_LEAST if opening == "[" else Op.MORE_THAN, low),
                self._compare(Op.AT_MOST if closing == "]" else Op.LESS_THAN, high),
            )
        )

    def _is_empty(self, opening: str, low: Constant, high: Constant, closing: str) -> bool:
        open_ends = (opening != "[") + (closing != "]")
        if self.fact.type in _WHOLE and isinstance(low, int) and isinstance(high, int):
            return high - low < open_ends
        return bool(operator.gt(low, high) or (low == high and open_ends))

    def _bound(self, text: str) -> Constant:
        value = self._value(text)
        if value == NEVER:
            raise self._wrong(text, "never is no bound", "write never alone, or leave the bound away")
        return value

    def _value(self, text: str) -> Constant:
        if self.fact.type is FactType.BOOLEAN:
            text = _TRUTHS.get(text, text)
        elif self.fact.type is FactType.DATE and (found := _DATE.fullmatch(text)):
            text = found[1] or found[2] or ""
        elif self.fact.type is FactType.NUMBER or self.fact.type in _WHOLE:
            text = _BARE_FRACTION.sub(r"\g<1>0", text, count=1)
        return parse_value(text, self.fact, self.currency)

    def _text(self, text: str) -> Constant:
        if self.fact.type not in (FactType.TEXT, FactType.SET):
            raise self._wrong(f'"{text}"', "quotes are for texts", "leave them away")
        return parse_value(text, self.fact, self.currency)

    def _check_ordered(self, text: str) -> None:
        if self.fact.type not in ORDERED:
            raise self._wrong(text, f"a {self.fact.type} has no order", 'write values: a, b (or "..." if it is a text)')

    def _wrong(self, text: str, reason: str, hint: str) -> BadValue:
        return BadValue(f"{text}: {reason}", hint)


def _plain(quoted: str) -> str:
    """The text between quotes; two escapes may make one character, half of one is none."""
    return _ESCAPE.sub(_character, quoted).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(found: re.Match[str]) -> str:
    code = found[1]
    return chr(min(int(code[1:], 16), 0x10FFFF)) if len(code) > 1 else _ESCAPES.get(code, code)


def _grouped(group: type[AllOf] | type[AnyOf], items: Sequence[Condition]) -> Condition:
    return items[0] if len(items) == 1 else group(tuple(items))
