"""The rulebook, snapshot and controls that this process serves: polled in the background, swapped in one assignment."""

import threading
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Final

import structlog

from engine.compiled.rulebook import Compiled
from engine.domain.errors import InvalidInput, NotFound, PatronError, StateUnavailable
from engine.domain.times import SECOND
from engine.rulebook.bundle import Bundle
from engine.value.tiers import Snapshot, fits, make_snapshot
from service import controls, publications, reports, snapshots
from service.live import Live
from service.ports import Clock, Head, Store
from service.publications import Publication

YOUNG_SHOP = 1_000
"""Below this many customers cut-offs move fast: snapshots are made in proportion more often, at most 60 times."""
CLAIM_SECONDS: Final = 60
OTHERS_SECONDS: Final = 2.0
"""How long another process may take to count the figures for new tiers, before this one does."""
BETWEEN_SECONDS: Final = 0.02

log = structlog.get_logger()


class Current:
    """Call it for the `Live` of the moment; `refresh` loads newer publications and takes due snapshots.

    `first`: the initial one. `compile`: prepares the files of a publication, or raises PatronError;
    None: publications are not polled.
    """

    def __init__(
        self,
        first: Live,
        store: Store,
        clock: Clock,
        snapshot_seconds: int,
        compile: Callable[[Bundle], Compiled] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._seconds = snapshot_seconds
        self._compile = compile
        published = first.publication
        self._head = Head(published.number, published.digest) if published else Head()
        self._live = first
        self._seen = 0
        self._controls_seen = 0
        self._found_empty_at = 0

    def __call__(self) -> Live:
        return self._live

    def refresh(self) -> None:
        """One cheap read; more only after a change. StateUnavailable when the store is gone.

        Controls come first: a pause does not wait until a rulebook is compiled.
        """
        news = self._store.news()
        if news.format != self._live.named:
            self._live = replace(self._live, named=news.format)
            log.info("format-named", format=news.format.number, locked_out=self._live.locked_out)
        if news.controls != self._controls_seen:
            self._take_controls(news.controls)
        if self._compile is not None:
            self._follow(news.head, self._compile)
        if news.snapshot != self._seen:
            self._take_latest(news.snapshot)
        elif self._is_time():
            made = self._make(self._live.compiled).number
            if made:
                self._take_latest(made)

    # ---- controls ----

    def _take_controls(self, number: int) -> None:
        """The controls of this number. Unreadable ones are logged once, and the previous stay in force.

        The same applies to an emptied store.
        """
        if number:
            try:
                self._live = replace(self._live, controls=controls.read(self._store, number))
            except (InvalidInput, NotFound) as error:
                log.error("controls-refused", number=number, why=str(error))
            else:
                log.info("controls-swapped", number=number)
        self._controls_seen = number

    # ---- the rulebook ----

    def _follow(self, head: Head, compile: Callable[[Bundle], Compiled]) -> None:
        """Load the latest publication. An unusable one is logged once, and not served.

        A store without publications was emptied: the active rulebook stays.
        """
        if head == self._head or not head.number:
            return
        publication = publications.latest(self._store.revisions, head)
        if publication is None:
            return  # somebody published meanwhile: retry
        try:
            files = publications.files_of(self._store.revisions, head.digest)
            compiled = compile(files)
        except StateUnavailable:
            raise
        except Exception as error:  # whatever it is: the previous rules stay active
            said = str(error) if isinstance(error, PatronError) else type(error).__name__
            log.error("rulebook-refused", number=head.number, revision=publication.revision, why=said)
            self._live = replace(self._live, refused=f"number {head.number} cannot be used here: {said}")
        else:
            snapshot = self._fitting(compiled, publication)
            before = self._live
            self._live = Live(
                compiled, snapshot, publication, files=files, named=before.named, controls=before.controls
            )
            log.info("rulebook-swapped", number=head.number, revision=publication.revision)
        self._head = head

    # ---- the figures of the shop ----

    def _take_latest(self, number: int) -> None:
        """Figures counted for other tiers are useless; at the start they are recounted."""
        snapshot = snapshots.latest(self._store)
        self._seen = number
        if fits(snapshot, self._live.compiled.rulebook.tiers):
            self._live = replace(self._live, snapshot=snapshot)
        elif not self._live.snapshot.number:
            self._live = replace(self._live, snapshot=self._fitting(self._live.compiled, None))

    def _fitting(self, compiled: Compiled, publication: Publication | None) -> Snapshot:
        """The figures for these rules. If their tiers differ, one process counts and the others wait."""
        tiers, since = compiled.rulebook.tiers, publication.at if publication else 0
        latest = snapshots.latest(self._store)
        same = tiers == self._live.compiled.rulebook.tiers and publication is not None
        if fits(latest, tiers) and (same or latest.at >= since):
            return latest
        claim = f"figures-for/{compiled.rulebook.revision}/{latest.number}"
        if self._store.remember(claim, b"1", CLAIM_SECONDS) is None:
            return self._make(compiled)
        until = monotonic() + OTHERS_SECONDS
        while monotonic() < until:
            threading.Event().wait(BETWEEN_SECONDS)
            newer = snapshots.latest(self._store)
            if newer.number > latest.number and fits(newer, tiers):
                return newer
        return self._make(compiled)

    def _is_time(self) -> bool:
        now, snapshot = self._clock(), self._live.snapshot
        every = self._seconds * min(1.0, max(snapshot.customers / YOUNG_SHOP, 1 / 60)) * SECOND
        return now - max(snapshot.at, self._found_empty_at) >= every

    def _make(self, compiled: Compiled) -> Snapshot:
        """Count anew; without customers there is nothing to store."""
        book, now = compiled.rulebook, self._clock()
        histogram = self._store.histogram()
        snapshot = make_snapshot(histogram, book.tiers, now, snapshots.latest(self._store), book.arbitration.learning)
        if not snapshot.customers:
            self._found_empty_at = now
            return Snapshot()
        number = self._store.put_snapshot(snapshots.dump(snapshot))
        reports.keep(self._store, histogram, snapshot, book)
        return replace(snapshot, number=number)


def keep_fresh(current: Current, every_ms: int, report: Callable[[], None] = lambda: None) -> Callable[[], None]:
    """Refresh, and `report` this process, in a background thread until the returned function is called.

    Logs once when the store is gone, and when it is back.
    """
    stop = threading.Event()

    def loop() -> None:
        gone = False
        while not stop.wait(every_ms / SECOND):
            try:
                current.refresh()
                report()
            except StateUnavailable as error:
                if not gone:
                    log.warning("store-gone", store=str(error))
                gone = True
            except Exception:  # a fault of ours must not end the polling: the configuration would never change again
                log.exception("refresh-failed")
            else:
                if gone:
                    log.warning("store-back")
                gone = False

    threading.Thread(target=loop, name="patron-refresh", daemon=True).start()
    return stop.set
