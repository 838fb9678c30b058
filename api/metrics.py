"""Counters of requests, decisions, recommendations, refusals and timers, in files shared by all processes."""

import os

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from engine.domain.decision import Decision
from service.replies import Decided, Reply

BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """The counters of one app. Labels come from closed lists: routes, event types, actions, reasons, services."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        self._requests = Counter("patron_requests", "Requests answered", ("route", "status"), registry=own)
        self._seconds = Histogram(
            "patron_request_seconds", "Seconds until the answer", ("route",), registry=own, buckets=BUCKETS
        )
        self._decisions = Counter("patron_decisions", "Decisions made", ("trigger",), registry=own)
        self._given = Counter("patron_recommendations", "Recommendations made", ("action",), registry=own)
        self._rejected = Counter("patron_rejections", "Candidates refused", ("reason",), registry=own)
        self._duplicates = Counter("patron_duplicate_events", "Repeated events, recognised by their id", registry=own)
        self._unapplied = Counter("patron_unapplied_events", "Events without an effect", ("reason",), registry=own)
        self._warned = Counter("patron_warned_events", "Events that were not wholly understood", registry=own)
        self._reports = Counter("patron_feedback", "Reports of mail services", ("service", "result"), registry=own)
        self._timers = Counter("patron_timers", "Timers that fired", ("outcome",), registry=own)
        self._unreadable = Counter("patron_unreadable_profiles", "Calls that found an unreadable profile", registry=own)
        self.met_unreadable = 0
        """The same, of this process alone."""
        self._labelled: dict[tuple[Counter, str], Counter] = {}
        self._of_route: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def answered(self, route: str, status: int, seconds: float) -> None:
        found = self._of_route.get((route, status))
        if found is None:  # looking labels up costs more than counting does
            found = self._requests.labels(route, status), self._seconds.labels(route)
            self._of_route[route, status] = found
        found[0].inc()
        found[1].observe(seconds)

    def decided(self, decision: Decision) -> None:
        """Counts a decision, its recommendations and its refusals."""
        self._count(self._decisions, decision.trigger)
        for given in decision.given:
            self._count(self._given, given.action)
        for rejected in decision.rejected:
            self._count(self._rejected, rejected.reason.value)

    def received(self, reply: Reply) -> None:
        """Counts the answer to an event: a decision only the first time, and what had no effect."""
        if reply.duplicate:
            self._duplicates.inc()
        elif reply.unapplied is not None:
            self._count(self._unapplied, reply.unapplied)
        if reply.warnings:
            self._warned.inc()
        if isinstance(reply, Decided) and not reply.duplicate:
            self.decided(reply.decision)

    def reported(self, service: str, result: str) -> None:
        """Counts a report of a mail service: "applied", "unapplied", "unknown" or "refused"."""
        self._reports.labels(service, result).inc()

    def fired(self, outcome: str) -> None:
        """Counts a timer that fired: "decided", "nothing" or "failed"."""
        self._count(self._timers, outcome)

    def unreadable(self) -> None:
        """Counts a call that met an unreadable stored profile."""
        self._unreadable.inc()
        self.met_unreadable += 1

    def _count(self, counter: Counter, label: str) -> None:
        child = self._labelled.get((counter, label))
        if child is None:
            child = self._labelled[counter, label] = counter.labels(label)
        child.inc()

    def exposition(self) -> bytes:
        """All workers' metrics where they share a folder (PROMETHEUS_MULTIPROC_DIR), else this process's."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return generate_latest(shared)
