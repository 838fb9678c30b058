"""Processes that use the store, and the profile formats they can read: needed by `patron upgrade`.

Every process reports itself every few seconds. Processes of versions before that report nothing: those show in the
server's list of connections, where ours carry a name with the format (see `storage.connection`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

from storage import keys
from storage.connection import CONNECTION, Connection, script

_REPORT: Final = script("report_process.lua")
EVERY_SECONDS: Final = 2.0
LASTING_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Process:
    """`name`: host, process id and a token. `reads`: the newest profile format that it can read and write."""

    name: str
    version: str
    reads: int


class Processes:
    """Reports one process, and lists all that reported lately."""

    def __init__(self, connection: Connection, own: Process) -> None:
        self._connection = connection
        self._own = own
        self._reported = -EVERY_SECONDS

    def report(self) -> None:
        """Report this process; skipped if reported a moment ago."""
        if monotonic() - self._reported >= EVERY_SECONDS:
            member = f"{self._own.name} {self._own.version} {self._own.reads}"
            self._connection.run(_REPORT, (keys.PROCESSES,), (member, LASTING_MS))
            self._reported = monotonic()


def running(connection: Connection) -> list[Process]:
    """The processes that were reported lately, by name."""
    now = connection.now_ms()
    found = connection.call("ZRANGEBYSCORE", keys.PROCESSES, f"({now}", "+inf")
    return sorted((_process(member.decode()) for member in found), key=lambda one: one.name)


def older_connections(connection: Connection, reads: int) -> list[str]:
    """Connections to this database of programs that cannot read this format, as far as the server shows.

    Versions before named no connections; neither do most other programs, so one of these may be counted.
    """
    clients = connection.clients()
    database = next((client.get("db") for client in clients if client.get("name", "").startswith(CONNECTION)), None)
    return [_told(client) for client in clients if client.get("db") == database and not _can_read(client, reads)]


def _can_read(client: dict[str, str], reads: int) -> bool:
    if set(client.get("flags", "")) & set("MS"):  # the server's own connections to its replicas
        return True
    begin, number = client.get("name", "")[: len(CONNECTION)], client.get("name", "")[len(CONNECTION) :]
    return begin == CONNECTION and number.isdigit() and int(number) >= reads


def _told(client: dict[str, str]) -> str:
    name = client.get("name") or "no name"
    return f"{client.get('addr')} ({name}, last command {client.get('cmd')}, idle {client.get('idle')} s)"


def _process(member: str) -> Process:
    name, version, reads = member.rsplit(" ", 2)
    return Process(name, version, int(reads))


def oldest(processes: Sequence[Process], connections: Sequence[str], reads: int) -> list[str]:
    """Reasons against writing this format now, in sentences; empty when there are none."""
    against = [
        f"process {one.name} (version {one.version}) reads formats up to {one.reads}"
        for one in processes
        if one.reads < reads
    ]
    return against + [f"connection {one} is not known to read format {reads}" for one in connections]
