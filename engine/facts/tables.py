"""Decision tables: facts derived from facts. Rows are evaluated from the top.

The rows of a large table are found by column, so that ten thousand rows cost little more than ten. They are the bits
of a number: each column returns the rows whose cell holds for its value; rows in all columns match.
Equal cells of a column are evaluated once, and the result for a class of values is cached, within bounds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.domain.facts import Facts, Value
from engine.rulebook.compiler import RankCodes
from engine.rulebook.condition import AllOf, Compare, Condition, Op
from engine.rulebook.model import Row, Table
from engine.rulebook.predicates import comparisons, without_places

Holds = Callable[[Facts], bool]
_REMEMBERED_BYTES: Final = 2**22
"""Per column."""
_OF_SETS: Final = (Op.HAS, Op.HAS_ANY, Op.HAS_NONE)
_LISTS: Final = (Op.ONE_OF, Op.NONE_OF, Op.BETWEEN)
MANY: Final = 64
"""A table with more rows is evaluated column by column; up to here row by row is faster."""


@dataclass(frozen=True, slots=True)
class CompiledTable:
    """`decide`: the output of the first matching row (`all`: the set of all of them), else `otherwise`."""

    decides: str
    decide: Callable[[Facts], Value]


def compile_table(table: Table, predicate: Callable[[Condition], Holds]) -> CompiledTable:
    """`only_one` and `any` compile like `first`: the check refuses rows that overlap and differ."""
    rows = table.in_order
    if len(rows) > MANY:
        index = RowIndex(table.columns, rows, predicate)
        return CompiledTable(table.decides, _by_column(index, table, tuple(row.output for row in rows)))
    predicates = tuple((predicate(AllOf(tuple(_asking(row)))), row.output) for row in rows)
    return CompiledTable(table.decides, _all(predicates) if table.pick == "all" else _first(predicates, table))


def _asking(row: Row) -> Iterable[Condition]:
    return (cell for cell in row.cells if cell is not None)


def _first(rows: tuple[tuple[Holds, Value], ...], table: Table) -> Callable[[Facts], Value]:
    otherwise = table.otherwise

    def decide(facts: Facts) -> Value:
        for holds, output in rows:
            if holds(facts):
                return output
        return otherwise

    return decide


def _all(rows: tuple[tuple[Holds, Value], ...]) -> Callable[[Facts], Value]:
    return lambda facts: frozenset(str(output) for holds, output in rows if holds(facts))


def _by_column(index: "RowIndex", table: Table, outputs: tuple[Value, ...]) -> Callable[[Facts], Value]:
    def first(facts: Facts) -> Value:
        found = index.holding(facts)
        return outputs[(found & -found).bit_length() - 1] if found else table.otherwise

    def every(facts: Facts) -> Value:
        found, given = index.holding(facts), set()
        while found:
            lowest = found & -found
            given.add(str(outputs[lowest.bit_length() - 1]))
            found ^= lowest
        return frozenset(given)

    return every if table.pick == "all" else first


def decide_all(tables: tuple[CompiledTable, ...], facts: dict[str, Value]) -> None:
    """Adds the outputs of the tables to `facts`; `tables` are in dependency order."""
    for table in tables:
        facts[table.decides] = table.decide(facts)


# ---- large tables, by column ----


class RowIndex:
    """The rows of one table. Its only state is a cache: safe for threads and across fork."""

    def __init__(self, columns: Sequence[str], rows: Sequence[Row], predicate: Callable[[Condition], Holds]) -> None:
        self._all = (1 << len(rows)) - 1
        self._columns = tuple(
            _Column(fact, (row.cells[at] for row in rows), predicate) for at, fact in enumerate(columns)
        )

    def holding(self, facts: Facts) -> int:
        """The matching rows, the first row as the lowest bit."""
        found = self._all
        for column in self._columns:
            found &= column.holding(facts)
            if not found:
                break
        return found


class _Column:
    """The cells of one column, by condition."""

    def __init__(self, fact: str, cells: Iterable[Condition | None], predicate: Callable[[Condition], Holds]) -> None:
        self._fact = fact
        self._anything = 0
        self._equal: dict[Value, int] = {}
        asked: dict[Condition, int] = {}
        rows = 0
        for number, cell in enumerate(cells):
            rows, bit = number + 1, 1 << number
            match cell:
                case None:
                    self._anything |= bit
                case Compare(_, Op.IS, value):
                    self._equal[value] = self._equal.get(value, 0) | bit
                case Compare(_, Op.ONE_OF, values):
                    for value in values:
                        self._equal[value] = self._equal.get(value, 0) | bit
                case _:
                    same = without_places(cell)
                    asked[same] = asked.get(same, 0) | bit
        self._asked = tuple((predicate(condition), bits) for condition, bits in asked.items())
        self._codes = _codes(asked)
        self._remembered: dict[object, int] = {}
        self._most = max(64, _REMEMBERED_BYTES * 8 // max(rows, 1))

    def holding(self, facts: Facts) -> int:
        value = facts.get(self._fact)
        found = self._anything | self._equal.get(value, 0)
        if not self._asked:
            return found
        key = value if self._codes is None else self._codes[value]
        known = self._remembered.get(key)
        if known is None:
            known = 0
            for holds, bits in self._asked:
                if holds(facts):
                    known |= bits
            if len(self._remembered) >= self._most:
                self._remembered.clear()
            self._remembered[key] = known
        return found | known


def _codes(conditions: Iterable[Condition]) -> RankCodes | None:
    """The classes of values that these conditions distinguish; None for sets, each its own class."""
    constants: list[object] = []
    for condition in conditions:
        for compare in comparisons(condition, {}):
            if compare.op in _OF_SETS:
                return None
            if compare.op is not Op.KNOWN:
                constants += compare.value if compare.op in _LISTS else (compare.value,)
    return RankCodes(constants)
