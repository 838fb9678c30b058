"""A table with many rows, looked at column by column, decides as the rows do that are read one by one."""

from dataclasses import replace
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.facts import NEVER, Facts
from engine.facts import tables
from engine.facts.tables import CompiledTable, compile_table
from engine.rulebook.model import Row, Table
from engine.rulebook.predicates import predicate
from engine.rulebook.read.tables import parse_cell
from engine.rulebook.reference import holds
from tests.support.unary_tests import EUR, KINDS, Kind, cells

OUTPUTS = ("low", "medium", "high")


def kind_of(name: str) -> Kind:
    """The kind as a column of that name."""
    kind = KINDS[name]
    return replace(kind, fact=replace(kind.fact, name=name))


@st.composite
def random_tables(draw: st.DrawFn) -> Table:
    columns = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=4, unique=True))
    rows = []
    for _ in range(draw(st.integers(1, 12))):
        kinds = [kind_of(name) for name in columns]
        written = [draw(cells(kind))[1] for kind in kinds]
        conditions = tuple(parse_cell(text, kind.fact, EUR) for text, kind in zip(written, kinds, strict=True))
        rows.append(Row(conditions, draw(st.sampled_from(OUTPUTS))))
    pick = draw(st.sampled_from(("first", "priority", "all")))
    order = tuple(draw(st.permutations(OUTPUTS))) if pick == "priority" else ()
    return Table("t", "it", pick, tuple(columns), tuple(rows), frozenset() if pick == "all" else "none", order=order)


def compiled(table: Table, many: int) -> CompiledTable:
    with patch.object(tables, "MANY", many):
        return compile_table(table, lambda condition: predicate(condition, {}))


def as_written(table: Table, facts: Facts) -> object:
    """By the reference, from the meaning of each pick."""
    given = [row.output for row in table.rows if all(cell is None or holds(cell, facts, {}) for cell in row.cells)]
    if table.pick == "all":
        return frozenset(map(str, given))
    if not given:
        return table.otherwise
    return min(given, key=table.order.index) if table.pick == "priority" else given[0]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_both_ways_to_read_a_table_decide_as_it_is_written(data: st.DataObject) -> None:
    table = data.draw(random_tables())
    by_row, by_column = compiled(table, len(table.rows)), compiled(table, 0)
    for _ in range(8):
        facts = {name: data.draw(st.sampled_from([*KINDS[name].values, NEVER])) for name in table.columns}
        facts = {name: None if value == NEVER and name != "days" else value for name, value in facts.items()}
        expected = as_written(table, facts)
        assert by_row.decide(facts) == expected
        assert [by_column.decide(facts), by_column.decide(facts)] == [expected, expected]
