"""What a rule file holds and where exactly each part of it stands: lines and columns count from 0, ends excluded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml
from yaml._yaml import CParser

_BLOCKS: Final = ("|", ">")
_KEEP: Final = "+"


@dataclass(frozen=True, slots=True)
class Span:
    """From `line`, `column` up to `end`, which is no part of it; `last`: the last line on which something stands."""

    line: int
    column: int
    end: tuple[int, int]
    last: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value; `block`: written with | or >."""

    span: Span
    value: str
    block: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list; `flow`: in brackets."""

    span: Span
    flow: bool
    items: tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class Keys:
    """A mapping; `flow`: in braces."""

    span: Span
    flow: bool
    entries: tuple[tuple[Leaf, "Part"], ...]

    def get(self, name: str) -> "Part | None":
        return next((part for key, part in self.entries if key.value == name), None)


Part = Leaf | Items | Keys


def tree_of(text: str) -> Part:
    """The one document of a text that `read_yaml` has read without an error."""
    lines = text.split("\n")
    parser = CParser(text)
    try:
        events = iter(parser.get_event, None)
        next(events)  # the stream begins
        next(events)  # the document begins
        return _part(next(events), events, lines)
    finally:
        parser.dispose()


def _part(event: Any, events: Iterator[Any], lines: Sequence[str]) -> Part:
    if isinstance(event, yaml.ScalarEvent):
        return _leaf(event, lines)
    start, flow = event.start_mark, bool(event.flow_style)
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(following := next(events), yaml.SequenceEndEvent):
            items.append(_part(following, events, lines))
        return Items(_around(start, following.end_mark, flow, items), flow, tuple(items))
    entries = []
    while not isinstance(following := next(events), yaml.MappingEndEvent):
        key = _part(following, events, lines)
        assert isinstance(key, Leaf)
        entries.append((key, _part(next(events), events, lines)))
    parts = [part for entry in entries for part in entry]
    return Keys(_around(start, following.end_mark, flow, parts), flow, tuple(entries))


def _leaf(event: Any, lines: Sequence[str]) -> Leaf:
    start, end = event.start_mark, event.end_mark
    block = event.style in _BLOCKS
    last = end.line
    if block:
        last -= end.column == 0
        kept = _KEEP in lines[start.line][start.column : start.column + 3]
        while not kept and last > start.line and not lines[last].strip():
            last -= 1
    return Leaf(Span(start.line, start.column, (end.line, end.column), last), event.value, block)


def _around(start: Any, end: Any, flow: bool, parts: Sequence[Part]) -> Span:
    """In brackets it ends with them, otherwise with the last of its parts."""
    if flow or not parts:
        return Span(start.line, start.column, (end.line, end.column), end.line)
    last = max(parts, key=lambda part: part.span.last).span
    return Span(start.line, start.column, last.end, last.last)


def within_texts(part: Part) -> Iterator[int]:
    """The lines that begin inside a text of several lines: what stands on them is content, not layout."""
    match part:
        case Leaf(span):
            yield from range(span.line + 1, span.last + 1)
        case Items(_, _, items):
            for item in items:
                yield from within_texts(item)
        case Keys(_, _, entries):
            for key, value in entries:
                yield from within_texts(key)
                yield from within_texts(value)


def is_comment(line: str) -> bool:
    return line.lstrip(" ").startswith("#")


def is_blank(line: str) -> bool:
    return not line.strip(" ")


def indent_of(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
