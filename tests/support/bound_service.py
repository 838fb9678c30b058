"""A service whose handlers are at hand: each call is a unit of work of its own, as in the API."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.domain.decision import Decision
from engine.domain.errors import NotFound, PatronError
from engine.domain.events import DecisionRequest, Event, Outcome
from engine.domain.trigger import Trigger
from engine.value.tiers import Snapshot
from explain import Known
from service import figures, handle_event, handle_request, handle_timer, outcomes, reading
from service.explanation import BRIEF, Ask, Explained
from service.live import Live
from service.records import DecisionRecord
from service.replies import Decided, Recorded, Reply
from service.reproducing import Reproduction
from service.service import Service


class BoundService(Service):
    """The handlers as methods, for tests that make many calls."""

    def handle_event(self, event: Event, live: Live | None = None) -> Reply:
        return handle_event.handle_event(event, self.begin(live))

    def handle_events(self, events: Sequence[Event], live: Live | None = None) -> list[Reply | PatronError]:
        return handle_event.handle_events(events, self.begin(live))

    def handle_request(self, request: DecisionRequest, live: Live | None = None) -> Decided:
        return handle_request.handle_request(request, self.begin(live, request.now))

    def handle_due(self, customer: str) -> list[Decision]:
        return handle_timer.handle_due(customer, self.begin())

    def reschedule(self, customer: str) -> None:
        handle_timer.reschedule(customer, self.begin())

    def record_outcomes(self, many: Sequence[Outcome], live: Live | None = None) -> list[Recorded | PatronError]:
        return outcomes.record_outcomes(many, self.begin(live))

    def decision_record(self, decision_id: str) -> DecisionRecord | None:
        try:
            return reading.record_of(decision_id, self.begin())
        except NotFound:
            return None

    def decision(self, decision_id: str, ask: Ask = BRIEF) -> Explained:
        return reading.decision(decision_id, ask, self.former, self.begin())

    def explained(
        self, decision: Decision, ask: Ask = BRIEF, live: Live | None = None, dry: DecisionRequest | None = None
    ) -> Mapping[str, Any]:
        return reading.explanation(decision, ask, self.former, self.begin(live), dry)

    def reproduce(self, decision_id: str) -> Reproduction:
        return reading.reproduce(decision_id, self.former, self.begin())

    def look(self, on: Trigger) -> Decided:
        return handle_request.look(on, self.begin())

    def known(self, on: Trigger, live: Live, now: int) -> Known:
        return handle_request.known(on, self.begin(live, now))

    def deliveries(self, after: str | None, limit: int) -> tuple[list[Mapping[str, Any]], str]:
        return reading.deliveries(after, limit, self.begin())

    def customer(self, customer: str) -> Mapping[str, Any]:
        return reading.customer(customer, self.begin())

    def export(self, customer: str) -> Mapping[str, Any]:
        return reading.export(customer, self.begin())

    def erase(self, customer: str) -> None:
        reading.erase(customer, self.begin())

    def status(self) -> Mapping[str, Any]:
        return figures.status(self.begin())

    def value_report(self) -> Mapping[str, Any]:
        return figures.value_report(self.begin())

    def action_report(self) -> Mapping[str, Any]:
        return figures.action_report(self.begin())

    def make_snapshot(self) -> Mapping[str, Any]:
        return figures.make_snapshot_now(self.begin())

    def take_snapshot(self) -> Snapshot:
        return figures.take_snapshot(self.begin())
