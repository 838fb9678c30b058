"""`patron deliveries`: what a running service wants to be sent, for a sender or a spreadsheet."""

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import click

from cli.client import Client, Unreachable, detail_of
from cli.output import fail
from cli.report import key_option, url_option

Item = Mapping[str, Any]
PAGE: Final = 1000
"""As many as the service gives at once."""

COLUMNS: Final = (
    "type",
    "recommendation_id",
    "customer_id",
    "anonymous_id",
    "action",
    "channel",
    "language",
    "title",
    "body",
    "link",
    "effect",
    "products",
    "expires_at",
    "deliver_after",
    "reason",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula, or strips to get at one."""


@click.command("deliveries", short_help="What to send, from a running service.")
@url_option
@key_option
@click.option("--after", metavar="CURSOR", help="Only what came after this cursor of an earlier call.")
@click.option(
    "--cursor-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Go on from the cursor in this file, and keep the next one there.",
)
@click.option("--limit", type=click.IntRange(1), help="At most so many. [default: all there are]")
@click.option("--csv", "form", flag_value="csv", help="Print CSV (RFC 4180), one line for each.")
@click.option("--json", "form", flag_value="json", help="Print JSON, one line for each.")
def deliveries_command(
    url: str, key: str | None, after: str | None, cursor_file: Path | None, limit: int | None, form: str | None
) -> None:
    """What to send, and what not to send any more, from a running service.

    Each comes at least once, oldest first: `deliver`, and `withdraw` for one that must not be sent any more. Do not
    send before deliver_after, nor after expires_at. The cursor to go on from is printed on stderr, or kept in
    --cursor-file once everything was printed. CSV is made for spreadsheets: a text that could be a formula (it begins
    with = + - @ or a tab) gets a ' in front.

    \b
    Example:
      patron deliveries --csv --cursor-file sent.cursor > to-send.csv

    Exit codes: 0 printed, 2 the service cannot be reached, refuses the key or
    the cursor, or the cursor file cannot be used.
    """
    if after is not None and cursor_file is not None:
        raise click.UsageError("--after and --cursor-file both say where to begin; use one of them")
    client = Client(url, key)
    try:
        cursor = _print_all(client, _read_cursor(cursor_file) or after, limit, FORMS[form])
    finally:
        client.close()
    if cursor_file is not None:
        _keep_cursor(cursor_file, cursor)
    else:
        click.echo(f"next: {cursor}", err=True)


def _print_all(
    client: Client, after: str | None, limit: int | None, form: Callable[[Sequence[Item], bool], str]
) -> str:
    """Page by page; the cursor to go on from when all of them were printed."""
    cursor, left, first = after, limit, True
    while True:
        items, following = _page(client, cursor, PAGE if left is None else min(PAGE, left))
        _print(form(items, first), cursor)
        cursor, first = following, False
        if left is not None:
            left -= len(items)
        if not items or left == 0:
            return cursor


def _print(text: str, cursor: str | None) -> None:
    """As bytes, so that the locale does not matter."""
    try:
        click.echo(text.encode(), nl=False)
    except OSError as error:
        fail(f"printing broke off: {error.strerror}{_printed(cursor)}")


def _page(client: Client, after: str | None, limit: int) -> tuple[list[Item], str]:
    """The next deliveries and their cursor; a failure names the cursor up to which everything was printed."""
    path = f"/v1/deliveries?limit={limit}" + (f"&after={quote(after, safe='')}" if after else "")
    try:
        status, answer = client.get(path)
    except Unreachable as error:
        fail(f"{error}{_printed(after)}")
    if status != 200:
        fail(f"the service answered {status}: {detail_of(answer)}{_printed(after)}")
    return answer["items"], answer["next"]


def _printed(cursor: str | None) -> str:
    return f"; what comes after the cursor {cursor} is not all printed" if cursor else ""


# ---- forms ----


def _csv(items: Sequence[Item], first: bool) -> str:
    out = io.StringIO()
    rows = csv.writer(out)  # CRLF and doubled quotes, as RFC 4180 says
    if first:
        rows.writerow(COLUMNS)
    rows.writerows([_for_spreadsheet(text) for text in _row(item)] for item in items)
    return out.getvalue()


def _row(item: Item) -> list[str]:
    """The texts of `COLUMNS`; empty where there is nothing, as in most of a withdrawal."""
    customer, content = item["customer"], item.get("content", {})
    texts = {
        **item,
        **{name: content.get(name) for name in ("language", "title", "body", "link")},
        "customer_id": customer.get("id"),
        "anonymous_id": customer.get("anonymous_id"),
        "effect": item.get("effect", {}).get("type"),
        "products": " ".join(product["sku"] for product in item.get("products", ())),
    }
    return [texts.get(name) or "" for name in COLUMNS]


def _for_spreadsheet(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _json(items: Sequence[Item], first: bool) -> str:
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)


def _table(items: Sequence[Item], first: bool) -> str:
    """Aligned within a page."""
    rows = [_told(item) for item in items]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join("  ".join(map(str.ljust, row, widths)).rstrip() + "\n" for row in rows)


def _told(item: Item) -> tuple[str, ...]:
    """What is to be done, for whom, how, what, and until when or why not."""
    (name,) = item["customer"].values()
    what = (item["type"], name, item["channel"], item["action"])
    if item["type"] == "withdraw":
        return (*what, "", item["reason"])
    when = f"after {item['deliver_after']} " if "deliver_after" in item else ""
    return (*what, f"{when}until {item['expires_at']}", item["content"].get("title", ""))


FORMS: Final[Mapping[str | None, Callable[[Sequence[Item], bool], str]]] = {"csv": _csv, "json": _json, None: _table}
"""How items are printed; the second argument says whether they are the first ones."""


# ---- the cursor ----


def _read_cursor(file: Path | None) -> str | None:
    """None without a file, or where there is none yet: from the oldest on."""
    try:
        return file.read_text("ascii").strip() if file is not None else None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file} cannot be read: {error}")


def _keep_cursor(file: Path, cursor: str) -> None:
    """The whole cursor or the one before, whatever happens meanwhile."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(cursor + "\n")
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(file)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}; the cursor to go on from is {cursor}")
