"""Making a rulebook ready for a verb: all findings at once, on stderr, and exit code 1."""

import sys
from pathlib import Path

import click

from authoring.checking import load
from cli.output import FOUND
from cli.rule_files import load_tests, rules_folder, rules_option
from engine.compiled.rulebook import Compiled
from engine.rulebook.findings import RulebookError, render
from runtime.bootstrap import ready

__all__ = ["load_compiled", "load_tests", "matcher_option", "rules_folder", "rules_option"]

matcher_option = click.option(
    "--matcher",
    type=click.Choice(["auto", "reference"]),
    default="auto",
    show_default=True,
    help="auto: durable_rules where it is installed; reference: the slower one that needs no compiler.",
)


def load_compiled(folder: Path, matcher: str = "auto") -> Compiled:
    try:
        return ready(load(folder), matcher)
    except RulebookError as error:
        click.echo(render(error.findings), err=True)
        sys.exit(FOUND)
