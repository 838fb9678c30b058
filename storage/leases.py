"""Assigns partitions to workers: leases that expire, shared evenly among renewing workers."""

from typing import Final

from engine.domain.ids import PARTITIONS
from storage import keys
from storage.connection import Connection, script

_LEASES: Final = script("leases.lua")
_LEAVE: Final = script("leave.lua")
_KEYS: Final = (keys.WORKERS, keys.LEASES)


class Leases:
    """The leases of one worker, which has a unique name.

    They save work but do not exclude two workers: a worker that was stopped for a while may still use
    partitions that now belong to another. The commit ensures that each decision is made once.
    """

    def __init__(self, connection: Connection, worker: str, lasting_ms: int) -> None:
        self._connection = connection
        self._worker = worker
        self._lasting_ms = lasting_ms

    def hold(self) -> frozenset[int]:
        """Renew, and take a fair share; the partitions that this worker has now. One script."""
        found = self._connection.run(_LEASES, _KEYS, (self._worker, self._lasting_ms, PARTITIONS))
        return frozenset(int(number) for number in found)

    def leave(self) -> None:
        """Release them all, so that others can take them at once."""
        self._connection.run(_LEAVE, _KEYS, (self._worker,))
