"""What a large decision table decides over time: each cell is asked once, then all rows at each moment of a turn.

The rows are the bits of a number, the first that is asked the lowest.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import groupby

from engine.foresight.steps import NOW, Steps, changing
from engine.foresight.view import Look, Test, View
from engine.rulebook.condition import Condition
from engine.rulebook.conditions import without_places
from engine.rulebook.model import Row, Table, Value

Wanted = Callable[[int], bool]
"""Whether what is asked of the table's fact holds where these rows do."""


class LargeTable:
    """The rows of a table by what their cells ask."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._anything = [0] * len(table.columns)
        self._rows: dict[tuple[int, Condition], int] = {}
        for number, row in enumerate(table.asked):
            for column, cell in enumerate(row.cells):
                if cell is None:
                    self._anything[column] |= 1 << number
                else:
                    key = column, without_places(cell)
                    self._rows[key] = self._rows.get(key, 0) | 1 << number

    @property
    def cells(self) -> list[Condition]:
        """What is asked, once for each column."""
        return [cell for _, cell in self._rows]

    def first_is(self, test: Test) -> Wanted:
        """The row that decides, or `otherwise`, gives a value that passes."""
        wanted, without = self._where(lambda row: test(row.output)), test(self._table.otherwise)
        return lambda found: bool(found & -found & wanted) if found else without

    def some_give(self, outputs: Collection[Value], truth: bool) -> Wanted:
        """Whether a row that holds gives one of these is `truth`."""
        wanted = self._where(lambda row: row.output in outputs)
        return lambda found: bool(found & wanted) is truth

    def _where(self, test: Callable[[Row], bool]) -> int:
        return sum(1 << number for number, row in enumerate(self._table.asked) if test(row))

    def look(self, is_wanted: Wanted, looks: Sequence[Look]) -> Look:
        """`looks`: when each of the `cells` holds."""
        asked = [(column, rows) for (column, _), rows in self._rows.items()]

        def look(view: View) -> Steps:
            holding, turns = list(self._anything), list[tuple[int, int, int]]()
            for (column, rows), ask in zip(asked, looks, strict=True):
                for moment in ask(view):
                    if moment == NOW:
                        holding[column] |= rows
                    else:
                        turns.append((moment, column, rows))
            now, later = is_wanted(_all(holding)), list[tuple[int, bool]]()
            for moment, turning in groupby(sorted(turns), key=lambda turn: turn[0]):
                for _, column, rows in turning:  # no two cells of a column share a row
                    holding[column] ^= rows
                later.append((moment, is_wanted(_all(holding))))
            return changing(now, later)

        return look


def _all(holding: Sequence[int]) -> int:
    found = -1
    for rows in holding:
        found &= rows
    return found
