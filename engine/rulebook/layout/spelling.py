"""Operators and groups of conditions in their one spelling: `gte` is at_least, `or` is any."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.rulebook.layout.kinds import conditions
from engine.rulebook.layout.tree import Items, Keys, Leaf, Part, Span
from engine.rulebook.read.conditions import GROUPS, OPERATORS
from engine.rulebook.read.words import GROUP_SYNONYMS, LIST_SYNONYMS, OPERATOR_SYNONYMS

_OF_LISTS: Final = {"is_not": "none_of"}
"""What the operator is called that does the same with a list."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What becomes of a part of one line."""

    line: int
    start: int
    end: int
    text: str


def spelled(text: str, root: Part) -> str:
    """The text with the operators as `patron check` would hint at them; where it could mean two things, as it was."""
    lines = text.split("\n")
    edits = [edit for when in conditions(root) for edit in _in_conditions(when, lines)]
    for edit in sorted(edits, key=lambda edit: (edit.line, edit.start), reverse=True):
        line = lines[edit.line]
        lines[edit.line] = line[: edit.start] + edit.text + line[edit.end :]
    return "\n".join(lines)


def _in_conditions(when: Keys, lines: list[str]) -> Iterator[Edit]:
    names = [key.value for key, _ in when.entries]
    for key, part in when.entries:
        name = key.value
        better = GROUP_SYNONYMS.get(name, name)
        group = better in GROUPS and isinstance(part, Items)
        if better != name and names.count(name) == 1 and better not in names and (group or isinstance(part, Leaf)):
            yield from _renamed(key, better)
        if group:
            assert isinstance(part, Items)
            for item in part.items:
                if isinstance(item, Keys):
                    yield from _in_conditions(item, lines)
        elif isinstance(part, Keys):
            yield from _in_tests(part, lines)


def _in_tests(tests: Keys, lines: list[str]) -> Iterator[Edit]:
    """The operators behind a fact."""
    names = [key.value for key, _ in tests.entries]
    meant = [_meant(name, part) for (_, part), name in zip(tests.entries, names, strict=True)]
    for (key, part), name, better in zip(tests.entries, names, meant, strict=True):
        if name in LIST_SYNONYMS and len(names) == 1 and isinstance(part, Items):
            yield from _list_alone(tests.span, part, lines)
        elif better != name and meant.count(better) == 1:
            yield from _renamed(key, better)


def _meant(name: str, part: Part) -> str:
    if name in OPERATORS or name in LIST_SYNONYMS:
        return name
    better = OPERATOR_SYNONYMS.get(name, name)
    return _OF_LISTS.get(better, better) if isinstance(part, Items) else better


def _renamed(key: Leaf, name: str) -> Iterator[Edit]:
    if key.span.line == key.span.end[0]:
        yield Edit(key.span.line, key.span.column, key.span.end[1], name)


def _list_alone(around: Span, part: Items, lines: list[str]) -> Iterator[Edit]:
    """`{in: [a, b]}` is written `[a, b]`, where both stand on one line in braces and brackets."""
    line, end = around.line, around.end
    if part.flow and end[0] == line and lines[line][around.column : around.column + 1] == "{":
        yield Edit(line, around.column, end[1], lines[line][part.span.column : part.span.end[1]])
