"""Loading a rulebook from a folder: an invalid one ends the command with all findings on stderr and exit code 1."""

import sys
from pathlib import Path

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
from runtime.rule_folder import read_files

rules_folder = click.Path(exists=True, file_okay=False, path_type=Path)
rules_option = click.option(
    "--rules", type=rules_folder, default=Path("rules"), show_default=True, help="Folder of the rulebook."
)


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
    try:
        return load(folder)
    except RulebookError as error:
        click.echo(render(error.findings), err=True)
        sys.exit(FOUND)
