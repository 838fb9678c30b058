"""A refusal: why a candidate does not go on, as a value."""

from dataclasses import dataclass

from engine.quick import quick
from engine.reasons import STAGE_OF, Reason, Stage


@quick
@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a candidate does not go on: a reason of the closed list, the numbers, and when to retry.

    `retry_after` (ms): no earlier than that may it pass, if nothing else changes; None: unknown, or never.
    """

    reason: Reason
    detail: str
    retry_after: int | None = None

    @property
    def stage(self) -> Stage:
        """Where it was refused."""
        return STAGE_OF[self.reason]
