"""Which keys the readers look for in which mapping, watched while they read; and which keys a schema has there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from authoring.checking import check_texts
from authoring.rule_tests import read_tests
from engine.rulebook.findings import Report, render
from engine.rulebook.read.fields import Fields
from engine.rulebook.source import ListNode, MapNode, Node, read_yaml

Path = tuple[str | int, ...]
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Read:
    """One mapping of a file as a reader takes it."""

    file: str
    path: Path
    what: str
    required: frozenset[str]
    possible: frozenset[str]


def keys_read(texts: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> list[Read]:
    """What the readers look for in the mappings of a rulebook with its tests."""
    seen: list[tuple[str, int, int, str, frozenset[str], frozenset[str]]] = []
    begin = Fields.__init__

    def watched(
        self: Fields,
        report: Report,
        node: Node,
        what: str,
        required: Sequence[str] = (),
        optional: Sequence[str] = (),
    ) -> None:
        begin(self, report, node, what, required, optional)
        if isinstance(node, MapNode) and (required or optional):
            keys = frozenset((*required, *optional))
            seen.append((node.file, node.line, node.column, what, frozenset(required), keys))

    monkeypatch.setattr(Fields, "__init__", watched)
    rules = {name: text for name, text in texts.items() if not name.startswith("tests/")}
    book, findings = check_texts(rules)
    assert book is not None, render(findings)
    tests = {name: text.encode() for name, text in texts.items() if name.startswith("tests/")}
    assert read_tests(tests, book)[1] == []
    monkeypatch.undo()
    paths = {name: dict(mappings(parsed(name, text))) for name, text in texts.items()}
    return [
        Read(file, paths[file][line, column], what, required, keys)
        for file, line, column, what, required, keys in seen
        if (line, column) in paths[file]  # not one that stands in for a mapping that is not written
    ]


def parsed(name: str, text: str | bytes) -> Node:
    report = Report()
    node = read_yaml(name, text, report)
    assert node is not None, report.findings
    return node


def mappings(node: Node, path: Path = ()) -> Iterator[tuple[tuple[int, int], Path]]:
    """Place and path of every mapping."""
    if isinstance(node, MapNode):
        yield (node.line, node.column), path
        for key, entry in node.entries.items():
            yield from mappings(entry.node, (*path, key))
    elif isinstance(node, ListNode):
        for number, item in enumerate(node.items):
            yield from mappings(item, (*path, number))


def records(schema: Schema, path: Path, root: Schema) -> list[Schema]:
    """The mappings with fixed keys that a schema has at a path."""
    found = alternatives(schema, root)
    if not path:
        return [one for one in found if one.get("additionalProperties") is False]
    step, rest = path[0], path[1:]
    inner = [one for one in (_below(each, step) for each in found) if isinstance(one, Mapping)]
    return [record for one in inner for record in records(one, rest, root)]


def _below(schema: Schema, step: str | int) -> Any:
    if isinstance(step, int):
        return schema.get("items")
    more = schema.get("additionalProperties")
    return schema.get("properties", {}).get(step, more)


def alternatives(schema: Schema, root: Schema) -> list[Schema]:
    """The schema with its references followed, its forms taken apart."""
    if "$ref" in schema:
        return alternatives(root["definitions"][schema["$ref"].rpartition("/")[2]], root)
    found = [schema]
    for word in ("anyOf", "allOf"):
        found += [one for form in schema.get(word, ()) for one in alternatives(form, root)]
    for word in ("then", "else"):
        if word in schema:
            found += alternatives(schema[word], root)
    return found


def all_records(schema: Schema, root: Schema, seen: set[int] | None = None) -> Iterator[Schema]:
    """Every mapping with fixed keys in a schema, each once."""
    seen = set() if seen is None else seen
    for one in alternatives(schema, root):
        if id(one) in seen:
            continue
        seen.add(id(one))
        if one.get("additionalProperties") is False:
            yield one
        more = one.get("additionalProperties")
        below = [*one.get("properties", {}).values(), one.get("items"), more]
        for inner in below:
            if isinstance(inner, Mapping):
                yield from all_records(inner, root, seen)
