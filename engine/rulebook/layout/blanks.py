"""Blanks: none at the end of a line, one empty line between rules, actions and tests, never two."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from engine.rulebook.layout.kinds import LISTS, items_of
from engine.rulebook.layout.tree import Items, Keys, Part, indent_of, is_blank, is_comment, within_texts

_EMPTY: Final = ""


def without_blanks(text: str, root: Part) -> str:
    """No blanks at the ends of lines, no two empty lines together, none at the beginning and the end."""
    texts = frozenset(within_texts(root))
    lines: list[str] = []
    for number, line in enumerate(text.split("\n")):
        if number in texts:
            lines.append(line)
        elif not is_blank(line):
            lines.append(line.rstrip(" "))
        elif lines and (lines[-1] != _EMPTY or number - 1 in texts):
            lines.append(_EMPTY)
    while lines and lines[-1] == _EMPTY and len(lines) - 1 not in texts:
        lines.pop()
    within_text = not text.endswith("\n") and text.count("\n") in texts  # a line end would belong to it
    return "\n".join(lines) + ("" if within_text else "\n")


def parted(text: str, root: Part) -> str:
    """An empty line before each rule, action and test that takes, or comes after one that takes, several lines."""
    lines = text.split("\n")
    for number in sorted(_to_part(lines, root), reverse=True):
        lines.insert(number, _EMPTY)
    return "\n".join(lines)


def _to_part(lines: list[str], root: Part) -> Iterator[int]:
    for name in LISTS if isinstance(root, Keys) else ():
        assert isinstance(root, Keys)
        block = root.get(name)
        if not isinstance(block, Items) or block.flow:
            continue
        items, column = items_of(root, name), block.span.column
        for before, item in pairwise(items):
            if before.span.last > before.span.line or item.span.last > item.span.line:
                end = before.span.last + 1
                while end < item.span.line and is_comment(lines[end]) and indent_of(lines[end]) > column:
                    end += 1
                if not any(is_blank(line) for line in lines[end : item.span.line]):
                    yield end
