"""The keys of rules, actions and tests in their order. A key goes with its lines and with the comments above it."""

from collections.abc import Sequence

from engine.rulebook.layout.kinds import ordered_mappings
from engine.rulebook.layout.tree import Keys, Part, indent_of, is_blank, is_comment


def ordered(text: str, root: Part) -> str:
    """The text with the keys in order; what is in order already stays byte for byte."""
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
    """Where each key belongs; one that is not known stays behind the one before it."""
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
