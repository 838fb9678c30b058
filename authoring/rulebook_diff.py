"""Differences between two rulebooks, in the words of their files: by rule, action, table, tier, cap, file.

Comments, quotes, layout, the order of keys, and the file in which a rule, an action or a channel stands say nothing.
The order of things that have a name says nothing either; that of rows, caps and other nameless items does.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, TypeAlias

from engine.rulebook.bundle import is_test
from engine.rulebook.findings import Report
from engine.rulebook.source import plain, read_yaml

NAMES: Final = ("id", "action", "table", "channel", "placement", "sku", "scene", "fact", "name")
"""Keys that name an item of a list, the first that all its items have."""
LISTS: Final = {"rules": "rule", "actions": "action", "channels": "channel", "products": "product", "scenes": "scene"}
"""Lists of a file whose items are things of their own, wherever they stand."""
LONGEST: Final = 160
"""Longer values are cut in words."""

Steps = tuple[str, ...]
Content: TypeAlias = "bool | int | float | str | list[Content] | dict[str, Content] | None"
"""The content of a file, without places."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `thing`: rule, action, table, ... or file; `id`: which one.

    `at`: the keys that lead to it, () for the whole thing. `what`: added, removed or changed; `before` and `after` are
    the values as they are written, None for nothing.
    """

    thing: str
    id: str
    what: str
    at: Steps = ()
    before: Content = None
    after: Content = None

    @property
    def words(self) -> str:
        """ "call-a-quiet-customer: customer.days_since_last_order at_least 60 -> 45"."""
        if not self.at:
            return f"{self.thing} {self.id}: {self.what}"
        name = self.id if self.thing in ("rule", "file") else f"{self.thing} {self.id}"
        where = " ".join(self.at[1:] if self.thing == "rule" and self.at[0] == "when" and self.at[1:] else self.at)
        if self.what == "changed":
            return f"{name}: {where} {written(self.before)} -> {written(self.after)}"
        return f"{name}: {where} {self.what}: {written(self.after if self.what == 'added' else self.before)}"

    def to_json(self) -> dict[str, Any]:
        """JSON-ready, with the words."""
        out: dict[str, Any] = {"thing": self.thing, "id": self.id, "what": self.what, "at": list(self.at)}
        if self.at:
            out |= {"before": self.before, "after": self.after}
        return {**out, "words": self.words}


def differences(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[Difference]:
    """All differences between the files of two rulebooks that load (path within the folder -> content), in order."""
    one, other = _things(before), _things(after)
    found: list[Difference] = []
    for key in sorted({*one, *other}):
        thing, name = key
        if key not in other:
            found.append(Difference(thing, name, "removed"))
        elif key not in one:
            found.append(Difference(thing, name, "added"))
        else:
            found += _between(thing, name, one[key], other[key])
    return found


def written(value: Content) -> str:
    """A value as written in a file, on one line."""
    text = _text(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _text(value: Content) -> str:
    if isinstance(value, str):
        return (
            value if value and value == value.strip() and "\n" not in value else json.dumps(value, ensure_ascii=False)
        )
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_text(item)}" for key, item in value.items()) + "}"
    return str(value)


# ---- the contents of a rulebook ----


def _things(bundle: Mapping[str, bytes]) -> dict[tuple[str, str], Content]:
    """(thing, id) -> its source."""
    found: dict[tuple[str, str], Content] = {}
    for file in sorted(bundle):
        node = None if is_test(file) else read_yaml(file, bundle[file], Report())
        if node is not None:
            for key, content in _of_file(file, plain(node)):
                found[key] = content
    return found


def _of_file(file: str, content: Content) -> Iterator[tuple[tuple[str, str], Content]]:
    if not isinstance(content, dict):
        yield ("file", file), content
        return
    if isinstance(table := content.get("table"), str):
        yield ("table", table), content
        return
    rest: dict[str, Content] = {}
    for key, value in content.items():
        by_id = _by_name(value) if key in LISTS and isinstance(value, list) else None
        if by_id is not None:
            yield from (((LISTS[key], name), item) for name, item in by_id.items())
        elif key in ("segments", "facts", "counters") and isinstance(value, dict):
            yield from (((key.removesuffix("s"), name), item) for name, item in value.items())
        else:
            rest[key] = value
    if rest:
        yield ("file", file), rest


def _by_name(items: list[Content]) -> dict[str, Content] | None:
    """The items of a list by name; None where names are missing or not unique."""
    for key in NAMES:
        names = [name for item in items if isinstance(item, dict) and isinstance(name := item.get(key), str)]
        if items and len(names) == len(items):
            named = dict(zip(names, items, strict=True))
            return named if len(named) == len(items) else None
    return None


# ---- comparing ----


def _between(thing: str, name: str, before: Content, after: Content) -> Iterator[Difference]:
    for at, what, old, new in _compare((), before, after):
        yield Difference(thing, name, what, at, old, new)


Found = Iterator[tuple[Steps, str, Content, Content]]


def _compare(at: Steps, before: Content, after: Content) -> Found:
    if _same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _mappings(at, before, after)
    elif isinstance(before, list) and isinstance(after, list) and not _is_of_words(before, after):
        yield from _lists(at, before, after)
    else:
        yield at or ("content",), "changed", before, after


def _same(before: Content, after: Content) -> bool:
    """In any order of keys; 1 and true are not the same."""
    return json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)


def _mappings(at: Steps, before: dict[str, Content], after: dict[str, Content]) -> Found:
    for key in {**before, **after}:
        step = (*at, key)
        if key not in after:
            yield step, "removed", before[key], None
        elif key not in before:
            yield step, "added", None, after[key]
        else:
            yield from _compare(step, before[key], after[key])


def _is_of_words(before: list[Content], after: list[Content]) -> bool:
    """A short list such as [gold, platinum] is one value."""
    return not any(isinstance(item, dict | list) for item in (*before, *after))


def _lists(at: Steps, before: list[Content], after: list[Content]) -> Found:
    one, other = _by_name(before), _by_name(after)
    if one is not None and other is not None:
        yield from _mappings(at, one, other)
        return
    left, right = ([json.dumps(item, sort_keys=True) for item in items] for items in (before, after))
    for tag, i, j, k, m in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        paired = min(j - i, m - k)
        for step in range(paired):
            yield from _item(at, i + step, before[i + step], after[k + step])
        for index in range(i + paired, j):
            yield (*at, _nth(index)), "removed", before[index], None
        for index in range(k + paired, m):
            yield (*at, _nth(index)), "added", None, after[index]


def _item(at: Steps, index: int, before: Content, after: Content) -> Found:
    """A table row is one value; for a mapping, the key is named."""
    step = (*at, _nth(index))
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _mappings(step, before, after)
    elif not _same(before, after):
        yield step, "changed", before, after


def _nth(index: int) -> str:
    return f"#{index + 1}"
