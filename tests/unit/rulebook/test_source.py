"""YAML is read strictly, as 1.2, with places."""

from typing import Any

import pytest

from engine.rulebook.findings import Place, Report
from engine.rulebook.source import ListNode, MapNode, Scalar, plain, read_yaml


def read(text: str | bytes) -> Any:
    report = Report()
    node = read_yaml("x.yaml", text, report)
    assert report.findings == [], report.findings
    assert node is not None
    return plain(node)


def codes(text: str | bytes) -> list[tuple[int, int, str]]:
    report = Report()
    read_yaml("x.yaml", text, report)
    return [(f.place.line, f.place.column, f.code) for f in report.findings]


@pytest.mark.parametrize(
    "word", ["yes", "no", "on", "off", "NO", "y", "n", "2026-01-01", "12:30:45", "1_000", "=", "<<"]
)
def test_what_older_yaml_would_change_stays_text(word: str) -> None:
    assert read(f"a: {word}") == {"a": word}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("007", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
    ],
)
def test_the_core_schema_of_yaml_1_2_is_resolved(word: str, value: object) -> None:
    found = read(f"a: {word}")["a"]
    assert found == value
    assert type(found) is type(value)


def test_quoted_words_and_blocks_stay_text() -> None:
    assert read("a: \"true\"\nb: '12'\nc: |\n  12\n") == {"a": "true", "b": "12", "c": "12\n"}


def test_a_number_too_long_to_be_one_stays_text() -> None:
    assert read("a: " + "9" * 5000) == {"a": "9" * 5000}


def test_every_key_and_value_knows_its_place() -> None:
    node = read_yaml("x.yaml", "a: 1\nb:\n  - 金: {c: d}\n", Report())
    assert isinstance(node, MapNode)
    entry = node.entries["b"]
    assert isinstance(entry.node, ListNode)
    inner = entry.node.items[0]
    assert isinstance(inner, MapNode)
    assert entry.key.place == Place("x.yaml", 2, 1)
    assert inner.place == Place("x.yaml", 3, 5)
    assert inner.entries["金"].node.place == Place("x.yaml", 3, 8)


def test_a_scalar_keeps_what_was_written() -> None:
    node = read_yaml("x.yaml", "1.50", Report())
    assert isinstance(node, Scalar)
    assert (node.value, node.raw) == (1.5, "1.50")


def test_windows_line_ends_do_not_move_places() -> None:
    assert codes(b"a: 1\r\na: 2\r\n") == [(2, 1, "yaml-duplicate-key")]


def test_several_mistakes_of_one_file_are_all_found() -> None:
    assert codes("a: !!str 1\na: 2\nb: *x\n") == [
        (1, 4, "yaml-tag"),
        (2, 1, "yaml-duplicate-key"),
        (3, 4, "yaml-anchor"),
    ]


def test_an_anchor_bomb_is_refused_without_being_unfolded() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    assert {code for _, _, code in codes("\n".join(lines))} == {"yaml-anchor"}


def test_brackets_nested_by_the_hundred_thousand_are_refused_at_once() -> None:
    assert [code for _, _, code in codes("[" * 100_000)] == ["yaml-too-deep"]


def test_a_lone_surrogate_is_not_utf_8() -> None:
    assert codes("a: \ud800") == [(1, 4, "not-utf-8")]


def test_a_merge_key_is_an_ordinary_key() -> None:
    assert read("a: {<<: x}") == {"a": {"<<": "x"}}


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("a: b: c", (1, 5), "put a text with a colon in quotes, or check the indentation"),
        ("a: %x", (1, 4), "put the text in quotes; operators are words, such as at_least"),
        ("a: 'x", (2, 1), "close the quote"),
        ("a: [1, 2\nb: 3", (2, 2), "expected , or ]"),
        ("a: {b: 1", (2, 1), "expected , or }"),
        ('key: "x" y', (1, 10), "check the indentation and the quotes"),
        ("- a\nb: 1", (2, 1), "check the indentation"),
    ],
)
def test_broken_yaml_is_explained_in_plain_words(text: str, place: tuple[int, int], hint: str) -> None:
    report = Report()
    read_yaml("x.yaml", text + "\n", report)
    found = report.findings[0]
    assert ((found.place.line, found.place.column), found.code, found.hint) == (place, "yaml-syntax", hint)
