"""Which worker sees to which partitions: leases that end by themselves, and are shared evenly among who renews them."""

from typing import Final

from engine.domain.ids import PARTITIONS
from storage import keys
from storage.connection import Connection, script

_LEASES: Final = script("leases.lua")
_LEAVE: Final = script("leave.lua")
_KEYS: Final = (keys.WORKERS, keys.LEASES)


class Leases:
    """The leases of one worker, who is called by a name that nobody else has.

    They save work and are not what keeps two workers apart: a worker that was stopped for a while may believe in
    partitions that are another's by now. What is decided once is decided by the commit.
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
        """Give them all up, so that others have them at once."""
        self._connection.run(_LEAVE, _KEYS, (self._worker,))
