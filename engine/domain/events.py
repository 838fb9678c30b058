"""The input: customer events, requests for a decision, outcomes. Values only; `schemas` reads them from JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.domain.quick import quick

EVENT_TYPES: Final = (
    "order_completed",
    "order_updated",
    "order_returned",
    "order_cancelled",
    "delivery_completed",
    "delivery_failed",
    "visited",
    "product_viewed",
    "searched",
    "cart_updated",
    "checkout_started",
    "content_engaged",
    "community_joined",
    "community_contributed",
    "identified",
    "aliased",
    "merged",
    "channel_address_added",
    "channel_address_removed",
    "consent_changed",
    "complaint_opened",
    "complaint_closed",
    "rated",
    "feedback_given",
    "wish_expressed",
    "referral_made",
    "referral_converted",
    "referral_reversed",
    "outcome",
)
PLACES_ORDERS: Final = frozenset(("order_completed", "order_updated"))
"""Events that say all of an order."""
JOINS: Final = frozenset(("aliased", "merged"))
"""Events that add the data of another id to their customer."""
TAKES_BACK: Final = frozenset(("order_updated", "order_returned", "order_cancelled"))
"""Events after which an order may count for less or no longer at all."""
OUTCOMES: Final = ("impression", "sent", "click", "accept", "reject", "ignore", "convert", "undo")

OUTBOUND: Final = "outbound"
NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Placed:
    """A requested placement, and how many recommendations fit into it."""

    id: str
    count: int = 1


@quick
@dataclass(frozen=True, slots=True)
class Event:
    """Something a customer did, or that happened to them.

    `customer` is a customer key (see `customer_key`); `time` milliseconds since 1970 UTC;
    `properties` as the event type's schema leaves them: amounts in minor units (int), times in milliseconds.
    `decide` is "outbound", "none", or the placement ids to fill. `fingerprint`: of what was sent, see
    `engine.domain.profile.seen`; 0 where that is unknown.
    `warnings`: what of it is not kept as it was sent.
    """

    id: str
    type: str
    time: int
    customer: str
    channel: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    decide: str | tuple[str, ...] = OUTBOUND
    fingerprint: int = field(default=0, compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)

    def of(self, customer: str) -> "Event":
        """The same event under the customer's new key."""
        return self if customer == self.customer else replace(self, customer=customer)

    def deciding(self, decide: str | tuple[str, ...]) -> "Event":
        """The same event with another `decide`; `dataclasses.replace` takes four times as long."""
        return Event(
            self.id,
            self.type,
            self.time,
            self.customer,
            self.channel,
            self.properties,
            decide,
            self.fingerprint,
            self.warnings,
        )


@dataclass(frozen=True, slots=True)
class DecisionRequest:
    """A request from checkout or CRM: what to recommend to this customer now.

    No placements means outbound. `include`: explanation, rejected, profile. `now` None means the server's clock.
    A `dry_run` stores nothing. `warnings`: what of it is not used as it was sent.
    """

    request_id: str
    customer: str
    placements: tuple[Placed, ...] = ()
    language: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    now: int | None = None
    dry_run: bool = False
    include: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a recommendation. `at` None means the server's clock."""

    recommendation_id: str
    outcome: str
    at: int | None = None
    outcome_id: str | None = None


def customer_key(*, id: str | None = None, anonymous_id: str | None = None) -> str:
    """The customer key inside Patron: "c/<id>" for a known customer, "a/<id>" for an anonymous one."""
    return f"c/{id}" if id is not None else f"a/{anonymous_id}"


def is_anonymous(customer: str) -> bool:
    return customer.startswith("a/")


def customer_ref(customer: str) -> dict[str, str]:
    """The customer as the API writes it: {"id": ...} or {"anonymous_id": ...}."""
    return {"anonymous_id" if is_anonymous(customer) else "id": customer[2:]}
