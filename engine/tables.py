"""Decision tables: facts that marketers derive from facts. Rows are read from the top."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.rulebook.condition import AllOf, Condition
from engine.rulebook.model import Facts, Table, Value

Holds = Callable[[Facts], bool]


@dataclass(frozen=True, slots=True)
class CompiledTable:
    """A table whose rows are one predicate each."""

    decides: str
    pick: str
    rows: tuple[tuple[Holds, Value], ...]
    otherwise: Value

    def decide(self, facts: Facts) -> Value:
        """The output of the first row that holds (`all`: the set of all that hold), else `otherwise`."""
        if self.pick == "all":
            return frozenset(str(output) for holds, output in self.rows if holds(facts))
        for holds, output in self.rows:
            if holds(facts):
                return output
        return self.otherwise


def compile_table(table: Table, predicate: Callable[[Condition], Holds]) -> CompiledTable:
    """`only_one` needs no other reading than `first`: the check refuses rows that overlap."""
    return CompiledTable(
        decides=table.decides,
        pick=table.pick,
        rows=tuple((predicate(AllOf(tuple(c for c in row.cells if c is not None))), row.output) for row in table.rows),
        otherwise=table.otherwise,
    )


def decide_all(tables: tuple[CompiledTable, ...], facts: dict[str, Value]) -> None:
    """Put what the tables decide into `facts`; the tables come in an order in which each finds what it needs."""
    for table in tables:
        facts[table.decides] = table.decide(facts)
