"""The snapshots of all days of a log, worked out before anything is decided: they follow from the events alone."""

from bisect import bisect_left
from dataclasses import replace

from engine.compiled import prepare
from engine.events import NONE, Event
from engine.rulebook.model import Rulebook
from engine.rulebook.reference import ReferenceMatcher
from engine.tiers import Snapshot
from engine.times import day_of
from runtime.replay import Item, Replay


class Daily:
    """The snapshot of each day: what was known at its first moment. Callable with a UTC day number."""

    def __init__(self, days: list[int], snapshots: list[Snapshot]) -> None:
        self._days = days
        self._snapshots = snapshots

    def __call__(self, day: int) -> Snapshot:
        """Of a day without an event it is that of the next with one: nothing happened in between."""
        return self._snapshots[min(bisect_left(self._days, day), len(self._snapshots) - 1)]


class DailyPass:
    """Takes every item of a log in its order, decides nothing, and keeps the snapshots that a replay would take.

    Only for rulebooks without learning: with it, snapshots hold what came of decisions.
    """

    def __init__(self, book: Rulebook) -> None:
        without_rules = replace(book, rules={})
        self._replay = Replay(prepare(without_rules, ReferenceMatcher(without_rules)), due=False)
        self._days: list[int] = []
        self._snapshots: list[Snapshot] = []

    def see(self, clock: int, item: Item) -> None:
        """The next item; `clock`: the latest time (ms) that any line named so far."""
        self._replay.advance(clock)
        self._keep(day_of(clock))
        if isinstance(item, Event) and item.type != "outcome":
            self._replay.handle(replace(item, decide=NONE))

    def done(self) -> Daily:
        """All of them, with one for after the last event."""
        self._replay.snapshot()
        self._keep(self._days[-1] + 1 if self._days else 0)
        return Daily(self._days, self._snapshots)

    def _keep(self, day: int) -> None:
        if not self._days or day > self._days[-1]:
            self._days.append(day)
            self._snapshots.append(self._replay.live.snapshot)
