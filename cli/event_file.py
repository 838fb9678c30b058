"""The events of a file of JSON lines, one at a time; what `patron replay` reads, without the requests and outcomes."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from cli.log_file import EVERY, read_line
from cli.output import fail
from cli.progress import progress
from engine.domain.events import Event
from engine.rulebook.shop import Shop
from engine.schemas import load_event


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
