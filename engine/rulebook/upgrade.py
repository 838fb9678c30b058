"""Rewrites former words in rule files with the current ones: for `patron fmt --upgrade` and stored rulebooks.

Only words are replaced, in place: comments, layout and meaning do not change.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from engine.domain import former_words
from engine.rulebook.bundle import Bundle, is_test
from engine.rulebook.findings import Report
from engine.rulebook.source import ListNode, MapNode, Node, Scalar, read_yaml

_ANYWHERE: Final = {**former_words.FACTS, **former_words.EVENT_TYPES}
_UNMISTAKABLE: Final = re.compile(
    r"(?<![\w.])(" + "|".join(sorted(map(re.escape, _ANYWHERE), key=len, reverse=True)) + r")(?![\w])"
)
"""Facts and event types mean the same wherever they stand, in texts and comments too."""


class _Edit(NamedTuple):
    line: int
    column: int
    old: str
    new: str


def upgraded(files: Bundle) -> dict[str, bytes]:
    """All files with the current words; a file without former words stays byte for byte."""
    return {name: upgraded_file(name, content) for name, content in files.items()}


def upgraded_file(name: str, content: bytes) -> bytes:
    """One file, `name` within the folder. An unreadable file stays unchanged: loading reports why."""
    if not _may_have_former_words(name, content):
        return content
    node = read_yaml(name, content, Report())
    if node is None:
        return content
    lines = content.decode("utf-8").splitlines(keepends=True)
    edits = [*_edits(name, node, ())]
    if name.startswith("tables/"):
        edits += [edit for cell in _event_type_cells(node) for edit in _cell_edit(cell)]
    for edit in sorted(edits, reverse=True):
        line = lines[edit.line - 1]
        start = edit.column - 1 + line.startswith(('"', "'"), edit.column - 1)
        if line.startswith(edit.old, start):  # not where it is written with escapes or as a block
            lines[edit.line - 1] = line[:start] + edit.new + line[start + len(edit.old) :]
    return _UNMISTAKABLE.sub(lambda found: _ANYWHERE[found[0]], "".join(lines)).encode()


_FORMER: Final = re.compile(
    rb"asked|overdue|lever|rhythm|linked|per silence|status\W{1,4}test|"
    + b"|".join(re.escape(word).encode() for word in _ANYWHERE)
)


def _may_have_former_words(name: str, content: bytes) -> bool:
    """False for most files: they need not be parsed. `link` and `links` are keys of channels and tests only."""
    return bool(_FORMER.search(content)) or ((name == "channels.yaml" or is_test(name)) and b"link" in content)


Path = tuple[str, ...]
"""The keys on the way to a node; items of lists add nothing."""


def _edits(name: str, node: Node, path: Path) -> Iterator[_Edit]:
    if isinstance(node, MapNode):
        for key, entry in node.entries.items():
            yield from _replaced(entry.key, _keys(name, path))
            yield from _edits(name, entry.node, (*path, key))
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from _edits(name, item, path)
    else:
        yield from _replaced(node, _values(name, path))


def _event_type_cells(node: Node) -> Iterator[Scalar]:
    """The cells of a decision table that test `event.type`; a cell may list several words."""
    if not isinstance(node, MapNode):
        return
    columns, rows = (node.entries[key].node if key in node.entries else None for key in ("columns", "rows"))
    if not isinstance(columns, ListNode) or not isinstance(rows, ListNode):
        return
    at = [n for n, column in enumerate(columns.items) if isinstance(column, Scalar) and column.value == "event.type"]
    for row in rows.items:
        if isinstance(row, ListNode):
            yield from (cell for n, cell in enumerate(row.items) if n in at and isinstance(cell, Scalar))


def _cell_edit(cell: Scalar) -> Iterator[_Edit]:
    if isinstance(cell.value, str):
        new = _TRIGGER_WORD.sub(lambda found: former_words.TRIGGERS[found[0]], cell.value)
        if new != cell.value:
            yield _Edit(cell.line, cell.column, cell.value, new)


_TRIGGER_WORD: Final = re.compile(rf"(?<![\w-])({'|'.join(former_words.TRIGGERS)})(?![\w-])")


def _replaced(scalar: Scalar, words: Mapping[str, str]) -> Iterator[_Edit]:
    if isinstance(scalar.value, str) and scalar.value in words:
        yield _Edit(scalar.line, scalar.column, scalar.value, words[scalar.value])


def _keys(name: str, path: Path) -> Mapping[str, str]:
    """Former keys of mappings at this place."""
    if is_test(name):
        return {"links": former_words.KEYS["links"], **former_words.FACTORS}
    possible = {
        ("arbitration.yaml", ()): "levers",
        ("churn.yaml", ()): "rhythm",
        ("channels.yaml", ("channels",)): "link",
        ("tiers.yaml", ("tiers", "among")): "linked",
    }
    key = possible.get((name, path))
    return {} if key is None else {key: former_words.KEYS[key]}


def _values(name: str, path: Path) -> Mapping[str, str]:
    """Former words for a value at this place."""
    last = path[-1] if path else ""
    if last in ("trigger", "ask") or "event.type" in path:
        return former_words.TRIGGERS
    if last == "status" and not is_test(name):
        return former_words.STATUSES
    if last == "once":
        return former_words.ONCE
    if (name, path) == ("arbitration.yaml", ("factors",)):
        return former_words.FACTORS
    return {}
