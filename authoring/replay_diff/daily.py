"""The snapshots of all days of a log, computed before any decision: they depend on the events alone."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import replace

from authoring.replay_diff.partitions import LogEntry
from engine.compiled.rulebook import prepare
from engine.domain.events import NONE, Event
from engine.domain.times import utc_day
from engine.rulebook.model import Rulebook
from engine.rulebook.reference import ReferenceMatcher
from engine.value.tiers import Snapshot, make_snapshot
from runtime.replay import Item, Replay


class Daily:
    """The snapshot at the start of each day. Callable with a UTC day number.

    It is numbered by the day of the log, so the number does not depend on earlier timers.
    """

    def __init__(self) -> None:
        self._days: list[int] = []
        self._snapshots: list[Snapshot] = []

    def __call__(self, day: int) -> Snapshot:
        """A day without events uses the snapshot of the next day with one: nothing changed in between."""
        found = self._snapshots[min(bisect_left(self._days, day), len(self._days) - 1)]
        return replace(found, number=day - self._days[0])

    def __bool__(self) -> bool:
        return bool(self._days)

    def keep(self, day: int, snapshot: Snapshot) -> Snapshot:
        """The snapshot of a day later than all before; computed on request."""
        self._days.append(day)
        self._snapshots.append(snapshot)
        return self(day)


def daily_of(book: Rulebook, entries: Iterable[LogEntry]) -> Daily:
    """The snapshots that a replay of the whole log would take. Makes no decisions.

    Only for rulebooks without learning: with it, snapshots depend on decisions.
    """
    one = _Pass(book)
    for entry in entries:
        if entry.item is not None:
            one.see(entry.clock, entry.item)
    return one.done()


class _Pass:
    """Takes every item of a log in order. Nothing here depends on rules."""

    def __init__(self, book: Rulebook) -> None:
        self._book = replace(book, rules={})
        compiled = prepare(self._book, ReferenceMatcher(self._book))
        self._replay = Replay(compiled, due=False, daily=self._take)
        self._daily = Daily()

    def see(self, clock: int, item: Item) -> None:
        """The next item; `clock`: the latest time (ms) of any line so far."""
        if not self._daily:
            self._daily.keep(utc_day(clock), Snapshot())
        self._replay.advance(clock)
        if isinstance(item, Event) and item.type != "outcome":
            self._replay.handle(replace(item, decide=NONE))

    def done(self) -> Daily:
        """Take all items. No timer fires after the last day."""
        return self._daily

    def _take(self, day: int) -> Snapshot:
        return self._daily.keep(day, make_snapshot(self._replay.store.histogram(), self._book.tiers, self._replay.now))
