"""The rulebook and snapshot that this process serves, kept up to date in the background, swapped in one assignment."""

import threading
from collections.abc import Callable
from dataclasses import replace

import structlog

from engine.compiled import Compiled
from engine.errors import StateUnavailable
from engine.ports import Clock, Store
from engine.tiers import Snapshot, make_snapshot
from engine.times import SECOND
from service import days, snapshots
from service.live import Live

YOUNG_SHOP = 1_000
"""Below this many customers cut-offs move fast: snapshots are made in proportion more often, at most 60 times."""

log = structlog.get_logger()


class Current:
    """Call it for the `Live` of the moment; `refresh` looks for a newer snapshot and makes one when it is time."""

    def __init__(self, compiled: Compiled, store: Store, clock: Clock, snapshot_seconds: int) -> None:
        self._store = store
        self._clock = clock
        self._seconds = snapshot_seconds
        self._live = Live(compiled, Snapshot())
        self._looked_at_empty = 0

    def __call__(self) -> Live:
        return self._live

    def refresh(self) -> None:
        """One cheap read; more only when there is something new. StateUnavailable when the store is gone."""
        if self._store.snapshot_number() != self._live.snapshot.number:
            self._take_latest()
        elif self._is_time():
            self._make()
            self._take_latest()

    def _take_latest(self) -> None:
        self._live = replace(self._live, snapshot=snapshots.latest(self._store))

    def _is_time(self) -> bool:
        now, snapshot = self._clock(), self._live.snapshot
        every = self._seconds * min(1.0, max(snapshot.customers / YOUNG_SHOP, 1 / 60)) * SECOND
        return now - max(snapshot.at, self._looked_at_empty) >= every

    def _make(self) -> None:
        book, latest = self._live.compiled.rulebook, self._live.snapshot
        histogram = self._store.histogram()
        snapshot = make_snapshot(histogram, book.tiers, self._clock(), latest, book.arbitration.learning)
        if snapshot.customers:
            self._store.put_snapshot(snapshots.dump(snapshot))
            days.keep(self._store, histogram, snapshot, book)
        else:
            self._looked_at_empty = self._clock()


def keep_fresh(current: Current, every_ms: int) -> Callable[[], None]:
    """Refresh in a background thread until the returned function is called.

    That the store is gone is logged once, and that it is back.
    """
    stop = threading.Event()

    def loop() -> None:
        gone = False
        while not stop.wait(every_ms / SECOND):
            try:
                current.refresh()
            except StateUnavailable as error:
                if not gone:
                    log.warning("store-gone", store=str(error))
                gone = True
            else:
                if gone:
                    log.warning("store-back")
                gone = False

    threading.Thread(target=loop, name="patron-refresh", daemon=True).start()
    return stop.set
