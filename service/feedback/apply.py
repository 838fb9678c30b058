"""Carries out what follows from reports: channel addresses and consents as events, and outcomes.

Addresses and consents come first: if a call is interrupted, the repetition finds the rest. A store that does not
answer ends the call, so that the service sends all of it again; whatever was done by then counts once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from engine.decisioning.contacts import Recommended
from engine.domain.errors import InvalidInput, NotFound, PatronError, Problem, StateUnavailable
from engine.domain.events import Event, Outcome
from engine.domain.hints import did_you_mean
from engine.domain.profile import consents
from engine.rulebook.model import Rulebook
from engine.rulebook.offers import MARKETING
from service import outcomes
from service.feedback.reports import Report, read_report
from service.feedback.table import ALL, Table
from service.handle_event import handle_event
from service.identity import Identity
from service.replies import Reply
from service.unit_of_work import UnitOfWork

EVENT_UNKNOWN: Final = "event-unknown"
CUSTOMER_UNKNOWN: Final = "customer-unknown"
RECOMMENDATION_UNKNOWN: Final = "recommendation-unknown"
NOT_APPLIED: Final = {
    EVENT_UNKNOWN: "The feedback table of the service has no row for it.",
    CUSTOMER_UNKNOWN: "It names no customer, and no recommendation whose record is kept.",
    RECOMMENDATION_UNKNOWN: "It only has an outcome, and names no recommendation whose record is kept.",
}
"""Why a report has no effect, beside the reasons of events and those of tables."""


@dataclass(slots=True)
class Applied:
    """The result of one report. `customer`: their key. `effects`: what was stored. `replies`: of its events.

    `reason`: why nothing was stored; `error`: why it was refused. `confirm`: an address that a person must open.
    """

    event: str | None = None
    customer: str | None = None
    effects: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
    error: PatronError | None = None
    warnings: list[str] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    confirm: str | None = None

    @property
    def duplicate(self) -> bool:
        """All of its events had been received before."""
        return bool(self.replies) and all(reply.duplicate for reply in self.replies)


def known_channel(channel: str, book: Rulebook) -> str:
    """The channel; InvalidInput if the rulebook has no such channel."""
    if channel in book.channels:
        return channel
    hint = did_you_mean(channel, book.channels)
    message = f'"{channel[:60]}" is not a channel of the rulebook{hint}; write the channel of these messages'
    raise InvalidInput((Problem("/channel", "unknown", message),))


def apply_reports(entries: Sequence[object], table: Table, channel: str, work: UnitOfWork) -> list[Applied]:
    """The results of all reports of a call, in order. `channel`: of messages without a known recommendation.

    InvalidInput if the rulebook has no such channel; StateUnavailable if the store does not answer.
    """
    channel = known_channel(channel, work.book)
    single = len(entries) == 1
    identity = Identity(work)
    results = []
    for place, entry in enumerate(entries):
        read = partial(read_report, entry, table, work.book.shop, "" if single else f"/{place}")
        results.append(_tried(read, channel, identity))
    return results


def _tried(read: "partial[Report]", channel: str, identity: Identity) -> Applied:
    result = Applied()
    try:
        report = read()
        result.event, result.warnings = report.event, [*report.warnings]
        _apply(report, channel, identity, result)
    except StateUnavailable:
        raise
    except PatronError as error:
        result.error = error
    return result


def _apply(report: Report, channel: str, identity: Identity, result: Applied) -> None:
    row, work = report.row, identity.work
    if row is None or row.ignored is not None:
        result.reason = EVENT_UNKNOWN if row is None else row.ignored
        result.confirm = report.confirm
        return
    said = _recommended(report, identity, result)
    if result.customer is None:
        result.reason = CUSTOMER_UNKNOWN
        return
    at = work.now if report.time is None else min(report.time, work.now)
    for kind, properties in protections(report, _channel(said, channel, work.book), work.book):
        event = Event(f"{report.id}-{kind}", kind, at, result.customer, properties=properties)
        _send(event, work, result)
    if said is not None and row.outcome is not None:
        outcomes.record(Outcome(said.recommendation_id, row.outcome, at), identity)
        result.effects["outcome"] = row.outcome
    elif not row.protects:
        result.reason = RECOMMENDATION_UNKNOWN


def _recommended(report: Report, identity: Identity, result: Applied) -> Recommended | None:
    """The recommendation that the report names, None where there is none. Sets the customer of the result.

    If it belongs to another customer than the report names, that one counts: a withdrawal must not be lost.
    """
    result.customer = report.customer
    if report.recommendation is None:
        return None
    try:
        found, customer = outcomes.find(identity.work.store, report.recommendation)
    except NotFound as error:
        result.warnings.append(str(error))
        return None
    if report.customer is not None and not identity.is_same(customer, report.customer):
        result.warnings.append(f"{report.recommendation} belongs to another customer, so it gets no outcome")
        return None
    result.customer = report.customer or customer
    return found


def _channel(said: Recommended | None, channel: str, book: Rulebook) -> str:
    """That of the recommendation, if it reaches the same address: a shop may have two channels by e-mail."""
    known = book.channels.get(said.channel) if said is not None else None
    return known.id if known is not None and known.address == book.channels[channel].address else channel


def protections(report: Report, channel: str, book: Rulebook) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The events that end messages to the customer: type and properties."""
    row, address = report.row, book.channels[channel].address
    if row is not None and row.withdraw is not None:
        yield (
            "consent_changed",
            {"channel": channel, "purposes": (_purpose(row.withdraw, book),), "granted": False},
        )
    if row is not None and row.remove_address and address is not None:
        yield "channel_address_removed", {"channel": address}


def _purpose(withdraw: str, book: Rulebook) -> str:
    """The purpose that marketing needs; all of them where the rulebook declares none."""
    return consents.ALL if withdraw == ALL else book.contact_policy.consent_purpose.get(MARKETING, consents.ALL)


def _send(event: Event, work: UnitOfWork, result: Applied) -> None:
    reply = handle_event(event, work)
    result.replies.append(reply)
    result.warnings += reply.warnings
    if reply.unapplied is not None:
        result.reason = reply.unapplied
    elif event.type == "consent_changed":
        result.effects["withdrawn"] = {
            "channel": event.properties["channel"],
            "purposes": list(event.properties["purposes"]),
        }
    else:
        result.effects["address_removed"] = event.properties["channel"]
