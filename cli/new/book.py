"""The rulebook that a new piece goes into: its files, its names, and what holds after it is changed."""

import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import NoReturn

import click

from authoring.checking import check_texts
from authoring.file_schemas import MODELINE, schema_for
from authoring.formatting import formatted
from authoring.formatting.insert import inserted
from authoring.rule_tests import read_tests
from cli.files import write_whole
from cli.output import FOUND, fail, say, say_json
from cli.rulebooks import rules_folder
from engine.rulebook.bundle import rule_tests_of
from engine.rulebook.findings import Finding, RulebookError, Severity, render
from engine.rulebook.model import Rulebook
from engine.rulebook.values import did_you_mean
from runtime.rule_folder import read_bundle

folder_option = click.option(
    "--rules", "folder", type=rules_folder, default=Path("rules"), show_default=True, help="Folder of the rulebook."
)
print_option = click.option("--print", "only_print", is_flag=True, help="Print it, and write nothing.")


@dataclass(frozen=True, slots=True)
class Book:
    """`files`: path in the folder -> text."""

    folder: Path
    files: Mapping[str, str]
    rules: Rulebook
    tests: frozenset[str]

    def new_test(self, title: str) -> str:
        """The title, with a number where a test of this name is there."""
        numbered = (f"{title} ({number})" for number in count(2))
        return title if title not in self.tests else next(one for one in numbered if one not in self.tests)

    def known(self, kind: str, name: str, among: Collection[str]) -> str:
        """The name, which must be one of those that there are."""
        if name not in among:
            fail(f"there is no {kind} {name}; {did_you_mean(name, among) or f'the rulebook has no {kind}'}")
        return name

    def fresh(self, kind: str, name: str, among: Collection[str]) -> str:
        """The name, which must be one that is not there yet: ids are permanent."""
        if name in among:
            fail(f"there is a {kind} {name} already; an id is never used twice")
        return name

    def with_piece(self, path: str, key: str, piece: str) -> str:
        """The text of a file with a piece more behind a key at its top."""
        text = inserted(self.files.get(path, self.head(path)), key, piece)
        if text is None:
            fail(f"{path}: {key} is written in brackets; write one on a line each, or use --print")
        return text

    def head(self, path: str) -> str:
        """The first line of a new file: the schema, where the others name theirs."""
        name = schema_for(path)
        for other, text in self.files.items():
            first = text.partition("\n")[0]
            if name and first.startswith(MODELINE):
                schemas = self.folder / Path(other).parent / Path(first.removeprefix(MODELINE)).parent
                relative = os.path.relpath(schemas / name, (self.folder / path).parent)
                return f"{MODELINE}{Path(relative).as_posix()}\n"
        return ""


def read_book(folder: Path) -> Book:
    """The rulebook of a folder; one with errors ends the verb."""
    try:
        bundle = read_bundle(folder)
    except RulebookError as error:
        _end(error.findings)
    book, tests, findings = _checked(bundle)
    if book is None or any(finding.severity is Severity.ERROR for finding in findings):
        _end(findings)
    return Book(folder, {path: data.decode("utf-8") for path, data in bundle.items()}, book, tests)


def write(book: Book, changes: Mapping[str, str], only_print: bool, as_json: bool) -> None:
    """Write the files that change, if the rulebook has no error then."""
    changes = {path: formatted(path, text.encode()).text or text for path, text in changes.items()}
    *_, findings = _checked({path: text.encode() for path, text in {**book.files, **changes}.items()})
    wrong = [finding for finding in findings if finding.severity is Severity.ERROR]
    if wrong:
        _end(wrong)
    for path, text in changes.items():
        if not only_print:
            _put(book.folder / path, text)
    if as_json:
        say_json({"written": [] if only_print else list(changes), "files": dict(changes)})
    elif not only_print:
        for path in changes:
            say(f"{book.folder / path}")


def _checked(bundle: Mapping[str, bytes]) -> tuple[Rulebook | None, frozenset[str], list[Finding]]:
    """The rulebook, the names of its tests, and what is wrong."""
    book, findings = check_texts(bundle)
    if book is None:
        return None, frozenset(), findings
    tests, wrong = read_tests(rule_tests_of(bundle), book)
    return book, frozenset(test.name for test in tests), [*findings, *wrong]


def _put(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}")


def _end(findings: Collection[Finding]) -> NoReturn:
    click.echo(render(findings), err=True)
    sys.exit(FOUND)


def asked(value: str | None, option: str, question: str, default: str | None = None) -> str:
    """What an option says; without it what somebody answers, or what is usual where nobody can be asked."""
    if value is not None:
        return value
    if sys.stdin.isatty():
        answer: str = click.prompt(question, default=default)
        return answer
    if default is None:
        fail(f"say {option}: {question}")
    return default
