"""Messages of a replay that count as sent: a history has no outcomes of what other rules would have sent."""

from dataclasses import replace
from heapq import heappop, heappush
from typing import Final

from engine.domain.decision import Decision, Recommendation
from engine.domain.events import Outcome
from engine.rulebook.model import Rulebook

ASSUMED: Final = (
    "Every message counts as sent when it is decided (where quiet hours hold it, when they end) and, where the log has "
    "no answer to it, as ignored when it expires; so nothing can be learned, and chances are those of the action files."
)
"""What a replay of this kind says of itself."""


def without_learning(book: Rulebook) -> Rulebook:
    """The same rules, whose chances are not measured: nobody knows what customers would have answered."""
    return replace(book, arbitration=replace(book.arbitration, learning=None))


class Outbox:
    """Takes every message (a recommendation without a placement) once, and says when it is sent.

    What waits for the end of quiet hours is not sent where it was withdrawn meanwhile.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._held: list[tuple[int, str]] = []
        self._withdrawn: set[str] = set()

    def take(self, decision: Decision, now: int) -> None:
        """All that a decision (made at `now`, ms) sends or withdraws."""
        self._withdrawn.update(one.recommendation_id for one in decision.withdrawn)
        for one in decision.given:
            if one.placement is None:
                self._add(one, now)

    def _add(self, given: Recommendation, now: int) -> None:
        name = given.recommendation_id
        if name not in self._known:
            self._known.add(name)
            heappush(self._held, (max(now, given.deliver_after or now), name))

    def sent(self, until: int) -> Outcome | None:
        """The first that is sent until then (ms), and no longer here; None: there is none."""
        while self._held and self._held[0][0] <= until:
            at, name = heappop(self._held)
            if name not in self._withdrawn:
                return Outcome(name, "sent", at)
            self._withdrawn.discard(name)
        return None
