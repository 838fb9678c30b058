"""Decision tables in the space: where rows fit, and the facts they decide as formulas of others."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from authoring.logic.formula import FALSE, TRUE, All, Formula, all_of
from authoring.logic.point import Point
from authoring.logic.solver import Solver, TooLarge
from authoring.logic.space import Ground, Space
from authoring.logic.walk import Walk
from authoring.logic.witness import Witnesses
from engine.domain.facts import FactType
from engine.domain.money import Currency
from engine.rulebook.condition import Compare, Op
from engine.rulebook.findings import Place, Report
from engine.rulebook.model import Table
from engine.rulebook.predicates import comparisons

MOST_PIECES: Final = 400
"""A table of more cases is not substituted for its fact: any of its outputs is then possible for everybody."""

ALL: Final = "all"


def cell_tests(table: Table) -> list[Compare]:
    """The comparisons in the cells; of a table that gathers a set also its outputs, as members."""
    tests = [test for row in table.rows for cell in row.cells if cell for test in comparisons(cell, {})]
    if table.pick == ALL:
        tests += [Compare(table.decides, Op.HAS, str(row.output)) for row in table.rows]
    return tests


def row_formulas(space: Space, table: Table) -> list[Formula]:
    """Where each row fits, in the order written."""
    return [all_of(space.formula(cell) for cell in row.cells if cell) for row in table.rows]


def asked(table: Table) -> list[int]:
    """The numbers (from 0) of the rows in evaluation order."""
    numbers = {id(row): number for number, row in enumerate(table.rows)}
    return [numbers[id(row)] for row in table.in_order]


def put_in_place(space: Space, table: Table) -> None:
    """Attach formulas to the classes of the fact that the table decides, where the space has the fact and the
    table is not too large. The tables it uses come first."""
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
    """Disjoint boxes, and the output decided in each."""
    rows, order = row_formulas(space, table), asked(table)
    for count, leaf in enumerate(Walk(space, [rows[at] for at in order], first_only=True).leaves()):
        if count >= MOST_PIECES:
            raise TooLarge
        yield All(leaf.box), table.rows[order[leaf.rows[0]]].output if leaf.rows else table.otherwise


def _put_members(space: Space, table: Table) -> None:
    """A value that no row outputs is never a member; the set itself is always known."""
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
    """The space of some tables, with a solver for questions about it."""

    def __init__(self, ground: Ground, currency: Currency) -> None:
        self.space = Space(ground, [test for table in ground.tables for test in cell_tests(table)])
        for table in ground.tables:
            put_in_place(self.space, table)
        self.solver = Solver(self.space)
        self.witnesses = Witnesses(self.space, self.solver, ground.tables, currency)

    def cases(self, table: Table, first_only: bool) -> Iterator[Case]:
        """The cases of a table: at least one for each set of rows that fit together. Some may be empty, as columns
        may depend on each other (`is_possible`). May raise TooLarge."""
        rows, order = row_formulas(self.space, table), asked(table)
        walk = Walk(self.space, [rows[at] for at in order], first_only)
        moments = [at for at in walk.dimensions if at in self.space.given_at]
        independent = len(moments) < 2 and not any(at in self.space.decided for at in walk.dimensions)
        for leaf in walk.leaves(each_once=independent):
            yield Case(All(leaf.box), tuple(order[at] for at in leaf.rows))

    def is_possible(self, case: Case) -> bool:
        """Whether some customer is in it."""
        return self.solver.find(case.formula) is not None


# ---- Errors in the rows of decision tables, each with an example customer ----


MOST_FINDINGS: Final = 20
"""Findings of one kind in one table."""
_MOST_NAMED: Final = 6
_NO_TWO: Final = ("only_one", "any")


def check_ambiguous(ground: Ground, without_otherwise: Collection[str], currency: Currency, report: Report) -> None:
    """Errors: tables (`without_otherwise`: their ids) that leave customers undecided, and rows that fit together where
    `pick` does not choose. `ground.tables` in the order in which they can be evaluated."""
    looked_at = [t for t in ground.tables if t.pick in _NO_TWO or (t.id in without_otherwise and t.pick != ALL)]
    if not looked_at:
        return
    tables = TableSpace(ground, currency)
    for table in looked_at:
        try:
            if table.pick in _NO_TWO:
                _report_overlaps(tables, table, report)
            if table.id in without_otherwise:
                _report_gap(tables, table, report)
        except TooLarge:
            report_too_large(report, _place(table), f"the table {table.id}")


def check_rows(ground: Ground, currency: Currency, report: Report) -> None:
    """Warnings: rows that no customer reaches, and duplicate rows."""
    if not ground.tables:
        return
    tables = TableSpace(ground, currency)
    for table in ground.tables:
        try:
            _Rows(tables, table, report).check()
        except TooLarge:
            report_too_large(report, _place(table), f"the table {table.id}")


def report_too_large(report: Report, place: Place, what: str) -> None:
    """Nothing is claimed of cases beyond the work limit."""
    message = f"{what} has too many cases, so its logic is not checked"
    report.warning("logic-too-large", place, message, "split it into smaller ones")


def _report_gap(tables: TableSpace, table: Table, report: Report) -> None:
    for case in tables.cases(table, first_only=True):
        if not case.rows and tables.is_possible(case):
            witness = tables.witnesses.of(case.formula)
            hint = "add otherwise:, or a row that matches them"
            report.error("table-gap", _place(table), "no row matches some customers", hint, witness)
            return


def _report_overlaps(tables: TableSpace, table: Table, report: Report) -> None:
    reported: set[int] = set()
    for case in tables.cases(table, first_only=False):
        pair = _quarrelling(table, case.rows)
        if pair is None or pair[1] in reported or not tables.is_possible(case):
            continue
        reported.add(pair[1])
        first, second = pair
        says = (
            "match the same customers" if table.pick == "only_one" else "have different outputs for the same customers"
        )
        message = f"row {first + 1} and row {second + 1} {says}"
        hint = "narrow one of them, or write pick: first: the first matching row decides"
        report.error("table-overlap", _row_place(table, second), message, hint, tables.witnesses.of(case.formula))
        if len(reported) == MOST_FINDINGS:
            return


def _quarrelling(table: Table, rows: tuple[int, ...]) -> tuple[int, int] | None:
    """Two rows that must not fit together, of rows that do."""
    for row in rows[1:]:
        if table.pick == "only_one" or table.rows[row].output != table.rows[rows[0]].output:
            return min(rows[0], row), max(rows[0], row)
    return None


class _Rows:
    def __init__(self, tables: TableSpace, table: Table, report: Report) -> None:
        self._tables = tables
        self._table = table
        self._report = report
        self._formulas = row_formulas(tables.space, table)
        self._order = asked(table)

    def check(self) -> None:
        again = self._repeated()
        reached = self._possible() if self._table.pick == ALL else self._reached()
        lost = [row for row in self._order if row not in again and row not in reached]
        for row, first in list(again.items())[:MOST_FINDINGS]:
            self._report_repeated(row, first)
        for row in lost[:MOST_FINDINGS]:
            self._report_lost(row)

    def _repeated(self) -> dict[int, int]:
        """Rows whose cells equal those of an earlier row (`all`: and the same output), and that row."""
        found: dict[int, int] = {}
        first: dict[object, int] = {}
        for row in self._order:
            formula = self._formulas[row]
            key = (type(formula), tuple(sorted(formula.literals.items())), repr(formula.rest))
            before = first.setdefault((key, self._table.rows[row].output) if self._table.pick == ALL else key, row)
            if before != row:
                found[row] = before
        return found

    def _reached(self) -> set[int]:
        reached: set[int] = set()
        for case in self._tables.cases(self._table, first_only=True):
            if case.rows and case.rows[0] not in reached and self._tables.is_possible(case):
                reached.add(case.rows[0])
        return reached

    def _possible(self) -> set[int]:
        return {row for row, formula in enumerate(self._formulas) if self._tables.solver.find(formula) is not None}

    def _report_repeated(self, row: int, first: int) -> None:
        message = f"row {row + 1} has the same cells as row {first + 1}, which comes before it"
        if self._table.rows[row].output == self._table.rows[first].output:
            message = f"row {row + 1} repeats row {first + 1}"
        witness = self._tables.witnesses.of(self._formulas[row])
        self._report.warning("table-row-twice", _row_place(self._table, row), message, "delete one of them", witness)

    def _report_lost(self, row: int) -> None:
        place = _row_place(self._table, row)
        witness = self._tables.witnesses.of(self._formulas[row])
        if witness is None:
            message = f"row {row + 1} matches no customer: its cells cannot all hold"
            self._report.warning("table-row-never", place, message, "correct its cells, or delete it")
            return
        before = self._covering(row)
        message = f"row {row + 1} is never reached: {_rows_take(before)} all its customers first"
        hint = "narrow the rows before it, move it up, or delete it"
        self._report.warning("table-row-never", place, message, hint, witness)

    def _covering(self, row: int) -> list[int]:
        """A minimal set of earlier rows that together fit all that it fits."""
        found: list[int] = []
        opposites: list[Formula] = []
        earlier = self._order[: self._order.index(row)]
        while (box := self._tables.solver.find(self._formulas[row], *opposites)) is not None:
            point = Point(self._tables.space, box)
            found.append(next(at for at in earlier if point.is_in(self._formulas[at])))
            opposites.append(self._tables.space.opposite(self._formulas[found[-1]]))
        return self._needed(row, found)

    def _needed(self, row: int, found: list[int]) -> list[int]:
        """Without rows made redundant by the others."""
        for one in list(found):
            others = [self._tables.space.opposite(self._formulas[at]) for at in found if at != one]
            if len(found) > 1 and self._tables.solver.find(self._formulas[row], *others) is None:
                found.remove(one)
        return found


def _rows_take(rows: Collection[int]) -> str:
    names = [str(number + 1) for number in sorted(rows)]
    if len(names) == 1:
        return f"row {names[0]} matches"
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"rows {', '.join(names[:_MOST_NAMED])}{more} together match"


def _place(table: Table) -> Place:
    return table.place or Place("tables/", 1, 1)


def _row_place(table: Table, row: int) -> Place:
    return table.rows[row].place or _place(table)
