"""What is no rule file, or far too much of one: check, test and fmt say so, and none of them waits or dies of it."""

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.rulebook.findings import RulebookError
from engine.rulebook.source import MAX_BYTES
from runtime.bootstrap import compiled
from tests.support.capabilities import file_modes_obeyed
from tests.support.commands import folder_of, patron
from tests.support.small_book import BOOK

TEST = """\
tests:
  - test: Somebody who asks gets the check-in
    at: 2026-03-02T10:00:00+01:00
    expect: {none: []}
"""
VERBS = ("check", "test", "fmt")
FILES = ("operation.yaml", "actions/care.yaml", "tests/a.yaml")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "rules", {**BOOK, "tests/a.yaml": TEST})


def said(verb: str, rules: Path) -> str:
    """What a verb says of a rulebook that it refuses."""
    shown = patron(verb, rules)
    assert shown.exit_code == 1, shown.output
    return shown.output


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inner.yaml").write_text("rules: []\n")


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def circle(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("make", [folder, pipe, device, circle, nowhere])
def test_what_is_no_file_is_named(rules: Path, verb: str, name: str, make: Callable[[Path], None]) -> None:
    make(rules / name)
    shown = said(verb, rules)
    assert f"{name}:1:1: error unreadable-file: " in shown


@pytest.mark.parametrize("make", [folder, pipe, device, circle, nowhere])
def test_a_server_does_not_start_with_it_and_does_not_wait_for_it(rules: Path, make: Callable[[Path], None]) -> None:
    make(rules / "operation.yaml")
    with pytest.raises(RulebookError, match=r"operation.yaml:1:1: error unreadable-file"):
        compiled(rules)


@pytest.mark.parametrize("verb", VERBS)
def test_a_file_that_may_not_be_read_is_named(rules: Path, verb: str) -> None:
    (rules / "operation.yaml").chmod(0)
    with file_modes_obeyed():
        shown = said(verb, rules)
    assert "operation.yaml:1:1: error unreadable-file: Permission denied" in shown


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", FILES)
def test_of_fifty_megabytes_no_more_is_read_than_shows_that_it_is_too_large(rules: Path, verb: str, name: str) -> None:
    with (rules / name).open("ab") as file:
        file.truncate(50_000_000)
    tracemalloc.start()
    try:
        shown = said(verb, rules)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert f"{name}:1:1: error file-too-large: " in shown
    assert peak < 50 * MAX_BYTES


def test_a_circle_of_folders_is_gone_round_once(rules: Path) -> None:
    (rules / "actions" / "again").symlink_to(rules)
    (rules / "tests" / "again").symlink_to(rules)
    shown = patron("check", rules)
    assert "again" not in shown.output.replace("nothing is read from actions/again", "")


BOMB = "\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))])
TEXTS = {
    "a bomb of anchors": (BOMB, "yaml-anchor"),
    "brackets without end": ("[" * 500_000, "yaml-too-deep"),
    "lists without end": ("- " * 300_000, "yaml-too-deep"),
    "keys without end": ("a:\n" + "".join(" " * n + "a:\n" for n in range(1, 1_000)), "yaml-too-deep"),
    "a key of a megabyte": ("a" * 999_000 + ": 1", "yaml-syntax"),
    "a tab": ("rules:\n\t- id: x\n  - id: y\n", "yaml-tab"),
    "a key twice": ("rules: []\nrules: []\n", "yaml-duplicate-key"),
    "two documents": ("rules: []\n---\nrules: []\n", "yaml-documents"),
    "half a character": (b"rules: [\xe6]\n", "not-utf-8"),
    "UTF-16": ("rules: []\n".encode("utf-16"), "not-utf-8"),
    "a null": ("rules: []\x00\n", "yaml-character"),
    "an escape": ("rules: [] # \x1b[2J\n", "yaml-character"),
    "text turned round": ("rules: [] # \u202e\n", "yaml-character"),
    "nothing": ("", "empty-file"),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("text", "code"), TEXTS.values(), ids=TEXTS)
def test_what_cannot_be_meant_is_told_with_its_place(rules: Path, verb: str, text: str | bytes, code: str) -> None:
    name = "operation.yaml"
    (rules / name).write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    before = (rules / name).read_bytes()
    shown = said(verb, rules)
    assert f" error {code}: " in shown
    assert "Traceback" not in shown
    assert not set(shown) & set("\x00\x1b\u202e")
    assert (rules / name).read_bytes() == before


def test_fmt_takes_out_what_other_programs_left(rules: Path) -> None:
    tidy = (rules / "operation.yaml").read_bytes()
    patron("fmt", rules)
    tidy = (rules / "operation.yaml").read_bytes()
    (rules / "operation.yaml").write_bytes(b"\xef\xbb\xbf" + tidy.replace(b"\n", b"\r\n"))
    assert "yaml-bom" in said("check", rules)
    assert patron("fmt", rules).exit_code == 0
    assert (rules / "operation.yaml").read_bytes() == tidy
    assert patron("check", rules).exit_code == 0


IDS = ["\U0001f600", "caf\u00e9", "\u0437\u0430\u043a\u0430\u0437", "a b", "A", "a\u200bb", "\u05d0\u05d1", "-"]
NAMED = [("operation.yaml", "id: no-price-cuts"), ("actions/care.yaml", "group: care")]


@pytest.mark.parametrize("name", [*IDS, "a" * 81])
@pytest.mark.parametrize(("file", "old"), NAMED)
def test_an_id_that_could_be_mistaken_is_refused(rules: Path, name: str, file: str, old: str) -> None:
    path = rules / file
    path.write_text(path.read_text().replace(old, f'{old.partition(":")[0]}: "{name}"', 1))
    shown = said("check", rules)
    assert f"{file}:" in shown
    assert " error bad-id: " in shown


def test_an_id_with_a_turn_of_direction_is_refused_and_shown_as_it_is_not_obeyed(rules: Path) -> None:
    path = rules / "operation.yaml"
    path.write_text(path.read_text().replace("no-price-cuts", "no-price\u202e-cuts", 1))
    shown = said("check", rules)
    assert "(U+202E)" in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "\u05e9\u05dc\u05d5\u05dd \u200fa\u200e",
        "\u0645\u0631\u062d\u0628\u0627",
        "\U0001f469\u200d\U0001f373 hi",
        '"\\u2067x\\u2069"',
    ],
)
def test_texts_may_be_in_any_script(rules: Path, text: str) -> None:
    path = rules / "operation.yaml"
    path.write_text(path.read_text().replace("title: No price cuts for gold", f"title: {text}", 1))
    shown = patron("check", rules)
    assert (shown.exit_code, "0 errors" in shown.output) == (0, True)


@pytest.mark.parametrize("group", ["all", "any", "none"])
def test_a_rule_with_five_thousand_conditions_is_read_tested_and_formatted(rules: Path, group: str) -> None:
    many = "".join(
        f"        - customer.orders: {{at_least: {number}}}\n          customer.spend: {{at_most: {number} EUR}}\n"
        for number in range(2_500)
    )
    path = rules / "operation.yaml"
    path.write_text(path.read_text().replace("    when: {}\n", f"    when:\n      {group}:\n{many}", 1))
    for verb in VERBS:
        shown = patron(verb, rules)
        assert (shown.exit_code, "Traceback" in shown.output) == (0, False), shown.output


def test_a_file_with_a_hundred_thousand_mistakes_is_answered(rules: Path) -> None:
    (rules / "operation.yaml").write_text("rules:\n" + "  - {}\n" * 15_000)
    assert "0 warnings" in said("check", rules)
