"""What a request takes one reference of at its start, and works with to its end."""

from dataclasses import dataclass

from engine.compiled import Compiled
from engine.tiers import Snapshot


@dataclass(frozen=True, slots=True)
class Live:
    compiled: Compiled
    snapshot: Snapshot
