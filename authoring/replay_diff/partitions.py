"""Partitions of a log on disk. Each item has the clock of the whole log, so replays of parts and whole agree."""

import pickle
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from runtime.replay import Item

AT_ONCE: Final = 500
"""Items buffered in memory before writing."""


class LogEntry(NamedTuple):
    """One item of the log. `item` None: the end of the part; timers may still fire.

    `until`: the latest time (ms) in the lines since the part's previous item, including this one, None for none:
    timers due by then fire first. `clock`: the latest time of any line so far, 0 for none.
    """

    until: int | None
    clock: int
    item: Item | None


class Part:
    """A file of ticks, written once in order and readable repeatedly, one tick at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting: list[LogEntry] = []

    def add(self, entry: LogEntry) -> None:
        """Append a tick."""
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
    """The latest time since any given line; for an ordered log it keeps one entry."""

    def __init__(self) -> None:
        self._lines: list[int] = []
        self._times: list[int] = []

    def add(self, line: int, time: int) -> None:
        """Line numbers ascend. Drop entries followed by a later time."""
        while self._times and self._times[-1] <= time:
            self._lines.pop()
            self._times.pop()
        self._lines.append(line)
        self._times.append(time)

    def since(self, line: int) -> int | None:
        """The latest time after this line; None without one."""
        first = bisect_right(self._lines, line)
        return self._times[first] if first < len(self._times) else None


def read_part(path: Path) -> Iterator[LogEntry]:
    """The ticks of a part. We wrote the file, in a folder that nobody else can write to."""
    if not path.exists():
        return
    with path.open("rb") as file:
        while file.peek(1):
            yield from pickle.load(file)  # noqa: S301
