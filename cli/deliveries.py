"""`patron deliveries`: list messages to send and messages to cancel, for a sender or a spreadsheet."""

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

from cli.client import Client, Unreachable, detail_of, key_option, url_option
from cli.output import fail

Item = Mapping[str, Any]
PAGE: Final = 1000
"""Maximum number of deliveries in an answer of the service."""

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
"""Characters that begin a formula in a spreadsheet, or that it strips before one."""


@click.command("deliveries", short_help="List messages to send and to cancel.")
@url_option
@key_option
@click.option("--after", metavar="CURSOR", help="List only deliveries after this cursor of an earlier call.")
@click.option(
    "--cursor-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Continue after the cursor in FILE, and store the next one there.",
)
@click.option("--limit", "-n", type=click.IntRange(1), help="Maximum number of deliveries to list (default: all).")
@click.option("--csv", "form", flag_value="csv", help="Print CSV (RFC 4180), a line per delivery.")
@click.option("--json", "form", flag_value="json", help="Print JSON Lines, a line per delivery.")
def deliveries_command(
    url: str, key: str | None, after: str | None, cursor_file: Path | None, limit: int | None, form: str | None
) -> None:
    """List messages to send (`deliver`) and messages to cancel (`withdraw`) from a running service.

    Every delivery is listed at least once, oldest first. Do not send before deliver_after or after expires_at. The next
    cursor is printed on stderr, or stored in --cursor-file after everything was printed. In CSV, a text that a
    spreadsheet could run as a formula (it begins with = + - @ or a tab) gets a leading '.

    \b
    Example:
      patron deliveries --csv --cursor-file sent.cursor > to-send.csv

    Exit codes: 0 success, 2 the service is not reachable, refuses the key or the cursor, or the cursor file cannot be
    used.
    """
    if after is not None and cursor_file is not None:
        raise click.UsageError("--after and --cursor-file exclude each other; write one of them")
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
    """Print page by page; returns the cursor to continue from."""
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
    """As bytes, independent of the locale."""
    try:
        click.echo(text.encode(), nl=False)
    except OSError as error:
        fail(f"output failed: {error.strerror}{_printed(cursor)}")


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
    return f"; repeat the call with --after {cursor}" if cursor else ""


# ---- forms ----


def _csv(items: Sequence[Item], first: bool) -> str:
    out = io.StringIO()
    rows = csv.writer(out)  # CRLF and doubled quotes, as RFC 4180 says
    if first:
        rows.writerow(COLUMNS)
    rows.writerows([_for_spreadsheet(text) for text in _row(item)] for item in items)
    return out.getvalue()


def _row(item: Item) -> list[str]:
    """The texts of `COLUMNS`; missing ones are empty, as most are in a withdrawal."""
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
    rows = [_cells(item) for item in items]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join("  ".join(map(str.ljust, row, widths)).rstrip() + "\n" for row in rows)


def _cells(item: Item) -> tuple[str, ...]:
    """Type, customer, channel, action, and the period with the title, or the reason of a withdrawal."""
    (name,) = item["customer"].values()
    what = (item["type"], name, item["channel"], item["action"])
    if item["type"] == "withdraw":
        return (*what, "", item["reason"])
    when = f"after {item['deliver_after']} " if "deliver_after" in item else ""
    return (*what, f"{when}until {item['expires_at']}", item["content"].get("title", ""))


FORMS: Final[Mapping[str | None, Callable[[Sequence[Item], bool], str]]] = {"csv": _csv, "json": _json, None: _table}
"""Output formats; the second argument: whether the items are the first ones."""


# ---- the cursor ----


def _read_cursor(file: Path | None) -> str | None:
    """None without a file, or where it does not exist yet: from the oldest delivery."""
    try:
        return file.read_text("ascii").strip() if file is not None else None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file} cannot be read: {error}")


def _keep_cursor(file: Path, cursor: str) -> None:
    """Replace the file atomically."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(cursor + "\n")
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(file)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}; the next cursor is {cursor}")
