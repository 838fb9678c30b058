"""The service's replies, as values; `service.decision_json` and the API write them as JSON."""

from dataclasses import dataclass

from engine.domain.decision import Decision
from engine.domain.profile import effects
from engine.domain.quick import quick


@quick
@dataclass(frozen=True, slots=True)
class Decided:
    """A decision. `stored`: False for a dry run, or if the store does not answer.

    `duplicate`: the first answer to a repeated id; facts that follow from its inputs are left out. `unapplied`: why
    its event had no effect, see `engine.domain.profile.effects`. `warnings`: what of it was not understood.
    """

    decision: Decision
    stored: bool = True
    duplicate: bool = False
    unapplied: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An event without a decision. The fields as in `Decided`."""

    event_id: str
    duplicate: bool = False
    unapplied: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def erased(self) -> bool:
        """Not stored, as it happened before its customer was erased."""
        return self.unapplied == effects.ERASED


@dataclass(frozen=True, slots=True)
class Recorded:
    """A stored outcome. `expired`: it came after the recommendation had expired; `late`: its unit of a quota
    had been reassigned."""

    recommendation_id: str
    outcome: str
    expired: bool = False
    late: bool = False


Reply = Decided | Acknowledged
"""To an event or a request."""
