"""What a request takes one reference of at its start, and works with to its end."""

from dataclasses import dataclass, field

from engine.compiled import Compiled
from engine.controls import NO_CONTROLS, Controls
from engine.profile.codec import FORMAT
from engine.rulebook.bundle import Bundle
from engine.rulebook.shop import Shop
from engine.tiers import Snapshot
from service.publications import Publication


@dataclass(frozen=True, slots=True)
class Live:
    """`publication`: what the rulebook was published as; None: it is that of a folder. `files`: those it was read from.

    `refused`: why the rulebook that was published last is not served here, in a sentence. `format`: the profile format
    to write, as the store names it.
    """

    compiled: Compiled
    snapshot: Snapshot
    publication: Publication | None = None
    refused: str | None = None
    files: Bundle = field(default_factory=dict)
    format: int = FORMAT
    controls: Controls = NO_CONTROLS

    @property
    def shop(self) -> Shop:
        """What requests are checked against: currency, languages."""
        return self.compiled.rulebook.shop
