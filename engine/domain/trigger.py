"""The trigger of a decision: an event, a request or a timer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.domain.events import DecisionRequest, Event, Placed
from engine.domain.former_words import former_trigger_key
from engine.domain.quick import quick

REQUESTED: Final = "requested"
"""The trigger of a request for a decision."""
WAITED: Final = "after:"
"""What the trigger keys of waits begin with."""
INACTIVE: Final = "inactive"
"""The trigger of customers who have been inactive for longer than usual."""


@quick
@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger of one customer. `key`: one of the rulebook ("order_completed", "requested", "inactive", ...).

    `id` distinguishes a customer's triggers (decision ids are derived from it). No placements means outbound.
    `standing`: the decision includes the customer's standing.
    """

    key: str
    id: str
    customer: str
    event: Event | None = None
    placements: tuple[Placed, ...] = ()
    language: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    standing: bool = False

    def of(self, customer: str) -> "Trigger":
        """The same trigger under the customer's new key."""
        return self if customer == self.customer else replace(self, customer=customer)


def of_event(event: Event) -> Trigger:
    asked = event.decide if isinstance(event.decide, tuple) else ()
    return Trigger(
        key=event.type,
        id=f"event/{event.id}",
        customer=event.customer,
        event=event,
        placements=tuple(Placed(placement) for placement in asked),
    )


def of_request(request: DecisionRequest) -> Trigger:
    return Trigger(
        key=REQUESTED,
        id=f"request/{request.request_id}",
        customer=request.customer,
        placements=request.placements,
        language=request.language,
        context=request.context,
        standing="profile" in request.include,
    )


def of_due(customer: str, key: str, due: int, properties: Iterable[tuple[str, Any]] = ()) -> Trigger:
    """The trigger of a fired timer: `key` is "inactive" or "after:<event>:<days>", `due` its moment in ms.

    `properties`: those kept of the event that the wait began with.
    """
    return Trigger(key=key, id=f"due/{former_trigger_key(key)}/{due}", customer=customer, context=dict(properties))
