"""Decision tables: facts that marketers derive from facts. Rows are read from the top."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from engine.rulebook.condition import AllOf, Condition
from engine.rulebook.model import Facts, Row, Table, Value
from engine.table_index import Holds, RowIndex

MANY: Final = 64
"""A table with more rows is looked at column by column; up to here row by row is faster."""


@dataclass(frozen=True, slots=True)
class CompiledTable:
    """`decide`: the output of the first row that holds (`all`: the set of all that hold), else `otherwise`."""

    decides: str
    decide: Callable[[Facts], Value]


def compile_table(table: Table, predicate: Callable[[Condition], Holds]) -> CompiledTable:
    """`only_one` and `any` need no other reading than `first`: the check refuses rows that overlap and differ."""
    rows = table.asked
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


def _by_column(index: RowIndex, table: Table, outputs: tuple[Value, ...]) -> Callable[[Facts], Value]:
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
    """Put what the tables decide into `facts`; the tables come in an order in which each finds what it needs."""
    for table in tables:
        facts[table.decides] = table.decide(facts)
