"""A log as `patron replay` and `patron diff` read it: JSON lines, each an event, a request or an outcome."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from cli.output import fail
from cli.progress import progress
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
