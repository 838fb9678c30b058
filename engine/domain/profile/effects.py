"""Why an event that was received has no effect on its customer's profile: the codes that answers give."""

from typing import Final

ERASED: Final = "erased"
CONSENT_UNKNOWN: Final = "consent-unknown"
ORDER_KNOWN: Final = "order-known"
ORDER_UNKNOWN: Final = "order-unknown"
ORDER_CANCELLED: Final = "order-cancelled"
ORDER_TOO_OLD: Final = "order-too-old"
NOTHING_RETURNED: Final = "nothing-returned"
RETURNED_ALREADY: Final = "returned-already"
SUPERSEDED: Final = "superseded"

UNAPPLIED: Final = {
    ERASED: "It happened before its customer was erased; nothing of it is stored.",
    CONSENT_UNKNOWN: "It grants a consent for a channel or purpose that the rulebook does not know.",
    ORDER_KNOWN: "The order was received before with the same content.",
    ORDER_UNKNOWN: "The order has not been received; the event takes effect when it arrives.",
    ORDER_CANCELLED: "The order is cancelled.",
    ORDER_TOO_OLD: "The order is older than the newest 1,032 of its customer, which are kept.",
    NOTHING_RETURNED: "The amount of the return is zero.",
    RETURNED_ALREADY: "Everything that was paid for the order or line has been returned.",
    SUPERSEDED: "A later event about the same thing was received before.",
}
"""Each code with a sentence for docs/api.md."""
