"""Which worker sees to which partitions: leases that end by themselves, and are shared evenly among who renews them."""

from typing import Final

from engine.domain.ids import PARTITIONS
from storage import keys
from storage.link import Link, script

_LEASES: Final = script("leases.lua")
_LEAVE: Final = script("leave.lua")
_KEYS: Final = (keys.WORKERS, keys.LEASES)


class Leases:
    """The leases of one worker, who is called by a name that nobody else has.

    They save work and are not what keeps two workers apart: a worker that was stopped for a while may believe in
    partitions that are another's by now. What is decided once is decided by the commit.
    """

    def __init__(self, link: Link, worker: str, lasting_ms: int) -> None:
        self._link = link
        self._worker = worker
        self._lasting_ms = lasting_ms

    def hold(self) -> frozenset[int]:
        """Renew, and take a fair share; the partitions that this worker has now. One script."""
        found = self._link.run(_LEASES, _KEYS, (self._worker, self._lasting_ms, PARTITIONS))
        return frozenset(int(number) for number in found)

    def leave(self) -> None:
        """Give them all up, so that others have them at once."""
        self._link.run(_LEAVE, _KEYS, (self._worker,))
