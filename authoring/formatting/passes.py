"""Blanks: none at the end of a line, one empty line between rules, actions and tests, never two."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from authoring.formatting.tree import Items, Keys, Leaf, Part, Span, indent_of, is_blank, is_comment, within_texts
from engine.rulebook.read.conditions import GROUPS, OPERATORS
from engine.rulebook.read.rules import KEY_ORDER
from engine.rulebook.read.words import GROUP_SYNONYMS, LIST_SYNONYMS, OPERATOR_SYNONYMS

# A rule, an action, a test, a condition is recognised by its keys, so that a file may lie anywhere.


ACTION_ORDER: Final = (
    *("action", "title", "kind", "group", "tags", "effect", "value", "cost", "propensity", "priority", "cooldown"),
    *("limits", "budget", "stock", "holdout", "expires", "treatments"),
)
TEST_ORDER: Final = (
    *("test", "use", "persona", "anonymous", "given", "change", "history", "done", "contacts", "pending", "population"),
    *("holdout", "used", "at", "ask", "placements", "context", "language", "steps", "expect", "cases"),
)
LISTS: Final = {"rules": KEY_ORDER, "actions": ACTION_ORDER, "tests": TEST_ORDER}
"""Lists at the top of a file, and the key order of their items."""


def ordered_mappings(root: Part) -> Iterator[tuple[Keys, Sequence[str]]]:
    """The rules, actions and tests of a file, with the order of their keys."""
    if not isinstance(root, Keys):
        return
    if root.get("action") is not None:
        yield root, ACTION_ORDER
    for name, order in LISTS.items():
        for item in items_of(root, name):
            if isinstance(item, Keys):
                yield item, order


def conditions(root: Part) -> Iterator[Keys]:
    """The mappings of conditions: `when` of rules and frequency caps, each segment, `facts` that a test expects."""
    if not isinstance(root, Keys):
        return
    for name in ("rules", "frequency_caps"):
        yield from _behind("when", items_of(root, name))
    segments = root.get("segments")
    if isinstance(segments, Keys):
        yield from (segment for _, segment in segments.entries if isinstance(segment, Keys))
    tests = items_of(root, "tests")
    steps = [step for test in tests if isinstance(test, Keys) for step in items_of(test, "steps")]
    yield from _behind("facts", list(_behind("expect", [*tests, *steps])))


def _behind(name: str, parts: Sequence[Part]) -> Iterator[Keys]:
    """The mappings behind a key of some mappings."""
    found = (part.get(name) for part in parts if isinstance(part, Keys))
    return (part for part in found if isinstance(part, Keys))


def items_of(root: Keys, name: str) -> Sequence[Part]:
    found = root.get(name)
    return found.items if isinstance(found, Items) else ()


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


# The keys of rules, actions and tests in their order. A key goes with its lines and with the comments above it.


def ordered(text: str, root: Part) -> str:
    """The text with the keys in order; ordered parts stay byte for byte."""
    lines = text.split("\n")
    found = sorted(ordered_mappings(root), key=lambda one: one[0].span.line, reverse=True)
    for mapping, order in found:  # from the end, so that the lines of the others stay where they are
        ranks = _ranks([key.value for key, _ in mapping.entries], order)
        numbers = sorted(range(len(ranks)), key=ranks.__getitem__)
        if numbers == list(range(len(ranks))):
            continue
        if mapping.flow:
            _sort_line(lines, mapping, numbers)
        else:
            _sort_lines(lines, mapping, numbers)
    return "\n".join(lines)


def _ranks(names: Sequence[str], order: Sequence[str]) -> list[int]:
    """The place of each key; an unknown one stays behind the one before it."""
    ranks: list[int] = []
    for name in names:
        before = ranks[-1] if ranks else -1
        ranks.append(order.index(name) if name in order else before)
    return ranks


def _sort_line(lines: list[str], mapping: Keys, numbers: Sequence[int]) -> None:
    """A mapping in braces, if it stands on one line."""
    number = mapping.span.line
    if mapping.span.end[0] != number:
        return
    line = lines[number]
    spans = [(key.span.column, max(key.span.end[1], part.span.end[1])) for key, part in mapping.entries]
    pieces = [line[start:end] for start, end in spans]
    result, place = "", 0
    for (start, end), piece in zip(spans, (pieces[one] for one in numbers), strict=True):
        result += line[place:start] + piece
        place = end
    lines[number] = result + line[place:]


def _sort_lines(lines: list[str], mapping: Keys, numbers: Sequence[int]) -> None:
    column, first = mapping.span.column, mapping.span.line
    regions = _regions(lines, mapping)
    blocks = [lines[start:end] for start, end in regions]
    before = blocks[0][0][:column]  # of an item in a list: the dash
    blocks[0][0] = " " * column + blocks[0][0][column:]
    above: list[str] = []
    if before.strip():
        lead = next(
            number for number, line in enumerate(blocks[numbers[0]]) if not (is_blank(line) or is_comment(line))
        )
        above = [" " * indent_of(before) + line.strip() for line in blocks[numbers[0]][:lead] if not is_blank(line)]
        blocks[numbers[0]] = blocks[numbers[0]][lead:]
    blocks[numbers[0]][0] = before + blocks[numbers[0]][0][column:] if before.strip() else blocks[numbers[0]][0]
    lines[first : regions[-1][1]] = above + [line for number in numbers for line in blocks[number]]


def _regions(lines: Sequence[str], mapping: Keys) -> list[tuple[int, int]]:
    """First line and end of each entry: comments above it are its own, those below it only if indented deeper."""
    regions: list[tuple[int, int]] = []
    start = mapping.span.line
    for key, part in mapping.entries:
        end = max(key.span.last, part.span.last) + 1
        while end < len(lines) and is_comment(lines[end]) and indent_of(lines[end]) > mapping.span.column:
            end += 1
        regions.append((start, end))
        start = end
    return regions


# Two spaces for each level, dashes of a list deeper than its key. Comments go with the line that follows them.


STEP: Final = 2


def indented(text: str, root: Part) -> str:
    """The text with its lines moved into place; others stay byte for byte."""
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


# ---- Operators and groups of conditions in their one spelling: `gte` is at_least, `or` is any ----


_OF_LISTS: Final = {"is_not": "none_of"}
"""The name of the equivalent operator for a list."""


@dataclass(frozen=True, slots=True)
class Edit:
    """The replacement for a part of one line."""

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
