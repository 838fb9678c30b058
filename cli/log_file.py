"""Logs for `patron replay`, `diff` and `analyze`: JSON lines, each an event, a request or an outcome."""

from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import orjson

from cli.output import fail, progress
from engine.domain.errors import InvalidInput
from engine.domain.events import DecisionRequest, Event, Outcome
from engine.domain.former_words import logged_event
from engine.rulebook.shop import Shop
from engine.schemas import load_event, load_outcomes, load_request
from engine.schemas.base import MAJOR, MINOR, UNKNOWN
from runtime.replay import Item

T = TypeVar("T")

KEEP: Final = "keep"
EVERY: Final = 2_000
"""Lines between two moves of the progress bar."""


amounts_option = click.option(
    "--amounts",
    type=click.Choice([MINOR, MAJOR]),
    callback=lambda _context, _option, value: value or UNKNOWN,
    help="Unit of whole-number amounts: minor (7900 is 79.00), as in logs written before version 0.2.0, "
    "or major (79 is 79.00). Required for logs with such amounts; decimals and strings need no option.",
)


def read_items(file: Path, shop: Shop, decide: str = KEEP, title: str = "", amounts: str = UNKNOWN) -> Iterator[Item]:
    """The items of a file, one at a time. An invalid line ends the command with file:line and the error.

    `decide`: for all events, or "keep" for their own setting. With a `title`, progress is shown. `amounts`: what a
    whole number of money counts.
    """
    read = partial(_item, shop=shop, amounts=amounts)
    if not title:
        for _, item in _numbered(file, read, decide):
            yield item
        return
    with progress(title, file.stat().st_size) as advance:
        for done, item in _numbered(file, read, decide):
            if done is not None:
                advance(done)
            yield item


def _numbered(file: Path, read: Callable[[Any], Item], decide: str) -> Iterator[tuple[int | None, Item]]:
    """With the number of bytes read, from time to time."""
    done = 0
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            done += len(line)
            if line.strip():
                item = read_line((file, number), line, read)
                if isinstance(item, Event) and decide != KEEP:
                    item = item.deciding(decide)
                yield (done if number % EVERY == 0 else None), item


def read_line(place: tuple[Path, int], line: bytes, read: Callable[[Any], T]) -> T:
    """A parsed line of JSON; an invalid one ends the command with file:line and the error."""
    file, number = place
    try:
        return read(orjson.loads(line))
    except orjson.JSONDecodeError as error:
        fail(f"{file}:{number}: not JSON: {error.msg} (column {error.colno})")
    except InvalidInput as error:
        fail(f"{file}:{number}: {error}")


def _item(raw: Any, shop: Shop, amounts: str) -> Item:
    """A request has a `request_id`, an outcome an `outcome` and no `type`."""
    if isinstance(raw, dict) and "request_id" in raw:
        request: DecisionRequest = load_request(raw, shop, logged=True, integers=amounts)
        return request
    if isinstance(raw, dict) and "outcome" in raw and "type" not in raw:
        outcome: Outcome = load_outcomes(raw, shop)[0]
        return outcome
    return load_event(logged_event(raw), shop, integers=amounts)


# ---- Events only, without requests and outcomes, and with a digest of the file ----


class EventFile:
    """Events of `path`, checked as the service checks them. An invalid one ends the command with file:line.

    `digest`: sha256 of the bytes read so far, the whole file's once it was read to its end.
    """

    def __init__(self, path: Path, shop: Shop, amounts: str = UNKNOWN) -> None:
        self._path = path
        self._shop = shop
        self._amounts = amounts
        self._sha = sha256()

    @property
    def digest(self) -> str:
        return f"sha256:{self._sha.hexdigest()}"

    def __iter__(self) -> Iterator[Event]:
        try:
            with self._path.open("rb") as lines, progress(f"reading {self._path.name}", self._size()) as advance:
                done = 0
                for number, line in enumerate(lines, 1):
                    self._sha.update(line)
                    done += len(line)
                    if number % EVERY == 0:
                        advance(done)
                    event = self._event(number, line)
                    if event is not None:
                        yield event
        except OSError as error:
            fail(f"{self._path}: {error.strerror}")

    def _size(self) -> int:
        return self._path.stat().st_size

    def _event(self, number: int, line: bytes) -> Event | None:
        if not line.strip():
            return None
        return read_line((self._path, number), line, self._read)

    def _read(self, raw: Any) -> Event | None:
        return None if _is_no_event(raw) else load_event(logged_event(raw), self._shop, integers=self._amounts)


def _is_no_event(raw: Any) -> bool:
    """A request, or an outcome."""
    return isinstance(raw, dict) and ("request_id" in raw or ("outcome" in raw and "type" not in raw))
