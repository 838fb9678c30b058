"""The keys of one mapping, checked: which may and must be there, of which type, each error at its place."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final, TypeVar

from engine.domain.money import Currency
from engine.rulebook.findings import Place, Report
from engine.rulebook.offers import Limit
from engine.rulebook.read.words import KEY_SYNONYMS
from engine.rulebook.source import Entry, ListNode, MapNode, Node, Scalar
from engine.rulebook.values import (
    MAX_DURATION,
    BadValue,
    Raw,
    did_you_mean,
    parse_decimal,
    parse_duration,
    parse_limit,
    parse_money,
    parse_percent,
    shown_length,
)

T = TypeVar("T")

LONGEST_ID: Final = 80
ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
WORD: Final = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
DOTTED: Final = re.compile(r"[a-z][a-z0-9]*([-_.][a-z0-9]+)*")


def kind_of(node: Node) -> str:
    """What a node is, in plain words."""
    if isinstance(node, MapNode):
        return "a mapping"
    if isinstance(node, ListNode):
        return "a list"
    if node.value is None:
        return "nothing"
    if isinstance(node.value, bool):
        return f"{node.raw} (a truth value)"
    return f"the text {node.raw}" if isinstance(node.value, str) else f"the number {node.raw}"


def wrong_type(report: Report, node: Node, expected: str, hint: str | None = None) -> None:
    report.error("wrong-type", node.place, f"{expected} was expected here, not {kind_of(node)[:80]}", hint)


def text_of(report: Report, node: Node, expected: str = "a text") -> str:
    """The text of a scalar that is one; otherwise reported and ""."""
    if isinstance(node, Scalar) and isinstance(node.value, str) and node.value.strip():
        return node.value
    written = isinstance(node, Scalar) and node.value is not None and not isinstance(node.value, str)
    wrong_type(report, node, expected, f'put it in quotes: "{node.raw}"' if written else None)  # type: ignore[union-attr]
    return ""


def truth_of(node: Node) -> bool | None:
    """yes or no (or YAML's own true or false); None for anything else."""
    if not isinstance(node, Scalar):
        return None
    if isinstance(node.value, bool):
        return node.value
    return {"yes": True, "no": False}.get(node.raw) if isinstance(node.value, str) else None


def word_of(report: Report, node: Node, among: Collection[str], code: str = "unknown-word") -> str:
    """One of several words; otherwise reported and ""."""
    word = text_of(report, node, f"one of {', '.join(among)}" if len(among) <= 12 else "a word")
    if not word or word in among:
        return word
    report.error(code, node.place, f"{word} is not possible here", did_you_mean(word, among))
    return ""


def id_of(report: Report, node: Node, underscores: bool = False) -> str:
    """A permanent name of lower-case letters, digits and hyphens; otherwise reported. The text in any case."""
    name = text_of(report, node, "an id")
    if name and (len(name) > LONGEST_ID or not (WORD if underscores else ID).fullmatch(name)):
        better = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:LONGEST_ID]
        hint = f"write it as {better}" if better else None
        report.error("bad-id", node.place, f"{name[:LONGEST_ID]} is not lower-case letters, digits and hyphens", hint)
    return name


def dotted_name(report: Report, name: str, place: Place) -> bool:
    """Whether a name is made of lower-case words joined by dots; otherwise reported."""
    fine = len(name) <= LONGEST_ID and DOTTED.fullmatch(name) is not None
    if not fine:
        report.error("bad-name", place, f"{name[:LONGEST_ID]} is not lower-case words joined by dots")
    return fine


def list_of(report: Report, node: Node, expected: str = "a list") -> Sequence[Node]:
    """The items of a list; otherwise reported and empty."""
    if isinstance(node, ListNode):
        return node.items
    wrong_type(report, node, expected)
    return ()


def entries_of(report: Report, node: Node, expected: str = "a mapping") -> Iterator[tuple[str, Entry]]:
    """The entries of a mapping whose keys are free; otherwise reported and none."""
    if isinstance(node, MapNode):
        yield from node.entries.items()
    else:
        wrong_type(report, node, expected)


