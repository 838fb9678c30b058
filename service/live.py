"""The configuration that a request references at its start and uses to its end."""

from dataclasses import dataclass, field
from typing import Final

from engine.compiled.rulebook import Compiled
from engine.decisioning.controls import NO_CONTROLS, Controls
from engine.domain.profile.codec import FORMAT, OLDEST_WRITTEN, READABLE_FROM
from engine.rulebook.bundle import Bundle
from engine.rulebook.shop import Shop
from engine.value.tiers import Snapshot
from service.ports import StoreFormat
from service.publications import Publication

NEWEST: Final = StoreFormat(FORMAT, READABLE_FROM)
"""The format this version writes by default."""


@dataclass(frozen=True, slots=True)
class Live:
    """`publication`: that of the rulebook; None: it is a folder's. `files`: its sources.

    `refused`: why the latest published rulebook is not served here, in a sentence. `named`: the profile
    format that the store names.
    """

    compiled: Compiled
    snapshot: Snapshot
    publication: Publication | None = None
    refused: str | None = None
    files: Bundle = field(default_factory=dict)
    named: StoreFormat = NEWEST
    controls: Controls = NO_CONTROLS

    @property
    def format(self) -> int:
        """The profile format to write: that of the store, or the nearest that this version writes."""
        return min(max(self.named.number, OLDEST_WRITTEN), FORMAT)

    @property
    def locked_out(self) -> str | None:
        """Why this version cannot work on the store, None when it can."""
        if self.named.readable_from <= FORMAT:
            return None
        return (
            f"the store has profile format {self.named.number}, readable from {self.named.readable_from}; "
            f"this version reads up to {FORMAT}: start the version that `patron upgrade` was run with, or a newer one"
        )

    @property
    def shop(self) -> Shop:
        """The basis for checking requests: currency, languages."""
        return self.compiled.rulebook.shop
