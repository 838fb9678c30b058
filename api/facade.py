"""What the API needs of the service. `service.service.Service` is it; tests use a fake of fifty lines."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from engine.errors import PatronError
from engine.events import DecisionRequest, Event, Outcome
from service.answers import Answers
from service.explanation import BRIEF, Ask
from service.live import Live

Answer = Mapping[str, Any]
"""A JSON-ready decision record, or {"event_id", "stored"} where nothing was to be decided."""


class Facade(Protocol):
    """Raises NotFound, StateUnavailable and Contended; everything else is a mistake of ours."""

    def live(self) -> Live:
        """The rulebook, snapshot and controls of the moment. A request takes them once, for all that it calls."""
        ...

    @property
    def answers(self) -> Answers:
        """Those kept under keys of senders."""
        ...

    def handle_event(self, event: Event, live: Live | None = None) -> Answer: ...

    def handle_events(self, events: Sequence[Event], live: Live | None = None) -> Sequence[Answer | PatronError]: ...

    def handle_request(self, request: DecisionRequest, live: Live | None = None) -> Answer: ...

    def record_outcomes(
        self, outcomes: Sequence[Outcome], live: Live | None = None
    ) -> Sequence[Mapping[str, Any] | PatronError]: ...

    def reproduce(self, decision_id: str) -> Mapping[str, Any]: ...

    def decision(self, decision_id: str, ask: Ask = BRIEF) -> Mapping[str, Any]: ...

    def explained(
        self, record: Answer, ask: Ask = BRIEF, live: Live | None = None, dry: DecisionRequest | None = None
    ) -> Answer:
        """The record with its explanation; `dry`: the request of the dry run that it is of."""
        ...

    def deliveries(self, after: str | None, limit: int) -> tuple[Sequence[Mapping[str, Any]], str]:
        """ValueError or InvalidInput for a cursor that is not ours."""
        ...

    def customer(self, customer: str) -> Mapping[str, Any]: ...

    def export(self, customer: str) -> Mapping[str, Any]:
        """Everything that is stored of a customer."""
        ...

    def erase(self, customer: str) -> None: ...

    def value_report(self) -> Mapping[str, Any]: ...

    def action_report(self) -> Mapping[str, Any]: ...

    def make_snapshot(self) -> Mapping[str, Any]: ...

    def status(self) -> Mapping[str, Any]: ...
