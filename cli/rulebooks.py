"""Loading a rulebook for a verb: all findings at once, on stderr, and exit code 1."""

import sys
from pathlib import Path

import click

from cli.output import FOUND
from engine.compiled import Compiled
from engine.rulebook.findings import RulebookError, render
from runtime.bootstrap import compiled

rules_option = click.option(
    "--rules",
    type=click.Path(path_type=Path),
    default=Path("rules"),
    show_default=True,
    help="Folder of the rulebook.",
)


def load_compiled(folder: Path, matcher: str = "auto") -> Compiled:
    try:
        return compiled(folder, matcher)
    except RulebookError as error:
        click.echo(render(error.findings), err=True)
        sys.exit(FOUND)
