"""The folder of a rulebook and its tests, read for a verb that decides nothing: without stores and servers."""

from pathlib import Path

import click

from authoring.rule_tests import RuleTest
from authoring.rule_tests.read import bundled_tests
from engine.rulebook.bundle import is_test
from engine.rulebook.findings import Finding, Report, in_order
from engine.rulebook.model import Rulebook
from runtime.rule_folder import read_files

rules_folder = click.Path(exists=True, file_okay=False, path_type=Path)
rules_option = click.option(
    "--rules", type=rules_folder, default=Path("rules"), show_default=True, help="Folder of the rulebook."
)


def load_tests(folder: Path, book: Rulebook) -> tuple[list[RuleTest], list[Finding]]:
    """The tests in FOLDER/tests/*.yaml, and all that is wrong with them."""
    report = Report()
    files = read_files(folder, report, tests=True) or {}
    wrong = [finding for finding in report.findings if is_test(finding.place.file)]
    tests, findings = bundled_tests(files, book)
    return tests, in_order([*wrong, *findings])
