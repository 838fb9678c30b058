"""What the service needs from the outside: one store and one clock. Bytes go in, bytes come out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Clock = Callable[[], int]
"""The present moment in milliseconds since 1970 UTC."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What `begin` read in one round trip. `version` 0 means: no profile yet. `record`: this id was answered before."""

    profile: bytes | None
    version: int
    record: bytes | None


@dataclass(frozen=True, slots=True)
class Commit:
    """All that one event or request changes; applied as a whole or not at all.

    `version` is the profile's version as `begin` gave it. `histogram`: field -> change of an integer counter.
    `deliveries`: outbound recommendations to be collected, as JSON. `record` is kept under `decision_id`.
    """

    customer: str
    version: int
    profile: bytes
    decision_id: str | None = None
    record: bytes | None = None
    deliveries: tuple[bytes, ...] = ()
    histogram: tuple[tuple[str, int], ...] = ()


class Store(Protocol):
    """Memory and Redis keep the same promises; `tests/contract` holds them to it.

    Every method raises `StateUnavailable` when the store does not answer in time.
    """

    def begin(self, customer: str, decision_id: str | None) -> Opened: ...

    def begin_many(self, asked: Sequence[tuple[str, str | None]]) -> list[Opened]: ...

    def commit(self, commit: Commit) -> bool:
        """True when applied; False when the profile's version has moved on (a lost race): begin again."""
        ...

    def commit_many(self, commits: Sequence[Commit]) -> list[bool]: ...

    def record(self, decision_id: str) -> bytes | None: ...

    def deliveries(self, after: str | None, limit: int) -> tuple[list[bytes], str]:
        """At least once, oldest first, and the opaque cursor to go on from. ValueError for a cursor not ours."""
        ...

    def histogram(self) -> Mapping[str, int]:
        """The counters summed over all partitions; those at zero may be absent."""
        ...

    def put_snapshot(self, snapshot: bytes) -> int:
        """Store a snapshot under the next number (from 1) and make it the latest."""
        ...

    def latest_snapshot(self) -> tuple[int, bytes] | None: ...

    def snapshot_number(self) -> int:
        """The number of the latest snapshot, 0 when there is none; cheap enough to poll."""
        ...

    def erase(self, customer: str, histogram: Sequence[tuple[str, int]], version: int) -> bool:
        """Delete profile, decision records and deliveries of a customer; False for a lost race."""
        ...

    def ping(self) -> None: ...
