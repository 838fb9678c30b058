"""Cells of decision tables at random, for every type of fact: what they test, and a way to write it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from engine.domain.facts import NEVER, Fact, FactType, Missing, Value
from engine.domain.money import Currency

EUR = Currency("EUR")
WORDS = ("gold", "silver", "您好", "a b", "yes", "5")
DATES = ("2026-02-28", "2026-03-01", "2026-12-24", "2027-01-01")
CUTS = (-3, -1, 0, 1, 2, 5, 30)


@dataclass(frozen=True)
class Interval:
    open_low: bool
    low: Any
    high: Any
    open_high: bool


@dataclass(frozen=True)
class Bound:
    sign: str
    than: Any


@dataclass(frozen=True)
class Same:
    value: Any


NULL = "null"
Test = Interval | Bound | Same | str


@dataclass(frozen=True)
class Cell:
    """None as `tests`: the dash."""

    tests: Sequence[Test] | None
    negated: bool


def money(value: Any) -> str:
    return f"{EUR.format(value)} EUR"


def text(value: Any) -> str:
    return f'"{value}"'


@dataclass(frozen=True)
class Kind:
    """A fact, the values that its cells name and that it has, and the ways to write one."""

    fact: Fact
    named: Sequence[Any]
    values: Sequence[Value]
    ways: Sequence[Callable[[Any], str]]
    ordered: bool = True


def fact(kind: FactType, missing: Missing = Missing.UNKNOWN, unit: str | None = None) -> Fact:
    return Fact("customer.it", kind, missing, "It", unit=unit)


NEARBY = (*CUTS, -2, 3, 31, None)
KINDS: Mapping[str, Kind] = {
    "count": Kind(fact(FactType.COUNT), CUTS, NEARBY, (str,)),
    "money": Kind(fact(FactType.MONEY), CUTS, NEARBY, (money,)),
    "days": Kind(fact(FactType.DAYS, Missing.NEVER, "days"), CUTS, (*NEARBY, NEVER), (str, "{} days".format)),
    "number": Kind(fact(FactType.NUMBER), (-0.5, 0.0, 0.25, 1.0), (-1.0, -0.5, 0.0, 0.1, 0.25, 1.0, None), (str,)),
    "share": Kind(fact(FactType.NUMBER, unit="%"), (0.05, 0.5), (0.0, 0.05, 0.3, 0.5, None), ("{:.0%}".format,)),
    "date": Kind(
        fact(FactType.DATE),
        DATES,
        (*DATES, "2026-03-02", "2025-12-31", None),
        (str, 'date("{}")'.format, '@"{}"'.format),
    ),
    "boolean": Kind(
        fact(FactType.BOOLEAN),
        (True, False),
        (True, False, None),
        (lambda value: "yes" if value else "no", lambda value: str(value).lower()),
        ordered=False,
    ),
    "text": Kind(fact(FactType.TEXT), WORDS, (*WORDS, "else", "null", None), (text, str), ordered=False),
    "set": Kind(
        fact(FactType.SET, Missing.NONE),
        WORDS,
        (frozenset(), frozenset(("gold",)), frozenset(("gold", "5")), frozenset(("else",)), frozenset(WORDS)),
        (text, str),
        ordered=False,
    ),
}


@st.composite
def unary_tests(draw: st.DrawFn, kind: Kind) -> tuple[Test, str]:
    """A test and one way to write it."""

    def written(value: Any) -> str:
        return draw(st.sampled_from(kind.ways))(value)

    named = st.sampled_from(kind.named)
    shape = draw(st.sampled_from(("same", "null", "bound", "interval") if kind.ordered else ("same", "null")))
    if shape == "null":
        return NULL, NULL
    if shape == "same":
        value = draw(named)
        return Same(value), written(value)
    if shape == "bound":
        bound = Bound(draw(st.sampled_from(("<", "<=", ">", ">="))), draw(named))
        return bound, f"{bound.sign}{draw(st.sampled_from(('', ' ')))}{written(bound.than)}"
    low, high = sorted((draw(named), draw(named)))
    open_low, open_high = draw(st.booleans()), draw(st.booleans())
    if low == high or (isinstance(low, int) and high - low < 2):
        open_low = open_high = False  # nothing else would lie in it, which is refused
    left = draw(st.sampled_from(("(", "]"))) if open_low else "["
    right = draw(st.sampled_from((")", "["))) if open_high else "]"
    return Interval(open_low, low, high, open_high), f"{left}{written(low)}..{written(high)}{right}"


@st.composite
def cells(draw: st.DrawFn, kind: Kind) -> tuple[Cell, str]:
    if draw(st.integers(0, 9)) == 0:
        return Cell(None, False), "-"
    found = draw(st.lists(unary_tests(kind), min_size=1, max_size=4))
    listed = draw(st.sampled_from((",", ", ", " , "))).join(how for _, how in found)
    negated = draw(st.booleans())
    cell = Cell(tuple(test for test, _ in found), negated)
    return cell, draw(st.sampled_from(("not({})", "not ( {} )"))).format(listed) if negated else listed
