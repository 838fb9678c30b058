"""What other programs leave in a file: a byte order mark, line ends of Windows, tabs."""

import re
from collections.abc import Iterator
from typing import Final

import yaml

from engine.rulebook.layout.tree import Items, Keys, Leaf, Part, Span, tree_of

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
    except (yaml.YAMLError, AssertionError, RecursionError, StopIteration):  # what is wrong, the reader says better
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
