"""A log as `patron replay` and `patron diff` read it: JSON lines, each an event, a request or an outcome."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from cli.output import fail, progress
from engine.domain.errors import InvalidInput
from engine.domain.events import DecisionRequest, Event, Outcome
from engine.rulebook.shop import Shop
from engine.schemas import load_event, load_outcomes, load_request
from runtime.replay import Item

T = TypeVar("T")

KEEP: Final = "keep"
EVERY: Final = 2_000
"""Lines between two moves of the progress bar."""


def read_items(file: Path, shop: Shop, decide: str = KEEP, title: str = "") -> Iterator[Item]:
    """The items of a file, one at a time. A line that cannot be read ends the verb with file:line and what is wrong.

    `decide`: whether events are decided on, "keep" as they say themselves. With a `title` the progress is shown.
    """
    if not title:
        for _, item in _numbered(file, shop, decide):
            yield item
        return
    with progress(title, file.stat().st_size) as advance:
        for done, item in _numbered(file, shop, decide):
            if done is not None:
                advance(done)
            yield item


def _numbered(file: Path, shop: Shop, decide: str) -> Iterator[tuple[int | None, Item]]:
    """With how many bytes were read, from time to time."""
    done = 0
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            done += len(line)
            if line.strip():
                item = read_line((file, number), line, lambda raw: _item(raw, shop))
                if isinstance(item, Event) and decide != KEEP:
                    item = item.deciding(decide)
                yield (done if number % EVERY == 0 else None), item


def read_line(place: tuple[Path, int], line: bytes, read: Callable[[Any], T]) -> T:
    """What a line of JSON says; one that cannot be read ends the verb with file:line and what is wrong."""
    file, number = place
    try:
        return read(orjson.loads(line))
    except orjson.JSONDecodeError as error:
        fail(f"{file}:{number}: not JSON: {error.msg} (column {error.colno})")
    except InvalidInput as error:
        fail(f"{file}:{number}: {error}")


def _item(raw: Any, shop: Shop) -> Item:
    """A request has a `request_id`, an outcome an `outcome` and no `type`."""
    if isinstance(raw, dict) and "request_id" in raw:
        request: DecisionRequest = load_request(raw, shop, logged=True)
        return request
    if isinstance(raw, dict) and "outcome" in raw and "type" not in raw:
        outcome: Outcome = load_outcomes(raw, shop)[0]
        return outcome
    return load_event(raw, shop, None)


# The events of a file of JSON lines, one at a time; what `patron replay` reads, without the requests and outcomes.


class EventFile:
    """Events of `path`, checked like those that the service takes. Ends with file:line for one that is wrong.

    `digest`: sha256 of the bytes read so far, the whole file's once it was read to its end.
    """

    def __init__(self, path: Path, shop: Shop) -> None:
        self._path = path
        self._shop = shop
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
        return None if _is_no_event(raw) else load_event(raw, self._shop, None)


def _is_no_event(raw: Any) -> bool:
    """A request, or an outcome."""
    return isinstance(raw, dict) and ("request_id" in raw or ("outcome" in raw and "type" not in raw))
