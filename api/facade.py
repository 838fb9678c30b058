"""What the API needs of the service. `service.service.Service` is it; tests use a fake of fifty lines."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from engine.decision import Decision
from engine.errors import PatronError
from engine.events import DecisionRequest, Event, Outcome
from service.answers import Answers
from service.explanation import BRIEF, Ask, Explained
from service.live import Live
from service.replies import Decided, Recorded, Reply
from service.reproducing import Reproduction


class Facade(Protocol):
    """Raises NotFound, StateUnavailable and Contended; everything else is a mistake of ours."""

    def live(self) -> Live:
        """The rulebook and snapshot of the moment. A request takes them once and gives them to all that it calls."""
        ...

    @property
    def answers(self) -> Answers:
        """Those kept under keys of senders."""
        ...

    def handle_event(self, event: Event, live: Live | None = None) -> Reply: ...

    def handle_events(self, events: Sequence[Event], live: Live | None = None) -> Sequence[Reply | PatronError]: ...

    def handle_request(self, request: DecisionRequest, live: Live | None = None) -> Decided: ...

    def record_outcomes(
        self, outcomes: Sequence[Outcome], live: Live | None = None
    ) -> Sequence[Recorded | PatronError]: ...

    def reproduce(self, decision_id: str) -> Reproduction: ...

    def decision(self, decision_id: str, ask: Ask = BRIEF) -> Explained: ...

    def explained(
        self, decision: Decision, ask: Ask = BRIEF, live: Live | None = None, dry: DecisionRequest | None = None
    ) -> Mapping[str, Any]:
        """The explanation of a decision; `dry`: the request of the dry run that it is of."""
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
