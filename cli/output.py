"""How verbs speak: JSON for machines on request, plain lines for people, errors on stderr with an exit code."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

OK = 0
FOUND = 1
"""The verb ran and found something: errors in rules, failed tests, a difference, refused events."""
USAGE = 2
"""Wrong call, unreadable file, unreachable server."""
STRICT = 3
"""Nothing but warnings, and the caller wants none of them either."""

LINE = 160

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


def say(text: str = "") -> None:
    click.echo(text)


def counted(number: int, thing: str) -> str:
    """ "1 rule", "1,200 rules"."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def say_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def brief(value: Any) -> str:
    """As JSON, cut to what fits into a line or two."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LINE else text[: LINE - 3] + "..."


def fail(message: str, code: int = USAGE) -> NoReturn:
    """End with a message on stderr."""
    click.echo(f"patron: {message}", err=True)
    sys.exit(code)


# ---- A progress bar on stderr, only on a terminal ----


@contextmanager
def progress(title: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Gives a function that is told how much is done, in units of `total`; None: not known beforehand."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)
