"""Decision tables in the space: where rows fit, and the facts that they decide as formulas of others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.domain.money import Currency
from engine.rulebook.condition import Compare, Op
from engine.rulebook.conditions import comparisons
from engine.rulebook.logic.formula import FALSE, TRUE, All, Formula, all_of
from engine.rulebook.logic.solver import Solver, TooLarge
from engine.rulebook.logic.space import Ground, Space
from engine.rulebook.logic.walk import Walk
from engine.rulebook.logic.witness import Witnesses
from engine.rulebook.model import FactType, Table

MOST_PIECES: Final = 400
"""A table of more cases is not put in the place of its fact: then each of its outputs is possible for everybody."""

ALL: Final = "all"


def cell_tests(table: Table) -> list[Compare]:
    """The comparisons in the cells; of a table that gathers a set its outputs, too, as members."""
    tests = [test for row in table.rows for cell in row.cells if cell for test in comparisons(cell, {})]
    if table.pick == ALL:
        tests += [Compare(table.decides, Op.HAS, str(row.output)) for row in table.rows]
    return tests


def row_formulas(space: Space, table: Table) -> list[Formula]:
    """Where each row fits, in the order written."""
    return [all_of(space.formula(cell) for cell in row.cells if cell) for row in table.rows]


def asked(table: Table) -> list[int]:
    """The numbers (from 0) of the rows in the order in which they are asked."""
    numbers = {id(row): number for number, row in enumerate(table.rows)}
    return [numbers[id(row)] for row in table.asked]


def put_in_place(space: Space, table: Table) -> None:
    """Give the classes of the fact that the table decides their formulas, where the space knows the fact and the
    table is not too large. The tables that it looks at come first."""
    if space.vocabulary[table.decides].type is FactType.SET:
        _put_members(space, table)
        return
    number = space.number.get((table.decides, None))
    if number is None:
        return
    try:
        pieces = list(_pieces(space, table))
    except TooLarge:
        return
    space.decided[number] = tuple(
        space.some(piece for piece, output in pieces if output == value) for value in space.classes[number].values
    )


def _pieces(space: Space, table: Table) -> Iterator[tuple[Formula, object]]:
    """Boxes without a common customer, and what is decided there."""
    rows, order = row_formulas(space, table), asked(table)
    for count, leaf in enumerate(Walk(space, [rows[at] for at in order], first_only=True).leaves()):
        if count >= MOST_PIECES:
            raise TooLarge
        yield All(leaf.box), table.rows[order[leaf.rows[0]]].output if leaf.rows else table.otherwise


def _put_members(space: Space, table: Table) -> None:
    """What no row gives is never a member; the set itself is always known."""
    rows: dict[str, list[Formula]] = {}
    for formula, row in zip(row_formulas(space, table), table.rows, strict=True):
        rows.setdefault(str(row.output), []).append(formula)
    for (fact, member), number in space.number.items():
        if fact != table.decides:
            continue
        if member is None:
            space.decided[number] = (TRUE, FALSE)
        elif len(rows.get(member, ())) <= MOST_PIECES:
            having = space.some(rows.get(member, ()))
            space.decided[number] = (space.opposite(having), having)


@dataclass(frozen=True, slots=True)
class Case:
    """Some customers of a table, and the rows (numbers from 0, as written) that fit all of them."""

    formula: All
    rows: tuple[int, ...]


class TableSpace:
    """The space of some tables, with what answers questions about it."""

    def __init__(self, ground: Ground, currency: Currency) -> None:
        self.space = Space(ground, [test for table in ground.tables for test in cell_tests(table)])
        for table in ground.tables:
            put_in_place(self.space, table)
        self.solver = Solver(self.space)
        self.witnesses = Witnesses(self.space, self.solver, ground.tables, currency)

    def cases(self, table: Table, first_only: bool) -> Iterator[Case]:
        """The cases of a table: at least one for each set of rows that fit together. Some may be of nobody: what two
        columns say that hang together (`is_possible`). May raise TooLarge."""
        rows, order = row_formulas(self.space, table), asked(table)
        walk = Walk(self.space, [rows[at] for at in order], first_only)
        moments = [at for at in walk.dimensions if at in self.space.given_at]
        independent = len(moments) < 2 and not any(at in self.space.decided for at in walk.dimensions)
        for leaf in walk.leaves(each_once=independent):
            yield Case(All(leaf.box), tuple(order[at] for at in leaf.rows))

    def is_possible(self, case: Case) -> bool:
        """Whether some customer is in it."""
        return self.solver.find(case.formula) is not None
