"""What a decision is about: the event, the request or the due time that set it off."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.domain.events import DecisionRequest, Event, Placed
from engine.domain.quick import quick

INACTIVE: Final = "inactive"
"""The trigger of customers who have been silent for longer than usual."""


@quick
@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger of one customer. `key`: one of the rulebook ("order_completed", "requested", "inactive", ...).

    `id` tells occasions of a customer apart (decision ids are derived from it). No placements means outbound.
    `standing`: the decision is to say where the customer stands.
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
        """The same occasion of a customer who is known by another key now."""
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
        key="requested",
        id=f"request/{request.request_id}",
        customer=request.customer,
        placements=request.placements,
        language=request.language,
        context=request.context,
        standing="profile" in request.include,
    )


def of_due(customer: str, key: str, due: int) -> Trigger:
    """A due time was reached: `key` is "inactive" or "after:<event>:<days>", `due` its moment in ms."""
    return Trigger(key=key, id=f"due/{_IN_IDS.get(key, key)}/{due}", customer=customer)


_IN_IDS: Final = {INACTIVE: "overdue"}
"""Decision ids are derived from it: they stay what they were before the trigger got its name of today."""
