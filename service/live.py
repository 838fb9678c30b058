"""What a request takes one reference of at its start, and works with to its end."""

from dataclasses import dataclass

from engine.compiled import Compiled
from engine.rulebook.shop import Shop
from engine.tiers import Snapshot


@dataclass(frozen=True, slots=True)
class Live:
    compiled: Compiled
    snapshot: Snapshot

    @property
    def shop(self) -> Shop:
        """What requests are checked against: currency, languages."""
        return self.compiled.rulebook.shop
