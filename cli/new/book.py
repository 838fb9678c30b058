"""The rulebook that `patron new` adds to: its files, its names, and the check after the change."""

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
from cli.files import write_whole, writing
from cli.output import FOUND, fail, say, say_json
from cli.rulebook_folder import rules_option_as, say_rulebook
from engine.rulebook.bundle import rule_tests_of
from engine.rulebook.findings import Finding, RulebookError, Severity, render
from engine.rulebook.model import Rulebook
from engine.rulebook.values import did_you_mean
from runtime.rule_folder import read_bundle

folder_option = rules_option_as("folder")
print_option = click.option(
    "--print", "--dry-run", "only_print", is_flag=True, help="Print the new entry, and write nothing."
)


@dataclass(frozen=True, slots=True)
class Book:
    """`files`: path in the folder -> text."""

    folder: Path
    files: Mapping[str, str]
    rules: Rulebook
    tests: frozenset[str]

    def new_test(self, title: str) -> str:
        """The title, with a number if a test of this name exists."""
        numbered = (f"{title} ({number})" for number in count(2))
        return title if title not in self.tests else next(one for one in numbered if one not in self.tests)

    def known(self, kind: str, name: str, among: Collection[str]) -> str:
        """The name, which must exist."""
        if name not in among:
            fail(f"there is no {kind} {name}; {did_you_mean(name, among) or f'the rulebook has no {kind}'}")
        return name

    def fresh(self, kind: str, name: str, among: Collection[str]) -> str:
        """The name, which must be new: ids are permanent."""
        if name in among:
            fail(f"the {kind} {name} exists already; ids are permanent, so choose a new one")
        return name

    def with_piece(self, path: str, key: str, piece: str) -> str:
        """The text of a file with an entry added below a top-level key."""
        text = inserted(self.files.get(path, self.head(path)), key, piece)
        if text is None:
            fail(f"{path}: {key} is written in brackets; write each entry on its own line, or use --print")
        return text

    def head(self, path: str) -> str:
        """The first line of a new file: its schema, if other files reference theirs."""
        name = schema_for(path)
        for other, text in self.files.items():
            first = text.partition("\n")[0]
            if name and first.startswith(MODELINE):
                schemas = self.folder / Path(other).parent / Path(first.removeprefix(MODELINE)).parent
                relative = os.path.relpath(schemas / name, (self.folder / path).parent)
                return f"{MODELINE}{Path(relative).as_posix()}\n"
        return ""


def read_book(folder: Path) -> Book:
    """The rulebook of a folder; errors end the command."""
    try:
        bundle = read_bundle(folder)
    except RulebookError as error:
        _end(error.findings)
    book, tests, findings = _checked(bundle)
    if book is None or any(finding.severity is Severity.ERROR for finding in findings):
        _end(findings)
    say_rulebook(folder, book)
    return Book(folder, {path: data.decode("utf-8") for path, data in bundle.items()}, book, tests)


def write(book: Book, changes: Mapping[str, str], only_print: bool, as_json: bool) -> None:
    """Write the changed files, unless the rulebook would have errors."""
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
    """The rulebook, the names of its tests, and the findings."""
    book, findings = check_texts(bundle)
    if book is None:
        return None, frozenset(), findings
    tests, wrong = read_tests(rule_tests_of(bundle), book)
    return book, frozenset(test.name for test in tests), [*findings, *wrong]


def _put(path: Path, text: str) -> None:
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())


def _end(findings: Collection[Finding]) -> NoReturn:
    click.echo(render(findings), err=True)
    sys.exit(FOUND)


def prompted(value: str | None, option: str, question: str, default: str | None = None) -> str:
    """The value of an option; else the answer to a question, or the default where stdin is not a terminal."""
    if value is not None:
        return value
    if sys.stdin.isatty():
        answer: str = click.prompt(question, default=default)
        return answer
    if default is None:
        fail(f"{option} is missing: {question}")
    return default
