"""Append a piece to a list or mapping of a file, leaving the rest unchanged."""

import json
from collections.abc import Sequence

from authoring.formatting.tree import Items, Keys, Leaf, Part, indent_of, is_comment, tree_of
from engine.rulebook.findings import Report
from engine.rulebook.source import plain, read_yaml


def inserted(text: str, name: str, piece: str) -> str | None:
    """The text with `piece` as the last item of the list, or entry of the mapping, behind the key `name` at its top.

    The piece is written without indentation. None where the list or mapping is written in brackets or braces.
    """
    lines = text.rstrip("\n").split("\n") if text.strip() else []
    root = tree_of(text) if text.strip() and _holds(text) else None
    block = root.get(name) if isinstance(root, Keys) else None
    if block is None:
        return "\n".join([*lines, f"{name}:", *_moved(piece, 2)]) + "\n"
    if _is_empty(block):
        return _in_place_of_nothing(lines, block, piece)
    if isinstance(block, Leaf) or block.flow:
        return None
    end = block.span.last + 1
    while end < len(lines) and is_comment(lines[end]) and indent_of(lines[end]) >= block.span.column > 0:
        end += 1
    between = [""] if _has_lines(block) else []
    return "\n".join([*lines[:end], *between, *_moved(piece, block.span.column), *lines[end:]]) + "\n"


def _holds(text: str) -> bool:
    """Whether anything but comments is written."""
    return read_yaml("", text, Report()) is not None


def _is_empty(block: Part) -> bool:
    match block:
        case Items(_, _, items):
            return not items
        case Keys(_, _, entries):
            return not entries
        case _:
            return not block.value


def _in_place_of_nothing(lines: list[str], block: Part, piece: str) -> str:
    """`rules: []` becomes a list of one."""
    span = block.span
    line = lines[span.line]
    rest = line[span.end[1] :] if span.end[0] == span.line else ""
    lines[span.line] = (line[: span.column].rstrip(" ") + rest).rstrip(" ")
    return "\n".join([*lines[: span.line + 1], *_moved(piece, 2), *lines[span.end[0] + 1 :]]) + "\n"


def _has_lines(block: Items | Keys) -> bool:
    """Whether some present item takes several lines: then an empty line separates them."""
    spans = [(part.span.line, part.span.last) for part in block.items] if isinstance(block, Items) else []
    spans += [(key.span.line, part.span.last) for key, part in block.entries] if isinstance(block, Keys) else []
    return any(last > first for first, last in spans)


def _moved(piece: str, column: int) -> Sequence[str]:
    return [" " * column + line if line else line for line in piece.rstrip("\n").split("\n")]


def scalar(text: str) -> str:
    """A text as a value of a rule file, in quotes where it needs them."""
    if not set(text) & set("{}[],\n") and ": " not in text and " #" not in text:
        node = read_yaml("", f"a: {text}\n", report := Report())
        if not report.findings and node is not None and plain(node) == {"a": text}:
            return text
    return json.dumps(text, ensure_ascii=False)
