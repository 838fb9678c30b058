"""Loading a rulebook and its tests for a verb: all findings at once, on stderr, and exit code 1."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from cli.output import FOUND
from engine.compiled import Compiled
from engine.rule_tests import RuleTest, read_tests
from engine.rulebook.findings import Finding, RulebookError, in_order, render
from engine.rulebook.model import Rulebook
from engine.rulebook.place import Place
from engine.rulebook.source import MAX_BYTES
from runtime.bootstrap import compiled

rules_folder = click.Path(exists=True, file_okay=False, path_type=Path)
rules_option = click.option(
    "--rules", type=rules_folder, default=Path("rules"), show_default=True, help="Folder of the rulebook."
)
matcher_option = click.option(
    "--matcher",
    type=click.Choice(["auto", "reference"]),
    default="auto",
    show_default=True,
    help="auto: durable_rules where it is installed; reference: the slower one that needs no compiler.",
)


def load_compiled(folder: Path, matcher: str = "auto") -> Compiled:
    try:
        return compiled(folder, matcher)
    except RulebookError as error:
        click.echo(render(error.findings), err=True)
        sys.exit(FOUND)


def load_tests(folder: Path, book: Rulebook) -> tuple[list[RuleTest], list[Finding]]:
    """The tests in FOLDER/tests/*.yaml, and all that is wrong with them."""
    texts: dict[str, bytes] = {}
    unread: list[Finding] = []
    for path in _yaml_files(folder / "tests"):
        name = path.relative_to(folder).as_posix()
        if path.suffix != ".yaml" or path.parent != folder / "tests":
            hint = "tests are read from tests/*.yaml"
            unread.append(Finding("unknown-file", f"nothing is read from {name}", Place(name, 1, 1), hint=hint))
            continue
        try:
            with path.open("rb") as file:
                texts[name] = file.read(MAX_BYTES + 1)
        except OSError as error:
            unread.append(Finding("unreadable-file", error.strerror or "cannot be read", Place(name, 1, 1)))
    tests, findings = read_tests(texts, book)
    return tests, in_order([*unread, *findings])


def _yaml_files(folder: Path) -> Iterator[Path]:
    """Below the folder, but for hidden ones."""
    for path in sorted(folder.rglob("*.y*ml")):
        if not path.is_dir() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path
