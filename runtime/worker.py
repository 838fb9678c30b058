"""`patron worker`: evaluates customers whose timer has fired. Several share the customers; see storage.leases.

A worker renews its leases every second. Three seconds after one is killed, the others take its partitions.
Both its open and its finished work follow from the customers' profiles.
"""

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final

import structlog

from api.metrics import Metrics
from engine.domain.errors import StateUnavailable
from engine.domain.ids import partition
from engine.domain.times import MINUTE, SECOND
from service.customer_walk import Upkeep, walk
from service.handle_timer import handle_due, reschedule
from service.live import Live
from service.ports import Clock, Store
from service.service import Service
from storage.leases import Leases

LEASE_MS: Final = 3 * SECOND
RENEW_SECONDS: Final = 1.0
AT_ONCE: Final = 100
"""Customers taken from the store at a time, and customers rescheduled between two rounds."""
SETTLE_SECONDS: Final = 5.0
"""After a swap of the rules: by then all processes have swapped, and finished what they had begun."""
FAILED_MS: Final = MINUTE
"""Time before a customer whose evaluation failed is retried."""

INDEXED_SINCE: Final = 3
"""A store that names this profile format, or a later one, has a complete index of customers."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Share:
    """The dependencies of a worker."""

    service: Service
    store: Store
    leases: Leases
    metrics: Metrics
    clock: Clock


def worker_name() -> str:
    """The unique name that holds the leases."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


class Worker:
    """Evaluates due customers in its share of the partitions, until it is stopped."""

    def __init__(
        self, share: Share, live: Callable[[], Live], idle_seconds: float, settle_seconds: float = SETTLE_SECONDS
    ) -> None:
        self._share = share
        self._live = live
        self._digest = live().compiled.due.digest
        self._idle_seconds = idle_seconds
        self._settle_seconds = settle_seconds
        self._settled = monotonic()
        self._checked: tuple[frozenset[int], str] | None = None
        self._mine: frozenset[int] = frozenset()
        self._renewed = -RENEW_SECONDS
        self._failed: dict[str, int] = {}
        self._walk: Iterator[None] | None = None
        self._gone = False
        self._upkeep = Upkeep(share.store)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; the current customer is finished, and the partitions are released."""
        log.info("worker-started")
        while not stop.is_set():
            if not self._turn(stop):
                stop.wait(self._idle_seconds)
        with suppress(StateUnavailable):
            self._share.leases.leave()
        log.info("worker-stopped")

    def _turn(self, stop: threading.Event) -> bool:
        """Whether there was something to do. Logs once when the store is gone, and when it is back."""
        try:
            self._renew()
            self._check_rules()
            fired = self._fire_due(stop)
            walked = self._reschedule_some()
        except StateUnavailable as error:
            if not self._gone:
                log.warning("store-gone", store=str(error))
            self._gone, self._walk, self._checked = True, None, None
            return False
        if self._gone:
            log.warning("store-back")
        self._gone = False
        return fired or walked

    def _renew(self) -> None:
        if monotonic() - self._renewed < RENEW_SECONDS:
            return
        mine = self._share.leases.hold()
        self._renewed = monotonic()
        if mine != self._mine:
            log.info("partitions", count=len(mine), new=len(mine - self._mine))
            self._mine = mine
        self._upkeep.step(mine)

    # ---- timers ----

    def _fire_due(self, stop: threading.Event) -> bool:
        now = self._share.clock()
        self._failed = {customer: until for customer, until in self._failed.items() if until > now}
        found = self._share.store.due(now, AT_ONCE + len(self._failed), self._mine)
        fired = False
        for customer, _ in found:
            if stop.is_set():
                break
            self._renew()
            if customer not in self._failed and partition(customer) in self._mine:
                self._see_to(customer)
                fired = True
        return fired

    def _see_to(self, customer: str) -> None:
        """A customer with broken data must not delay the others."""
        try:
            decisions = handle_due(customer, self._share.service.begin())
        except StateUnavailable:
            raise
        except Exception:
            self._failed[customer] = self._share.clock() + FAILED_MS
            self._share.metrics.fired("failed")
            log.exception("timer-failed", partition=partition(customer))
            return
        self._share.metrics.fired("decided" if decisions else "nothing")
        for decision in decisions:
            self._share.metrics.decided(decision)

    # ---- after a change of the rules ----

    def _check_rules(self) -> None:
        """Start a walk where timers follow from other rules; restart when rules are swapped meanwhile.

        Not at once: others may briefly decide by the old rules, also for customers already walked past.
        """
        digest = self._live().compiled.due.digest
        if digest != self._digest:
            self._digest, self._walk = digest, None
            self._settled = monotonic() + self._settle_seconds
        checking = self._mine, digest
        if self._walk is None and self._checked != checking and monotonic() >= self._settled:
            outdated = self._outdated()
            self._checked = checking
            if outdated:
                self._walk = self._rescheduling(outdated)

    def _outdated(self) -> frozenset[int]:
        """The partitions whose timers follow from other rules than ours."""
        digests = self._share.store.due_digests()
        return frozenset(number for number in self._mine if digests.get(number) != self._digest)

    def _reschedule_some(self) -> bool:
        if self._walk is None:
            return False
        for _ in range(AT_ONCE):
            if next(self._walk, self) is self:
                self._walk = None
                break
        return True

    def _rescheduling(self, outdated: frozenset[int]) -> Iterator[None]:
        """Recompute the timers of these partitions, a customer at each step. Interrupted, it starts over."""
        log.info("timers-outdated", partitions=len(outdated))
        if self._live().named.number < INDEXED_SINCE:  # older processes beside us add customers unlisted
            for _ in self._share.store.index_customers():
                yield
        count = 0
        for customer in walk(self._share.store, sorted(outdated)):
            try:
                reschedule(customer, self._share.service.begin())
            except StateUnavailable:
                raise
            except Exception:
                log.exception("reschedule-failed", partition=partition(customer))
            count += 1
            yield
        done = outdated & self._mine
        self._share.store.put_due_digest(done, self._digest)
        log.info("timers-rescheduled", customers=count, partitions=len(done))
