"""Messages of a replay that count as sent: a history has no outcomes of what other rules would have sent."""

from collections.abc import Mapping
from dataclasses import replace
from heapq import heappop, heappush
from typing import Any, Final

from engine.events import Outcome
from engine.rulebook.model import Rulebook
from engine.times import parse_rfc3339

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

    def take(self, record: Mapping[str, Any], now: int) -> None:
        """All that a decision (made at `now`, ms) sends or withdraws. A dry run does neither."""
        if record.get("stored") is False or "decision_id" not in record:
            return
        self._withdrawn.update(one["recommendation_id"] for one in record.get("withdrawn", ()))
        for result in record["results"]:
            if result["placement"] is None:
                for one in result.get("recommendations", ()):
                    self._add(one, now)

    def _add(self, given: Mapping[str, Any], now: int) -> None:
        name = given["recommendation_id"]
        if name not in self._known:
            self._known.add(name)
            held = given.get("deliver_after")
            heappush(self._held, (now if held is None else max(now, parse_rfc3339(held)), name))

    def sent(self, until: int) -> Outcome | None:
        """The first that is sent until then (ms), and no longer here; None: there is none."""
        while self._held and self._held[0][0] <= until:
            at, name = heappop(self._held)
            if name not in self._withdrawn:
                return Outcome(name, "sent", at)
            self._withdrawn.discard(name)
        return None
