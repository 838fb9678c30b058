"""Files that analyses write, and what several of them have in common."""

from datetime import date
from pathlib import Path
from typing import Final

import click

from cli.files import writing

EPOCH: Final = date(1970, 1, 1).toordinal()

events_argument = click.argument("events", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def day_text(number: int) -> str:
    """A UTC day number as YYYY-MM-DD."""
    return date.fromordinal(EPOCH + number).isoformat()


def printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)


def write_text(text: str, out: Path | None) -> None:
    """Write a file; None: nowhere."""
    if out is not None:
        with writing(out):
            out.write_text(text, encoding="utf-8")
