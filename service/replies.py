"""What the service replies, as values; `service.decision_json` and the API write them as JSON."""

from dataclasses import dataclass

from engine.domain.decision import Decision
from engine.domain.quick import quick


@quick
@dataclass(frozen=True, slots=True)
class Decided:
    """A decision. `stored`: not where it was a dry run, or where the store does not answer.

    `repeated`: the first answer to an id that was answered before; facts that follow from its inputs are left out.
    """

    decision: Decision
    stored: bool = True
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An event that nothing is decided about. `erased`: not stored, as it happened before its customer was erased."""

    event_id: str
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """An outcome that is stored. `expired`: it came after the recommendation had expired; `late`: its unit of a quota
    had gone to somebody else meanwhile."""

    recommendation_id: str
    outcome: str
    expired: bool = False
    late: bool = False


Reply = Decided | Acknowledged
"""To an event or a request."""
