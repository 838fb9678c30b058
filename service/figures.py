"""The figures of the shop: whether this process can decide, the reports, snapshots."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.domain.errors import StateUnavailable
from engine.domain.times import format_rfc3339
from engine.value.tiers import Snapshot, make_snapshot
from service import action_report as actions
from service import reports, snapshots
from service.unit_of_work import UnitOfWork


def status(work: UnitOfWork) -> Mapping[str, Any]:
    """Whether this process can decide, and on what: matcher, rulebook, snapshot, store."""
    live = work.live
    try:
        work.store.ping()
        store = "ok"
    except StateUnavailable as error:
        store = str(error)
    return {
        "ready": store == "ok" and live.locked_out is None,
        "matcher": live.compiled.matcher.name,
        "rulebook": live.compiled.rulebook.revision,
        "published": live.publication.number if live.publication else None,
        "refused": live.refused,
        "rules": len(live.compiled.rulebook.rules),
        "snapshot": live.snapshot.number,
        "controls": live.controls.number,
        "store": live.locked_out or store,
        "format": live.named.number,
    }


def value_report(work: UnitOfWork) -> Mapping[str, Any]:
    """Value by tier, and its concentration."""
    return reports.value_report(work.store, work.live, work.now)


def action_report(work: UnitOfWork) -> Mapping[str, Any]:
    """The results of each action, and its uplift."""
    return actions.action_report(work.store.histogram(), work.live, work.store.ledger, work.now)


def make_snapshot_now(work: UnitOfWork) -> Mapping[str, Any]:
    """Take a snapshot, and return its summary."""
    snapshot = take_snapshot(work)
    return {
        "number": snapshot.number,
        "at": format_rfc3339(snapshot.at),
        "customers": snapshot.customers,
        "tiers": [cut.level for cut in snapshot.cut_offs],
    }


def take_snapshot(work: UnitOfWork) -> Snapshot:
    """Read the shop's figures from the histograms and number them."""
    book, latest = work.book, snapshots.latest(work.store)
    histogram = work.store.histogram()
    snapshot = make_snapshot(histogram, book.tiers, work.now, latest, book.arbitration.learning)
    number = work.store.put_snapshot(snapshots.dump(snapshot))
    reports.keep(work.store, histogram, snapshot, book)
    return replace(snapshot, number=number)