class Fields:
    """One mapping with a fixed set of keys. What is absent or wrong is reported once and read as the default."""

    def __init__(
        self, report: Report, node: Node, what: str, required: Sequence[str] = (), optional: Sequence[str] = ()
    ) -> None:
        self._report = report
        self._entries: dict[str, Entry] = {}
        self.place = node.place
        if not isinstance(node, MapNode):
            wrong_type(report, node, f"{what} (a mapping)")
            return
        self._entries = node.entries
        self._check_keys(what, required, (*required, *optional))

    def _check_keys(self, what: str, required: Sequence[str], possible: Sequence[str]) -> None:
        for name, entry in self._entries.items():
            if name not in possible:
                synonym = KEY_SYNONYMS.get(name)
                hint = f"did you mean {synonym}?" if synonym in possible else did_you_mean(name, possible)
                if isinstance(entry.node, Scalar) and not entry.node.raw:  # {sentence: this, and that}
                    hint = "a text with a comma in it needs quotes here"
                self._report.error("unknown-key", entry.key.place, f"{what} has no key {name[:60]}", hint)
        for name in required:
            if name not in self._entries:
                self._report.error("missing-key", self.place, f"{what} needs the key {name}")

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    @property
    def keys(self) -> Sequence[str]:
        """The keys as written, in their order."""
        return tuple(self._entries)

    def node(self, key: str) -> Node | None:
        entry = self._entries.get(key)
        return entry.node if entry else None

    def place_of(self, key: str) -> Place:
        """Where the value of a key stands; the whole mapping's place when it is absent."""
        node = self.node(key)
        return node.place if node else self.place

    def key_place(self, key: str) -> Place:
        return self._entries[key].key.place

    def text(self, key: str, default: str = "") -> str:
        node = self.node(key)
        return default if node is None else text_of(self._report, node)

    def id(self, key: str, underscores: bool = False) -> str:
        node = self.node(key)
        return "" if node is None else id_of(self._report, node, underscores)

    def word(self, key: str, among: Collection[str], default: str = "") -> str:
        node = self.node(key)
        return default if node is None else word_of(self._report, node, among) or default

    def boolean(self, key: str, default: bool = False) -> bool:
        node = self.node(key)
        if node is None:
            return default
        truth = truth_of(node)
        if truth is None:
            wrong_type(self._report, node, "yes or no")
        return default if truth is None else truth

    def items(self, key: str, at_least: int = 0) -> Sequence[Node]:
        """The items of a list; empty when the key is absent."""
        node = self.node(key)
        if node is None:
            return ()
        items = list_of(self._report, node)
        if isinstance(node, ListNode) and len(items) < at_least:
            self._report.error("empty-list", node.place, f"{key} needs at least {at_least} in its list")
        return items

    def entries(self, key: str) -> Iterator[tuple[str, Entry]]:
        node = self.node(key)
        if node is not None:
            yield from entries_of(self._report, node)

    def texts(self, key: str, at_least: int = 0) -> tuple[str, ...]:
        return tuple(text for text, _ in self.placed_texts(key, at_least))

    def placed_texts(self, key: str, at_least: int = 0) -> list[tuple[str, Place]]:
        """The texts of a list, each with its place."""
        read = [(text_of(self._report, item), item.place) for item in self.items(key, at_least)]
        return [(text, place) for text, place in read if text]

    def ids(self, key: str, at_least: int = 0) -> tuple[str, ...]:
        return tuple(filter(None, (id_of(self._report, item) for item in self.items(key, at_least))))

    def words(self, key: str, among: Collection[str], at_least: int = 0) -> tuple[str, ...]:
        return tuple(filter(None, (word_of(self._report, item, among) for item in self.items(key, at_least))))

    def sub(self, key: str, what: str, required: Sequence[str] = (), optional: Sequence[str] = ()) -> "Fields":
        """The mapping behind a key; as if it were empty when absent."""
        node = self.node(key)
        if node is None:
            return Fields(self._report, MapNode(*self._position, {}), what)
        return Fields(self._report, node, what, required, optional)

    @property
    def _position(self) -> tuple[str, int, int]:
        return self.place.file, self.place.line, self.place.column

    def whole(self, key: str, low: int, high: int, default: int = 0) -> int:
        number = self.decimal(key, low, high, default)
        if number != int(number):
            self._report.error("wrong-type", self.place_of(key), f"{key} is a whole number, not {number}")
            return default
        return int(number)

    def decimal(self, key: str, low: float, high: float, default: float = 0) -> float:
        """A number without unit, `low <= number <= high`."""
        number = self.value(key, lambda raw: parse_decimal(raw, f"{key} is a number"), default)
        if key in self and not low <= number <= high:
            self._report.error("out-of-range", self.place_of(key), f"{key} lies between {low} and {high}, not {number}")
            return default
        return number

    def share(self, key: str, default: float = 0.0) -> float:
        """A share in %, 0..1."""
        share = self.value(key, parse_percent, default)
        if not 0 <= share <= 1:
            self._report.error("out-of-range", self.place_of(key), f"{key} lies between 0 % and 100 %")
            return default
        return share

    def money(self, key: str, currency: Currency, default: int = 0) -> int:
        """Minor units, not negative."""
        minor = self.value(key, lambda raw: parse_money(raw, currency), default)
        if minor < 0:
            self._report.error("out-of-range", self.place_of(key), f"{key} cannot be negative")
        return minor

    def duration(self, key: str, default: int = 0, least: int = 0, most: int = MAX_DURATION) -> int:
        """Milliseconds, `least <= length <= most`."""
        length: int | None = self.value(key, parse_duration, None)
        if length is None:
            return default
        if not least <= length <= most:
            message = f"{key} lies between {shown_length(least)} and {shown_length(most)}"
            self._report.error("out-of-range", self.place_of(key), message)
            return default
        return length

    def limit(self, key: str) -> Limit | None:
        return self.value(key, parse_limit, None)

    def value(self, key: str, parse: Callable[[Raw], T], default: T) -> T:
        """A scalar read by `parse`."""
        node = self.node(key)
        return default if node is None else parsed(self._report, node, parse, default)


def parsed(report: Report, node: Node, parse: Callable[[Raw], T], default: T) -> T:
    """A scalar read by `parse`; what it refuses is reported at the scalar."""
    if not isinstance(node, Scalar):
        wrong_type(report, node, "a single value")
        return default
    try:
        return parse(node.value)
    except BadValue as error:
        report.error(error.code, node.place, str(error), error.hint)
    return default


class Ids:
    """The ids of one kind, each once: a second one is reported with the place of the first."""

    def __init__(self, report: Report, kind: str) -> None:
        self._report = report
        self._kind = kind
        self._places: dict[str, Place] = {}

    def add(self, name: str, place: Place) -> None:
        first = self._places.setdefault(name, place)
        if first is not place and name:
            message = f"the {self._kind} {name} is already declared at {first}"
            self._report.error("duplicate-id", place, message, "give one of the two another id, or delete it")
