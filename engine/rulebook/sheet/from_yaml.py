"""A table's YAML file as a sheet, and the comments in it that belong to no row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.rulebook.findings import Report
from engine.rulebook.layout.tree import Items, Keys, Leaf, Part, is_blank, is_comment, tree_of
from engine.rulebook.read.fields import wrong_type
from engine.rulebook.sheet.model import KEYS, Comment, Line, Sheet
from engine.rulebook.source import ListNode, MapNode, Node, Scalar, read_yaml


@dataclass(frozen=True, slots=True)
class Remarks:
    """The comments of a table's file by the key that they stand above or behind, and those at its end, with their #."""

    above: Mapping[str, Sequence[str]] = field(default_factory=dict)
    behind: Mapping[str, str] = field(default_factory=dict)
    end: Sequence[str] = ()


def sheet_of(name: str, data: bytes, report: Report) -> Sheet | None:
    """What a file says, cells as they are written. None when it is no table; why goes to `report`."""
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
    """The cells as they are written; what the row gives is a value, and true and yes are the same."""
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
