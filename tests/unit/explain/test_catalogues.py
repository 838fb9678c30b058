"""Every language has every text that the code asks for, and no other, with the same placeholders."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from engine.domain.reasons import Reason
from engine.domain.refusal import refused
from engine.rulebook.condition import Op
from explain import LANGUAGES
from explain.catalogue import Catalogue, file_of
from explain.refusals import sentence
from tests.support.refusals import FORMS, speaker

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [
    path
    for package in ("engine", "explain", "authoring", "service", "storage", "api", "runtime", "cli")
    for path in (ROOT / package).rglob("*.py")
]
CHINESE = range(0x4E00, 0x9FFF)
SIGNS_ONLY = {
    *("list.comma", "list.clauses", "explanation.standing-part", "explanation.factor-context", "explanation.times"),
    *("explanation.product", "explanation.reason-and-detail", "explanation.withdrawn", "explanation.held"),
    *("explanation.target", "explanation.change", "explanation.change-with", "explanation.fact", "refusal.sentence"),
    *("wanted.is", "wanted.one_of"),
}
"""Texts that consist of signs and of what is filled in."""


@cache
def read(language: str) -> Catalog:
    with file_of(language).open("rb") as file:
        return read_po(file, abort_invalid=True)


def entries(language: str) -> dict[str, Message]:
    """Every entry by its key."""
    found = (entry for entry in read(language) if entry.id)
    return {f"{entry.context}.{entry.id if isinstance(entry.id, str) else entry.id[0]}": entry for entry in found}


def forms(entry: Message) -> tuple[str, ...]:
    """Its text, or one for each plural form."""
    return (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


KEYS = sorted(entries("en"))
AREAS = sorted({key.partition(".")[0] for key in KEYS})
KEY = re.compile(rf"(?:{'|'.join(AREAS)})\.[\w -]+")
BEGINS = re.compile(rf"(?:{'|'.join(AREAS)})\.")


def patterns(tree: ast.AST) -> Iterator[str]:
    """The keys that a module names, as regular expressions: `.+` stands for what an f-string fills in."""
    parts_of = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr([ast.Constant(str(first)), *_] as parts) if BEGINS.match(first):
                yield "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".+" for p in parts)
            case ast.Constant(str(text)) if KEY.fullmatch(text) and id(node) not in parts_of:
                yield re.escape(text)


def said(tree: ast.AST) -> Iterator[str]:
    """The literal keys in calls that render a text, whatever their area."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Attribute(ast.Name("speaker" | "self"), "say" | "plural" | "at"), [key, *_]):
                yield from literals(key)


def literals(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(str(text)):
            yield text
        case ast.IfExp(_, one, other):
            yield from (*literals(one), *literals(other))


@cache
def trees() -> tuple[ast.AST, ...]:
    return tuple(ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES)


@cache
def asked_for() -> frozenset[str]:
    return frozenset(pattern for tree in trees() for pattern in patterns(tree))


@cache
def words() -> frozenset[str]:
    """Every string in the source."""
    nodes = (node for tree in trees() for node in ast.walk(tree))
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def names_in(area: str) -> set[str]:
    return {key.partition(".")[2] for key in KEYS if key.startswith(f"{area}.")}


def is_chinese(text: str) -> bool:
    return any(ord(sign) in CHINESE for sign in text)


def test_each_folder_is_a_language_and_each_language_has_a_folder() -> None:
    folders = {path.name.replace("_", "-") for path in (ROOT / "explain" / "locale").iterdir()}
    assert folders == set(LANGUAGES)


def test_the_catalogues_are_part_of_the_package() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["explain"]
    files = {path for path in (ROOT / "explain" / "locale").rglob("*") if path.is_file()}
    assert {path for pattern in data for path in (ROOT / "explain").glob(pattern)} == files


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_says_which_language_it_is_in(language: str) -> None:
    assert read(language).locale_identifier == language.replace("-", "_")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_unfinished_or_left_over(language: str) -> None:
    assert [key for key, entry in entries(language).items() if entry.fuzzy or not all(forms(entry))] == []
    assert list(read(language).obsolete.values()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_in_a_catalogue_twice(language: str) -> None:
    written = re.findall(r'^msgctxt "(.+)"\nmsgid "(.+)"$', file_of(language).read_text("utf-8"), re.MULTILINE)
    assert [key for key, times in Counter(written).items() if times > 1] == []
    assert {".".join(key) for key in written} == set(entries(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys(language: str) -> None:
    assert sorted(entries(language)) == KEYS


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_with_plural_forms_has_them_in_every_language(language: str) -> None:
    counts = {key: len(forms(entry)) for key, entry in entries(language).items() if entry.pluralizable}
    assert counts == {key: read(language).num_plurals for key, entry in entries("en").items() if entry.pluralizable}


@pytest.mark.parametrize("key", KEYS)
def test_a_text_has_the_same_placeholders_in_every_language(key: str) -> None:
    wanted = placeholders(forms(entries("en")[key])[-1])
    for language in LANGUAGES:
        for form in forms(entries(language)[key]):
            left_out = {"n"} if entries(language)[key].pluralizable else set()
            assert wanted - left_out <= placeholders(form) <= wanted


def test_every_key_in_the_code_is_in_the_catalogues() -> None:
    assert [one for one in asked_for() if not any(re.fullmatch(one, key) for key in KEYS)] == []
    assert {key for tree in trees() for key in said(tree)} - set(KEYS) == set()


def test_every_key_in_the_catalogues_is_in_the_code() -> None:
    assert [key for key in KEYS if not any(re.fullmatch(one, key) for one in asked_for())] == []


def test_every_reason_and_operator_has_a_text_and_none_is_left_over() -> None:
    assert names_in("reason") == set(Reason)
    assert names_in("wanted") == set(Op)


class Listening(Catalogue):
    """Keeps the keys of the texts that were asked for."""

    said: set[str]

    def text(self, key: str, /, **fields: object) -> str:
        self.said.add(key)
        return super().text(key, **fields)


def test_no_text_about_a_refusal_is_left_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Besides those that the code names in full, each is asked for by a refusal of some form."""
    listening = Listening("en", file_of("en").read_bytes())
    listening.said = {key for key in KEYS if re.escape(key) in asked_for()}
    monkeypatch.setattr("explain.speaker.catalogue", lambda _: listening)
    for params, _ in FORMS:
        sentence(refused(params), speaker())
    assert {key for key in KEYS if key.startswith("refusal.")} == {
        key for key in listening.said if key.startswith("refusal.")
    }


def test_every_month_and_unit_has_a_name() -> None:
    assert names_in("month") == {str(month) for month in range(1, 13)}
    assert names_in("unit") == {"day", "hour", "minute", "second", "ms"}


def test_every_term_is_a_word_of_the_product() -> None:
    assert names_in("term") - words() == set()
    assert names_in("period") - words() == set()


def test_every_chinese_text_is_chinese() -> None:
    texts = {key: forms(entry) for key, entry in entries("zh-Hans").items()}
    assert {key for key, each in texts.items() if not all(map(is_chinese, each))} == SIGNS_ONLY


def test_no_english_word_is_left_in_a_chinese_text() -> None:
    texts = {key: " ".join(forms(entry)) for key, entry in entries("zh-Hans").items()}
    filled = {key: re.sub(r"\{\w+\}|（\w+）", "", text) for key, text in texts.items()}
    assert [key for key, text in filled.items() if re.search("[a-z]{2}", text)] == []
