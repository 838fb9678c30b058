"""The CPU time of running processes, to the nanosecond, from outside. Linux only."""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds, user and system: of the server, of the processes that it starts beside itself, and of its store."""

    server: float
    beside: float
    store: float

    def since(self, before: "Cost") -> "Cost":
        return Cost(self.server - before.server, self.beside - before.beside, self.store - before.store)

    @property
    def total(self) -> float:
        """Of the service, without its store."""
        return self.server + self.beside


class ProcessesChanged(Exception):
    """A process ended or started in the middle of a measurement."""


class Family:
    """A service's processes: those with the command line of the master are the server, all others run beside it."""

    def __init__(self, master: int) -> None:
        self._master = master
        self._pids = family(master)
        command = _command_line(master)
        self.server = [pid for pid in self._pids if _command_line(pid) == command]
        self.beside = [pid for pid in self._pids if pid not in self.server]

    def cpu_seconds(self) -> tuple[float, float]:
        """Of the server, and beside it. ProcessesChanged when a process ended or joined: its time would be missing."""
        now = family(self._master)
        if set(now) != set(self._pids):
            raise ProcessesChanged(f"process {self._master} had the descendants {self._pids}, and now {now}")
        return cpu_seconds(self.server), cpu_seconds(self.beside)


def family(master: int) -> list[int]:
    """A process and all its descendants."""
    parents = dict(_parents())
    found = [master]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def cpu_seconds(pids: Collection[int]) -> float:
    """What these processes have used so far, with all their threads. OSError when one has ended."""
    return sum(time.clock_gettime(_clock_of(pid)) for pid in pids)


def _parents() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
            except OSError:  # it has just ended
                continue
            yield int(folder.name), int(stat.rpartition(")")[2].split()[1])


def _command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _clock_of(pid: int) -> int:
    """The number of a process's CPU clock, as clock_getcpuclockid(3) makes it on Linux."""
    return (~pid << 3) | 2
