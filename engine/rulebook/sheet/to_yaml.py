"""A sheet as the YAML file of its table, and which cell of the spreadsheet became which place of the file."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from engine.rulebook.sheet.from_yaml import Remarks
from engine.rulebook.sheet.model import At, Comment, Line, Sheet
from engine.rulebook.source import resolve

_BARE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*|[0-9]+(\.[0-9]+)? ([A-Za-z]+|%)")
_WIDEST: Final = 120
"""Columns of a line; longer lists of facts have a line of their own."""
_ALIGNED: Final = 40
"""Cells are padded to at most so many."""


@dataclass(slots=True)
class Written:
    """`places`: by line and column of the file the cell that stands there."""

    lines: list[str] = field(default_factory=list)
    places: dict[tuple[int, int], At | None] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def at(self, line: int, column: int) -> At | None:
        """The cell at a place, else its row; None for what is about the table as a whole."""
        return self.places.get((line, column), self.places.get((line, 0)))


def yaml_of(sheet: Sheet, remarks: Remarks) -> Written:
    """The file of the table; `remarks`: those of the file that it replaces."""
    written = Written()
    for key in ("table", "decides", "pick", "order"):
        if key in sheet.said:
            _key(written, sheet, remarks, key)
    _columns(written, sheet, remarks)
    _above(written, remarks, "rows")
    written.lines.append(_behind("rows:" if sheet.rows else "rows: []", remarks, "rows"))
    _rows(written, sheet)
    if "otherwise" in sheet.said:
        _key(written, sheet, remarks, "otherwise")
    written.lines += remarks.end
    return written


def _above(written: Written, remarks: Remarks, key: str) -> None:
    written.lines += remarks.above.get(key, ())


def _behind(line: str, remarks: Remarks, key: str) -> str:
    return f"{line}  {remarks.behind[key]}" if key in remarks.behind else line


def _key(written: Written, sheet: Sheet, remarks: Remarks, key: str) -> None:
    """One value, or several in brackets; of a table that gathers a set, `otherwise` is always several."""
    _above(written, remarks, key)
    values = sheet.said[key]
    row = sheet.said_in.get(key, 0)
    several = len(values) != 1 or key == "order" or (key == "otherwise" and sheet.one("pick") == "all")
    line = f"{key}: "
    number = len(written.lines) + 1
    written.places[number, 0] = At(row)
    written.places[number, 1] = At(row, 1) if key != "table" else None  # there stands the table as a whole
    if several:
        line += "["
    for at, value in enumerate(values):
        line += ", " if at else ""
        _mark(written, line, At(row, at + 2))
        line += _scalar(value)
    written.lines.append(_behind(f"{line}]" if several else line, remarks, key))


def _mark(written: Written, line: str, at: At) -> None:
    """What comes next in the line that is being written stands in this cell."""
    number = len(written.lines) + 1
    written.places[number, len(line) + 1] = at
    written.places.setdefault((number, 0), At(at.row))


def _columns(written: Written, sheet: Sheet, remarks: Remarks) -> None:
    _above(written, remarks, "columns")
    names = [_scalar(name) for name in sheet.columns]
    line = "columns: ["
    if len(line) + sum(len(name) + 2 for name in names) > _WIDEST:
        written.lines.append("columns:")
        line = "  ["
    for number, name in enumerate(names):
        line += ", " if number else ""
        _mark(written, line, At(sheet.heading, number + 1))
        line += name
    written.lines.append(_behind(f"{line}]", remarks, "columns"))


def _rows(written: Written, sheet: Sheet) -> None:
    rows = sheet.rows
    cells = [[*(_quoted(cell) for cell in row.cells[:-1]), *(_scalar(c) for c in row.cells[-1:])] for row in rows]
    widths = [min(_ALIGNED, max(map(len, column))) for column in zip(*(row[:-1] for row in cells), strict=True)]
    texts = [_row_text(row, widths) for row in cells]
    longest = min(_WIDEST, max((len(text) for text in texts), default=0))
    position = 0
    for line in sheet.lines:
        if isinstance(line, Comment):
            written.lines.append(f"  # {line.text}".rstrip())
            continue
        _mark_row(written, line, cells[position], widths)
        text = texts[position]
        written.lines.append(f"{text.ljust(longest)}    # {line.note}" if line.note else text)
        position += 1


def _row_text(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [f"{cell},".ljust(width + 1) for cell, width in zip(cells, widths, strict=False)]
    return f"  - [{' '.join([*padded, *cells[len(padded) :]])}]"


def _mark_row(written: Written, line: Line, cells: Sequence[str], widths: Sequence[int]) -> None:
    number, column = len(written.lines) + 1, len("  - [") + 1
    written.places[number, 0] = At(line.row)
    for at, cell in enumerate(cells):
        written.places[number, column] = At(line.row, at + 1)
        column += max(len(cell), widths[at] if at < len(widths) else 0) + 2


def _scalar(text: str) -> str:
    """Without quotes where it is a word, or a number with its unit."""
    return text if _BARE.fullmatch(text) and isinstance(resolve(text), str) else _quoted(text)


def _quoted(text: str) -> str:
    """JSON's quotes are YAML's too."""
    return json.dumps(text, ensure_ascii=False)
