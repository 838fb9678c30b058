"""The schemas know the same keys as the readers: none more, none less."""

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from authoring.checking import check_texts
from authoring.file_schemas import schema_for, schemas_for
from engine.rulebook.findings import render
from engine.rulebook.read.actions import KEYS as EFFECT_KEYS
from engine.rulebook.read.conditions import GROUPS, OPERATORS
from engine.rulebook.read.words import EVENT_PROPERTIES, KINDS, ROLES
from tests.support.every_key import EVERYTHING
from tests.support.file_keys import Read, all_records, alternatives, keys_read, records

LOOSE = {"an effect", "a step"}
"""Read once with whatever is written, to see what it is; read again with the keys of that."""
SOME_OF = ("a step", "a level", "the last level")
"""Which of its keys go together, the schema does not say."""
OF_THE_API = frozenset(
    [
        "sku",
        "order_id",
        "lines",
        "first_name",
        "surface",
        "delivery_days",
        "anonymous_id",
        "traits",
        "channel",
        "referred",
        "merged",
    ]
)
"""A key of each mapping of events, traits and contexts: their schemas are those of the API."""


@pytest.fixture(scope="module")
def schemas() -> Mapping[str, Any]:
    book, findings = check_texts(EVERYTHING)
    assert book is not None, render(findings)
    return schemas_for(book)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Read]:
    return [one for one in keys_read(EVERYTHING, monkeypatch) if one.what not in LOOSE]


def schema_of(one: Read, schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    name = schema_for(one.file)
    assert name is not None
    return schemas[name]


def test_a_schema_has_the_keys_that_the_reader_looks_for(read: list[Read], schemas: Mapping[str, Any]) -> None:
    assert len(read) > 100
    wrong = []
    for one in read:
        root = schema_of(one, schemas)
        found = records(root, one.path, root)
        loose = one.what.startswith(SOME_OF) or "cases" in one.path[-2:-1]
        exact = [keys for record in found if _fits(keys := record["properties"].keys(), one, loose)]
        if not exact:
            wrong.append((one.file, one.path, one.what, sorted(one.possible), [sorted(r["properties"]) for r in found]))
    assert wrong == []


def _fits(keys: Collection[str], one: Read, loose: bool) -> bool:
    return one.possible - {"test", "use", "cases"} <= set(keys) if loose else set(keys) == one.possible


def test_a_schema_asks_for_no_key_that_the_reader_can_do_without(read: list[Read], schemas: Mapping[str, Any]) -> None:
    wrong = []
    for one in read:
        root = schema_of(one, schemas)
        asked = [frozenset(record.get("required", ())) for record in records(root, one.path, root)]
        if not any(required <= one.required for required in asked):
            wrong.append((one.file, one.path, one.what, asked))
    assert wrong == []


def test_a_schema_has_no_key_that_nobody_reads(read: list[Read], schemas: Mapping[str, Any]) -> None:
    book = check_texts(EVERYTHING)[0]
    assert book is not None
    names = {*book.vocabulary, *book.actions, *book.channels, *book.shop.languages, *book.products, *book.segments}
    names |= {action.group for action in book.actions.values()} | {level.id for level in book.tiers.levels}
    names |= {field.name for channel in book.channels.values() for field in channel.fields}
    names |= {*OPERATORS, *GROUPS, "segment", *ROLES, *KINDS, "case"}
    names |= {name for properties in EVENT_PROPERTIES.values() for name in properties}  # of a counter's `where`
    names |= {key for keys in EFFECT_KEYS.values() for key in (*keys.required, *keys.optional)}
    unread = []
    for name, root in schemas.items():
        known = names.union(*(one.possible for one in read if schema_for(one.file) == name))
        for record in all_records(root, root):
            keys = set(record["properties"])
            if keys - known and not keys & OF_THE_API:
                unread.append((name, sorted(keys - known)))
    assert unread == []


def test_references_lead_somewhere(schemas: Mapping[str, Any]) -> None:
    for root in schemas.values():
        assert alternatives(root, root)
