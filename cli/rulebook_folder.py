"""Loading a rulebook from a folder: an invalid one ends the command with all findings on stderr and exit code 1."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from authoring.checking import load
from authoring.rule_tests import RuleTest
from authoring.rule_tests.read import bundled_tests
from cli.output import FOUND
from engine.compiled.rulebook import Compiled
from engine.rulebook.bundle import is_test
from engine.rulebook.findings import Finding, Report, RulebookError, in_order, render
from engine.rulebook.model import Rulebook
from runtime.bootstrap import ready
from runtime.default_rules import USUAL, VARIABLE, default_folder, identity
from runtime.rule_folder import read_files

Command = Callable[..., Any]

rules_folder = click.Path(exists=True, file_okay=False, path_type=Path)


def usual_folder() -> Path:
    """The folder of a command that is called without one. UsageError when there is none."""
    folder = default_folder()
    if folder is None:
        raise click.UsageError(f"there is no folder {USUAL} here; name the folder of the rulebook, or set {VARIABLE}")
    if not folder.is_dir():
        raise click.UsageError(f"{VARIABLE}: expected a folder that exists, got {folder}")
    return folder


folder_argument = click.argument("folder", type=rules_folder, default=usual_folder)


def rules_option_as(name: str) -> Callable[[Command], Command]:
    """The option --rules, as this parameter of the function."""
    shown = f"{VARIABLE}, or {USUAL}"
    return click.option(
        "--rules", name, type=rules_folder, default=usual_folder, show_default=shown, help="Folder of the rulebook."
    )


rules_option = rules_option_as("rules")


def say_rulebook(folder: Path | str, book: Rulebook | None) -> None:
    """Folder, revision and shop, on stderr: stdout may be data."""
    click.echo(f"Rulebook: {identity(folder, book)}", err=True)


def load_tests(folder: Path, book: Rulebook) -> tuple[list[RuleTest], list[Finding]]:
    """The tests in FOLDER/tests/*.yaml, and their findings."""
    report = Report()
    files = read_files(folder, report, tests=True) or {}
    wrong = [finding for finding in report.findings if is_test(finding.place.file)]
    tests, findings = bundled_tests(files, book)
    return tests, in_order([*wrong, *findings])


matcher_option = click.option(
    "--matcher",
    type=click.Choice(["auto", "reference"]),
    default="auto",
    show_default=True,
    help="auto: durable_rules if installed; reference: slower, pure Python, the same results.",
)


def load_compiled(folder: Path, matcher: str = "auto") -> Compiled:
    return ready(load_rulebook(folder), matcher)


def load_rulebook(folder: Path) -> Rulebook:
    """The rulebook, after showing which it is."""
    try:
        book = load(folder)
        say_rulebook(folder, book)
        return book
    except RulebookError as error:
        click.echo(render(error.findings), err=True)
        sys.exit(FOUND)
