"""Reads YAML strictly, as YAML 1.2, and remembers where everything stands.

Only `true`, `false`, `null` and numbers are more than text: `on`, `no`, `NO` and 2026-01-01 stay what was written.
Whatever could surprise (duplicate keys, tags, anchors, tabs, several documents) is an error with its place.
"""

import re
from typing import Any, Final, NamedTuple

import yaml
from yaml._yaml import CParser

from engine.rulebook.findings import Place, Report

# ---- Characters that have no place in a rule file, because nobody sees what they do ----


# Not printable in YAML, or a line break to some readers only (next line, line and paragraph separator).
FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
# Turns the direction of all that follows, so that a line says something else than it shows.
_TURNS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TAB: Final = re.compile(r"^[^\t\n]*\t", re.MULTILINE)


def characters_are_fine(file: str, text: str, report: Report) -> bool:
    """Whether a text has none of these; the first of each kind is reported."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    bad = FORBIDDEN.search(lines)
    if bad:
        name = f"U+{ord(bad[0]):04X}"
        report.error(
            "yaml-character", _place_at(file, lines, bad.start()), f"a character that cannot be shown ({name})"
        )
    turn = _TURNS.search(lines)
    if turn:
        name = f"U+{ord(turn[0]):04X}"
        message = f"a character that turns the direction of what follows ({name})"
        hint = f"delete it; where it is needed, write \\u{ord(turn[0]):04x} in double quotes"
        report.error("yaml-character", _place_at(file, lines, turn.start()), message, hint)
    tab = _TAB.search(lines)
    if tab:
        report.error("yaml-tab", _place_at(file, lines, tab.end() - 1), "a tab", "use spaces")
    return not (bad or turn or tab)


def _place_at(file: str, text: str, index: int) -> Place:
    return Place(file, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 30
_LONGEST_NUMBER: Final = 40


class Scalar(NamedTuple):
    """A single value. `value` is text, a number, a boolean or None; `raw` the text as it was written."""

    file: str
    line: int
    column: int
    value: str | int | float | bool | None
    raw: str

    @property
    def place(self) -> Place:
        return Place(self.file, self.line, self.column)


class ListNode(NamedTuple):
    file: str
    line: int
    column: int
    items: "list[Node]"

    @property
    def place(self) -> Place:
        return Place(self.file, self.line, self.column)


class Entry(NamedTuple):
    """A key of a mapping with its own place, and what stands behind it."""

    key: Scalar
    node: "Node"


class MapNode(NamedTuple):
    file: str
    line: int
    column: int
    entries: dict[str, Entry]

    @property
    def place(self) -> Place:
        return Place(self.file, self.line, self.column)


Node = Scalar | ListNode | MapNode


def plain(node: Node) -> Any:
    """The node as dicts, lists and scalars, without places."""
    if isinstance(node, MapNode):
        return {key: plain(entry.node) for key, entry in node.entries.items()}
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return node.value


def read_yaml(file: str, data: bytes | str, report: Report) -> Node | None:
    """The one document of a file; None when there is none or nothing can be read. What is wrong goes to `report`."""
    text = _text(file, data, report)
    if text is None:
        return None
    report.add_lines(file, text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    if not characters_are_fine(file, text, report):
        return None
    reader = _Reader(file, report)
    try:
        return reader.read(text)
    except yaml.MarkedYAMLError as error:
        reader.syntax_error(error)
    except yaml.YAMLError as error:
        report.error("yaml-syntax", Place(file, 1, 1), str(error))
    except _TooDeep as error:
        report.error("yaml-too-deep", error.place, f"nested more than {MAX_DEPTH} deep")
    return None


def _text(file: str, data: bytes | str, report: Report) -> str | None:
    start = Place(file, 1, 1)
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        report.error(
            "file-too-large", start, f"{len(raw):,} bytes; at most {MAX_BYTES:,}", "split it into several files"
        )
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = len(raw[raw.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8")) + 1
        report.error("not-utf-8", Place(file, line, column), "the file is not UTF-8 here", "save it as UTF-8")
        return None
    if text.startswith("\ufeff"):
        report.error("yaml-bom", start, "the file begins with a byte order mark", "save it as UTF-8 without BOM")
        return None
    return text


class _TooDeep(Exception):
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.place = place


# What libyaml says and what helps; the first that occurs in its words counts.
_PLAIN_WORDS: Final = (
    (
        "mapping values are not allowed",
        "a colon that is not expected here",
        "put a text with a colon in quotes, or check the indentation",
    ),
    (
        "cannot start any token",
        "a text cannot begin with this character",
        "put the text in quotes; operators are words, such as at_least",
    ),
    ("unexpected end of stream", "a quote is opened and not closed", "close the quote"),
    ("expected ',' or ']'", "a list is not closed, or a comma is missing", "expected , or ]"),
    ("expected ',' or '}'", "a mapping is not closed, or a comma is missing", "expected , or }"),
    ("expected key", "a key was expected here", "check the indentation and the quotes"),
    ("expected '-' indicator", "a list item was expected here", "check the indentation"),
    ("could not find expected ':'", "a colon is missing after a key", "write key: value"),
)


class _Reader:
    """Builds nodes from the events of libyaml."""

    def __init__(self, file: str, report: Report) -> None:
        self._file = file
        self._report = report
        self._next: Any = None

    def read(self, text: str) -> Node | None:
        parser = CParser(text)
        self._next = parser.get_event
        try:
            self._next()  # the stream begins
            start = self._next()
            if isinstance(start, yaml.StreamEndEvent):
                self._report.error("empty-file", Place(self._file, 1, 1), "the file is empty", "delete the file")
                return None
            if start.version or start.tags:
                self._report.error("yaml-directive", _place(self._file, start), "a directive", "delete the line")
            node = self._node(self._next(), 0)
            self._next()  # the document ends
            following = self._next()
            if not isinstance(following, yaml.StreamEndEvent):
                place = _place(self._file, following)
                self._report.error("yaml-documents", place, "a second document begins", "put it into a file of its own")
            return node
        finally:
            parser.dispose()

    def syntax_error(self, error: yaml.MarkedYAMLError) -> None:
        mark: Any = error.problem_mark or error.context_mark
        place = Place(self._file, mark.line + 1, mark.column + 1) if mark else Place(self._file, 1, 1)
        problem = str(error.problem or error.context or "not YAML")
        for words, message, hint in _PLAIN_WORDS:
            if words in problem:
                self._report.error("yaml-syntax", place, message, hint)
                return
        self._report.error("yaml-syntax", place, problem)

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        if isinstance(event, yaml.AliasEvent):
            self._refuse_anchor(event)
            return Scalar(self._file, line, column, None, "")
        if depth >= MAX_DEPTH:
            raise _TooDeep(_place(self._file, event))
        self._check_properties(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(item := self._next(), yaml.SequenceEndEvent):
                items.append(self._node(item, depth + 1))
            return ListNode(self._file, line, column, items)
        return MapNode(self._file, line, column, self._entries(depth + 1))

    def _entries(self, depth: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event, depth)
            node = self._node(self._next(), depth)
            if not isinstance(key, Scalar) or not isinstance(key.value, str) or not key.raw:
                self._report.error("yaml-key", key.place, "a key must be a text", "put it in quotes")
            elif key.raw in entries:
                first = entries[key.raw].key.place
                message = f"{key.raw} appears twice in this mapping, first at {first}"
                self._report.error("yaml-duplicate-key", key.place, message)
            else:
                entries[key.raw] = Entry(key, node)
        return entries

    def _scalar(self, event: Any) -> Scalar:
        raw, mark = event.value, event.start_mark
        if event.anchor or event.tag:
            self._check_properties(event)
        value: str | int | float | bool | None = raw
        if not event.style:  # plain: not quoted, not a block
            value = resolve(raw)
        elif event.style == '"' and (bad := FORBIDDEN.search(raw)):
            message = f"a character that cannot be shown (U+{ord(bad[0]):04X})"
            self._report.error("yaml-character", _place(self._file, event), message)
        return Scalar(self._file, mark.line + 1, mark.column + 1, value, raw)

    def _check_properties(self, event: Any) -> None:
        if event.tag:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")[:60]
            self._report.error("yaml-tag", _place(self._file, event), f"the tag {tag}", "delete the tag")
        if event.anchor:
            self._refuse_anchor(event)

    def _refuse_anchor(self, event: Any) -> None:
        message = f"an anchor or alias ({event.anchor[:60]})"
        hint = "write it out; a text that begins with & or * needs quotes"
        self._report.error("yaml-anchor", _place(self._file, event), message, hint)


def _place(file: str, event: Any) -> Place:
    return Place(file, event.start_mark.line + 1, event.start_mark.column + 1)


_WORDS: Final[dict[str, bool | None]] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INT: Final = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_ODD: Final = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z|[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")


def resolve(raw: str) -> str | int | float | bool | None:
    """A plain scalar by the core schema of YAML 1.2."""
    if raw in _WORDS:
        return _WORDS[raw]
    if raw[0] not in "-+.0123456789" or len(raw) > _LONGEST_NUMBER:
        return raw
    if _INT.match(raw):
        return int(raw)
    if _FLOAT.match(raw):
        return float(raw)
    if _ODD.match(raw):
        return int(raw, 0) if raw[0] == "0" else float(raw.replace(".", ""))
    return raw
