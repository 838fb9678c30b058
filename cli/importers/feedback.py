"""A file of a mail service's reports as events: outcomes, removed channel addresses, withdrawn consents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from cli.importers.counts import LOSSES, Dropped, ImportCounts, ImportFailure
from cli.importers.tables import Advance
from cli.importers.text_file import open_text
from engine.domain.errors import InvalidInput
from engine.domain.events import customer_ref
from engine.domain.times import format_rfc3339
from engine.rulebook.model import Rulebook
from service.feedback.apply import EVENT_UNKNOWN, protections
from service.feedback.reports import Report, read_report
from service.feedback.table import IGNORED, Table

NO_RECOMMENDATION: Final = "no-recommendation"
BY_DESIGN: Final = frozenset((*IGNORED, NO_RECOMMENDATION))
"""Reasons of reports that change nothing about a customer."""

Dated = tuple[int, str, str]
"""An event: its time, its id and its JSON."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the reports are to be read. `channel`: that of their messages."""

    table: Table
    channel: str
    book: Rulebook


def events(path: Path, layout: Layout, counts: ImportCounts, advance: Advance, accept_losses: bool) -> Iterator[bytes]:
    """JSON lines of the events, ordered by time; a report has the ids that the API gives it.

    Dropped: not-json, not-a-report, event-unknown, no-customer, no-time, no-recommendation, and what the table
    ignores. TooManyLosses above 5 %; a lost withdrawal would be a message to someone who wants none, so there it is
    above 0.
    """
    counts.by_design = BY_DESIGN
    reading = _Reading(layout, counts)
    found = sorted(reading.events(path, advance))
    if not accept_losses:
        counts.refuse_losses(0 if reading.lost_withdrawal else LOSSES)
    seen: set[str] = set()
    for _, id_, text in found:
        if id_ in seen:
            counts.notes["repeated events, written once"] += 1
            continue
        seen.add(id_)
        counts.events += 1
        yield text.encode() + b"\n"
    counts.customers = len(reading.customers)


class _Reading:
    """The reports of one file. `lost_withdrawal`: one that ends messages to somebody cannot be used."""

    def __init__(self, layout: Layout, counts: ImportCounts) -> None:
        self._layout = layout
        self._counts = counts
        self.lost_withdrawal = False
        self.customers: set[str] = set()

    def events(self, path: Path, advance: Advance) -> Iterator[Dated]:
        for line, entry in _entries(path, advance):
            self._counts.read += 1
            try:
                found = self._events_of(entry)
            except Dropped as dropped:
                self._counts.drop(dropped, line)
                continue
            yield from found

    def _events_of(self, entry: object) -> list[Dated]:
        report = self._report(entry)
        customer, time = report.customer, report.time
        if customer is None or time is None:
            self.lost_withdrawal |= report.row is not None and report.row.protects
            raise Dropped("no-customer" if customer is None else "no-time", "; ".join(report.warnings))
        found = [_event(report, kind, properties) for kind, properties in _effects(report, self._layout)]
        if not found:
            raise Dropped(NO_RECOMMENDATION)
        self.customers.add(customer)
        return [(time, event["id"], orjson.dumps(event).decode()) for event in found]

    def _report(self, entry: object) -> Report:
        """A report from which something follows."""
        if isinstance(entry, Dropped):
            raise entry
        try:
            report = read_report(entry, self._layout.table, self._layout.book.shop)
        except InvalidInput as error:
            raise Dropped("not-a-report", str(error)) from None
        if report.row is None:
            self._counts.notes[f"reports with the unknown event {report.event!r}"] += 1
            raise Dropped(EVENT_UNKNOWN, repr(report.event))
        if report.row.ignored is not None:
            raise Dropped(report.row.ignored)
        return report


def _effects(report: Report, layout: Layout) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Event types with properties."""
    yield from protections(report, layout.channel, layout.book)
    outcome = report.row.outcome if report.row is not None else None
    if outcome is not None and report.recommendation is not None:
        yield "outcome", {"recommendation_id": report.recommendation, "outcome": outcome}


def _event(report: Report, kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    assert report.time is not None and report.customer is not None
    return {
        "id": f"{report.id}-{kind}",
        "type": kind,
        "time": format_rfc3339(report.time),
        "customer": customer_ref(report.customer),
        "properties": properties,
        "decide": "none",
    }


# ---- the file ----


def _entries(path: Path, advance: Advance) -> Iterator[tuple[int, object]]:
    """The reports with their lines, or with their places where the file is one JSON value; `Dropped` for no JSON.

    ImportFailure if nothing in the file is JSON.
    """
    with open_text(path, "utf-8-sig") as (text, _):
        content = text.read()
    advance(len(content))
    try:
        whole = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        yield from _lines(path, content, error)
        return
    yield from enumerate(whole if isinstance(whole, list) else [whole], 1)


def _lines(path: Path, content: str, error: orjson.JSONDecodeError) -> Iterator[tuple[int, object]]:
    """JSON lines; a line may have a list, as a webhook sends it."""
    is_json = False
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            yield number, Dropped("not-json", repr(line.strip()[:40]))
            continue
        is_json = True
        for one in value if isinstance(value, list) else [value]:
            yield number, one
    if not is_json:
        raise ImportFailure(
            f"{path} is neither JSON nor JSON lines: {error.msg} (line {error.lineno}, column {error.colno})"
        )
