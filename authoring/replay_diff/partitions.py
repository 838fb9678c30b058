"""Parts of a log on disk: each item with the clock of the whole log, so that a part is replayed as in the whole."""

import pickle
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from runtime.replay import Item

AT_ONCE: Final = 500
"""Items that are kept in memory before they are written."""


class LogEntry(NamedTuple):
    """One item of the log. `item` None: the part ends here, not what is due.

    `until`: the latest time (ms) that any line named since the part's item before, this one included, None for none:
    who is due by then comes first. `clock`: the latest time of any line so far, 0 for none.
    """

    until: int | None
    clock: int
    item: Item | None


class Part:
    """A file of ticks that is written once, in order, and may be read often, one tick at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting: list[LogEntry] = []

    def add(self, entry: LogEntry) -> None:
        """One more."""
        self._waiting.append(entry)
        if len(self._waiting) >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Flush the buffer."""
        if self._waiting:
            with self.path.open("ab") as file:
                pickle.dump(self._waiting, file, pickle.HIGHEST_PROTOCOL)
            self._waiting = []


class Latest:
    """The latest time that was named since any line; of a log in order it keeps one."""

    def __init__(self) -> None:
        self._lines: list[int] = []
        self._times: list[int] = []

    def add(self, line: int, time: int) -> None:
        """Line numbers go up. What is followed by something later is of no interest any more."""
        while self._times and self._times[-1] <= time:
            self._lines.pop()
            self._times.pop()
        self._lines.append(line)
        self._times.append(time)

    def since(self, line: int) -> int | None:
        """Of all lines after this one; None where none of them has a time."""
        first = bisect_right(self._lines, line)
        return self._times[first] if first < len(self._times) else None


def read_part(path: Path) -> Iterator[LogEntry]:
    """The ticks of a part. The file is our own, in a folder that nobody else may write to."""
    if not path.exists():
        return
    with path.open("rb") as file:
        while file.peek(1):
            yield from pickle.load(file)  # noqa: S301
