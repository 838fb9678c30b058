"""The service's replies, as values; `service.decision_json` and the API write them as JSON."""

from dataclasses import dataclass

from engine.domain.decision import Decision
from engine.domain.quick import quick


@quick
@dataclass(frozen=True, slots=True)
class Decided:
    """A decision. `stored`: False for a dry run, or if the store does not answer.

    `repeated`: the first answer to a repeated id; facts that follow from its inputs are left out.
    """

    decision: Decision
    stored: bool = True
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An event without a decision. `erased`: not stored, as it happened before its customer was erased."""

    event_id: str
    erased: bool = False


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
