"""Two spaces for each level, dashes of a list deeper than its key. Comments go with the line that follows them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from engine.rulebook.layout.tree import Items, Keys, Leaf, Part, indent_of, is_blank, is_comment, within_texts

STEP: Final = 2


def indented(text: str, root: Part) -> str:
    """The text with its lines moved to where they belong; what is there already stays byte for byte."""
    moves = _Moves(text.split("\n"), frozenset(within_texts(root)))
    moves.place(root, 0)
    return "\n".join(moves.moved())


@dataclass(slots=True)
class _Moves:
    """`by`: line -> how many columns it moves; `gaps`: line -> blanks between a dash and what follows it."""

    lines: Sequence[str]
    texts: frozenset[int]
    by: dict[int, int] = field(default_factory=dict)
    gaps: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def place(self, part: Part, column: int) -> None:
        """A part that begins on a line of its own, or after a dash, has its first character at `column` from now on."""
        if isinstance(part, Leaf) or part.flow:
            self._move(part.span.line, part.span.last, column - part.span.column)
        elif isinstance(part, Items):
            self._place_items(part, column)
        else:
            self._place_keys(part, column)

    def _move(self, first: int, last: int, by: int) -> None:
        for line in range(first, last + 1):
            self.by.setdefault(line, by)

    def _place_keys(self, keys: Keys, column: int) -> None:
        by = column - keys.span.column
        for key, part in keys.entries:
            self._move(key.span.line, key.span.last, by)
            if isinstance(part, Leaf) or part.flow:
                self._move(key.span.line, part.span.last, by)
            else:
                self.place(part, column + STEP)

    def _place_items(self, items: Items, column: int) -> None:
        dash, line = items.span.column, items.span.line
        for item in items.items:
            line = self._dash(line, dash)
            self.by.setdefault(line, column - dash)
            inner = column + STEP
            if item.span.line == line and item.span.last >= line:
                if lines_gap := self._gap(line, dash, item.span.column):
                    self.gaps.setdefault(line, []).append(lines_gap)
                self.place(item, inner)
            elif isinstance(item, Leaf) or item.flow:
                self._move(line, item.span.last, column - dash)
            else:
                self.place(item, inner)
            line = max(line, item.span.last) + 1

    def _gap(self, line: int, dash: int, column: int) -> tuple[int, int] | None:
        """More than one blank between the dash and what follows it."""
        blank = is_blank(self.lines[line][dash + 1 : column])
        return (dash + 1, column) if blank and column > dash + STEP else None

    def _dash(self, line: int, column: int) -> int:
        """The next line with a dash in this column."""
        while line in self.texts or not self._has_dash(self.lines[line], column):
            line += 1
        return line

    @staticmethod
    def _has_dash(line: str, column: int) -> bool:
        return not line[:column].strip(" -") and line[column : column + 2].rstrip() == "-"

    def moved(self) -> list[str]:
        return [self._line(number, line) for number, line in enumerate(self.lines)]

    def _line(self, number: int, line: str) -> str:
        for start, end in reversed(self.gaps.get(number, [])):
            line = f"{line[:start]} {line[end:]}"
        if is_blank(line) and number not in self.texts:
            return line
        by = self.by.get(number)
        if by is None:
            by = self._with_neighbour(number) if is_comment(line) else 0
        return " " * max(0, indent_of(line) + by) + line.lstrip(" ") if line else line

    def _with_neighbour(self, number: int) -> int:
        """A comment moves with the line below it, or with the one above when it is indented deeper than that below."""
        own = indent_of(self.lines[number])
        below = next((n for n in range(number + 1, len(self.lines)) if n in self.by), None)
        above = next((n for n in range(number - 1, -1, -1) if n in self.by), None)
        if below is not None and (own <= indent_of(self.lines[below]) or above is None):
            return self.by[below]
        return 0 if above is None else self.by[above]
