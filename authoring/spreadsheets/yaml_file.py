"""A table's YAML file as a sheet, and the comments in it that belong to no row."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from authoring.formatting.tree import Items, Keys, Leaf, Part, is_blank, is_comment, tree_of
from authoring.spreadsheets.model import KEYS, At, Comment, Line, Sheet
from engine.rulebook.findings import Report
from engine.rulebook.read.fields import wrong_type
from engine.rulebook.source import ListNode, MapNode, Node, Scalar, read_yaml, resolve


@dataclass(frozen=True, slots=True)
class Remarks:
    """The comments of a table's file by the key that they stand above or behind, and those at its end, with their #."""

    above: Mapping[str, Sequence[str]] = field(default_factory=dict)
    behind: Mapping[str, str] = field(default_factory=dict)
    end: Sequence[str] = ()


def sheet_of(name: str, data: bytes, report: Report) -> Sheet | None:
    """The content of a file, cells as written. None when it is no table; `report` has the reason."""
    node = read_yaml(name, data, report)
    if node is None or report.failed:
        return None
    if not isinstance(node, MapNode):
        wrong_type(report, node, "a table (a mapping)")
        return None
    for key in ("table", "decides", "pick", "columns", "rows"):
        if key not in node.entries:
            report.error("missing-key", node.place, f"a table needs the key {key}")
    said = {key: _texts(report, node.entries[key].node) for key in KEYS if key in node.entries}
    columns = _texts(report, node.entries["columns"].node) if "columns" in node.entries else ()
    rows = node.entries["rows"].node if "rows" in node.entries else None
    cells = [_row(report, item, len(columns) + 1) for item in rows.items] if isinstance(rows, ListNode) else []
    if isinstance(rows, Scalar | MapNode):
        wrong_type(report, rows, "a list")
    return None if report.failed else Sheet(said, columns, tuple(_with_comments(_text(data), cells)))


def remarks_of(data: bytes) -> Remarks:
    """The comments of a file that `sheet_of` has read."""
    lines = _text(data).split("\n")
    root = tree_of("\n".join(lines))
    above, behind, end = dict[str, list[str]](), dict[str, str](), 0
    for key, part in root.entries if isinstance(root, Keys) else ():
        above[key.value] = _outside(lines[end : key.span.line])
        is_rows = isinstance(part, Items) and not part.flow
        last = key.span.line if is_rows else part.span.last
        column = key.span.end[1] if is_rows else part.span.end[1]
        if remark := _remark(lines[last][column:]):
            behind[key.value] = remark
        end = part.span.last + 1
    return Remarks(above, behind, _outside(lines[end:]))


def _text(data: bytes) -> str:
    return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def _texts(report: Report, node: Node) -> tuple[str, ...]:
    """The text or the texts behind a key."""
    return tuple(_scalar(report, item) for item in (node.items if isinstance(node, ListNode) else (node,)))


def _scalar(report: Report, node: Node) -> str:
    if not isinstance(node, Scalar):
        wrong_type(report, node, "a single value")
        return ""
    return {True: "yes", False: "no"}[node.value] if isinstance(node.value, bool) else node.raw


def _row(report: Report, node: Node, width: int) -> tuple[str, ...]:
    """The cells as written; the row's output is a value, and true and yes are the same."""
    if not isinstance(node, ListNode):
        wrong_type(report, node, "a row (a list)")
        return ()
    if len(node.items) != width:
        report.error(
            "row-length", node.place, f"{len(node.items)} cells; this table has {width - 1} columns and an output"
        )
    texts = [item.raw if isinstance(item, Scalar) else _scalar(report, item) for item in node.items[:-1]]
    return (*texts, *(_scalar(report, item) for item in node.items[-1:]))


def _with_comments(text: str, rows: Sequence[tuple[str, ...]]) -> Iterator[Line | Comment]:
    lines = text.split("\n")
    root = tree_of(text)
    part = root.get("rows") if isinstance(root, Keys) else None
    if not isinstance(part, Items):
        return
    end = part.span.line
    if not part.flow and isinstance(root, Keys):
        end = next(key.span.line for key, _ in root.entries if key.value == "rows") + 1
    for cells, row in zip(rows, part.items, strict=True):
        for line in lines[end : row.span.line]:
            if is_comment(line):
                yield Comment(_one_line(line.strip().lstrip("#")))
        yield Line(cells, _one_line(" ".join(_notes(row, lines))))
        end = row.span.last + 1


def _notes(row: Part, lines: Sequence[str]) -> Iterator[str]:
    ends: dict[int, int] = {}
    for leaf in _leaves(row):
        line, column = leaf.span.end
        ends[line] = max(ends.get(line, 0), column)
    for line in sorted({*ends, row.span.last}):
        yield _remark(lines[line][ends.get(line, 0) :]).removeprefix("#")


def _leaves(part: Part) -> Iterator[Leaf]:
    match part:
        case Leaf():
            yield part
        case Items(_, _, items):
            for item in items:
                yield from _leaves(item)


def _remark(rest: str) -> str:
    """The comment in what follows the last value of a line."""
    rest = rest.lstrip(" ],")
    return rest.rstrip() if rest.startswith("#") else ""


def _outside(lines: Sequence[str]) -> list[str]:
    found = [line.rstrip() for line in lines if is_comment(line) or is_blank(line)]
    while found and not found[-1]:
        found.pop()
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())


# ---- A sheet as the YAML file of its table, and which cell of the spreadsheet became which place of the file ----


_BARE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*|[0-9]+(\.[0-9]+)? ([A-Za-z]+|%)")
_WIDEST: Final = 120
"""Columns of a line; longer lists of facts have a line of their own."""
_ALIGNED: Final = 40
"""Maximum padding of cells."""


@dataclass(slots=True)
class Written:
    """`places`: by line and column of the file the cell there."""

    lines: list[str] = field(default_factory=list)
    places: dict[tuple[int, int], At | None] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def at(self, line: int, column: int) -> At | None:
        """The cell at a place, else its row; None for a place about the table as a whole."""
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
        line += _written_scalar(value)
    written.lines.append(_behind(f"{line}]" if several else line, remarks, key))


def _mark(written: Written, line: str, at: At) -> None:
    """The next output on the current line belongs to this cell."""
    number = len(written.lines) + 1
    written.places[number, len(line) + 1] = at
    written.places.setdefault((number, 0), At(at.row))


def _columns(written: Written, sheet: Sheet, remarks: Remarks) -> None:
    _above(written, remarks, "columns")
    names = [_written_scalar(name) for name in sheet.columns]
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
    cells = [
        [*(_quoted(cell) for cell in row.cells[:-1]), *(_written_scalar(c) for c in row.cells[-1:])] for row in rows
    ]
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


def _written_scalar(text: str) -> str:
    """Without quotes where it is a word, or a number with its unit."""
    return text if _BARE.fullmatch(text) and isinstance(resolve(text), str) else _quoted(text)


def _quoted(text: str) -> str:
    """JSON's quotes are YAML's too."""
    return json.dumps(text, ensure_ascii=False)
