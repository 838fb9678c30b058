"""The contents of a rule file and their exact places: lines and columns count from 0, ends excluded."""

import re
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
    """The lines that begin inside a text of several lines: their text is content, not layout."""
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


# ---- Traces of other programs in a file: a byte order mark, line ends of Windows, tabs ----


_LEADING_TABS: Final = re.compile(r"^\t+", re.MULTILINE)
_LEADING_SPACE: Final = re.compile(r"^\t* ", re.MULTILINE)
_TAB_AFTER_DASH: Final = re.compile(r"^( *(?:- +)*-)\t+", re.MULTILINE)
_STEP: Final = "  "


def decoded(data: bytes) -> str | None:
    """The text without a byte order mark, with \\n at the ends of lines, and without tabs where these are only layout.

    None when it is not UTF-8.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return _without_tabs(text) if "\t" in text else text


def _without_tabs(text: str) -> str:
    """Where lines begin with tabs alone, each is two spaces; tabs in a text are left for its author to decide."""
    if not _LEADING_SPACE.search(text):
        text = _LEADING_TABS.sub(lambda tabs: _STEP * len(tabs[0]), text)
    text = _TAB_AFTER_DASH.sub(r"\1 ", text)
    try:
        spans = list(_texts(tree_of(text)))
    except (yaml.YAMLError, AssertionError, RecursionError, StopIteration):  # the reader reports errors better
        return text
    lines = text.split("\n")
    kept = [line.replace("\t", " ") for line in lines]
    for span in spans:
        for number in range(span.line, span.end[0] + 1):
            if "\t" in lines[number]:
                start = span.column if number == span.line else 0
                end = span.end[1] if number == span.end[0] else len(lines[number])
                kept[number] = kept[number][:start] + lines[number][start:end] + kept[number][end:]
    return "\n".join(kept)


def _texts(part: Part) -> Iterator[Span]:
    match part:
        case Leaf(span):
            yield span
        case Items(_, _, items):
            for item in items:
                yield from _texts(item)
        case Keys(_, _, entries):
            for key, value in entries:
                yield from _texts(key)
                yield from _texts(value)
