"""Settings of the API, passed by the process that starts it."""

import time
from dataclasses import dataclass, field
from typing import Final

from engine.schemas import MAX_AHEAD
from service.feedback.read import shipped_tables
from service.feedback.table import Tables
from service.ports import Clock

SCOPES: Final = ("events", "decide", "read", "rules", "admin")


def wall_clock() -> int:
    """Now, in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One caller. `digest`: SHA-256 of the token (`pat_<id>_<secret>`) in hex; the token itself is not stored."""

    name: str
    digest: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Without keys everybody may do everything, so the caller then binds to loopback only.

    Sizes in bytes. `ahead`: how far ahead of the server's clock an event may be dated, in ms. `feedback`: the
    feedback tables.
    """

    keys: tuple[ApiKey, ...] = ()
    max_body: int = 256 * 1024
    max_batch_body: int = 8 * 1024 * 1024
    max_batch_lines: int = 10_000
    max_rulebook_body: int = 24 * 1024 * 1024
    ahead: int = MAX_AHEAD
    clock: Clock = wall_clock
    feedback: Tables = field(default_factory=shipped_tables)
