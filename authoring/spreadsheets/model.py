"""A decision table as texts: the common form of its YAML file and spreadsheet."""

from dataclasses import dataclass, field
from typing import Final

KEYS: Final[tuple[str, ...]] = ("table", "decides", "pick", "order", "otherwise")
"""The rows above the columns, in this order."""
NOTE: Final = "# note"
"""Heads the column of the comments on rows."""


@dataclass(frozen=True, slots=True, order=True)
class At:
    """A cell of a spreadsheet, both from 1; column 0: the row as a whole."""

    row: int
    column: int = 0

    def __str__(self) -> str:
        """As a spreadsheet names it: row 4, column B."""
        return f"row {self.row}, column {self.letters}" if self.column else f"row {self.row}"

    @property
    def letters(self) -> str:
        """A, B ... Z, AA ..."""
        number, found = self.column, ""
        while number:
            number, rest = divmod(number - 1, 26)
            found = chr(ord("A") + rest) + found
        return found


@dataclass(frozen=True, slots=True)
class Mistake:
    """An error in a cell; `name`: the column's fact, or the row's key; `hint`: what to write instead."""

    at: At | None
    message: str
    hint: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: a cell for each column, then what it gives."""

    cells: tuple[str, ...]
    note: str = ""
    row: int = field(default=0, compare=False)
    """Where it stands in the spreadsheet that it comes from."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A line of its own between rows, without the #."""

    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """`said`: what stands behind the keys; absent: not said. Nothing here is checked. Two that say the same are equal,
    wherever it stands."""

    said: dict[str, tuple[str, ...]]
    columns: tuple[str, ...]
    lines: tuple[Line | Comment, ...]
    heading: int = field(default=0, compare=False)
    """The row of the columns in the spreadsheet that it comes from."""
    said_in: dict[str, int] = field(default_factory=dict, compare=False)
    """By key the row of such a spreadsheet."""

    def one(self, key: str) -> str:
        """The value of a key with a single value."""
        return next(iter(self.said.get(key, ())), "")

    @property
    def rows(self) -> list[Line]:
        return [line for line in self.lines if isinstance(line, Line)]
