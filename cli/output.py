"""What commands print: lines for people or JSON for machines on stdout, errors on stderr, and an exit code."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

OK = 0
FOUND = 1
"""The command ran and found problems: errors in rules, failed tests, a difference, refused events."""
USAGE = 2
"""Invalid arguments, unreadable file, service not reachable."""
STRICT = 3
"""Only warnings, and the call has --strict."""

LINE = 160

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def say(text: str = "") -> None:
    click.echo(text)


def counted(number: int, thing: str) -> str:
    """ "1 rule", "1,200 rules"."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def amount(text: str) -> str:
    """An amount of the API, with its thousands grouped: "1,234.50"."""
    return f"{Decimal(text):,}"


def money(text: str, currency: str) -> str:
    """ "1,234.50 EUR"."""
    return f"{amount(text)} {currency}"


def percent(share: float, decimals: int = 0) -> str:
    """ "58 %"."""
    return f"{100 * share:.{decimals}f} %"


def say_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def brief(value: Any) -> str:
    """As JSON, cut to a line or two."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LINE else text[: LINE - 3] + "..."


def fail(message: str, code: int = USAGE) -> NoReturn:
    """End with a message on stderr."""
    click.echo(f"patron: {message}", err=True)
    sys.exit(code)


# ---- A progress bar on stderr, only on a terminal ----


@contextmanager
def progress(title: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A function to report progress with, in units of `total` (None: unknown)."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)
