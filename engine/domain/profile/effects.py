"""Why an event that was received has no effect on its customer's profile: the codes that answers give."""

from typing import Final

ERASED: Final = "erased"
CONSENT_UNKNOWN: Final = "consent-unknown"
ORDER_KNOWN: Final = "order-known"
ORDER_UNKNOWN: Final = "order-unknown"
ORDER_CANCELLED: Final = "order-cancelled"
ORDER_TOO_OLD: Final = "order-too-old"
NOTHING_RETURNED: Final = "nothing-returned"
TOO_MANY_RETURNS: Final = "too-many-returns"
RETURNED_ALREADY: Final = "returned-already"
SUPERSEDED: Final = "superseded"

UNAPPLIED: Final = {
    ERASED: "It happened before its customer was erased; nothing of it is stored.",
    CONSENT_UNKNOWN: "It grants a consent for a channel or purpose that the rulebook does not know.",
    ORDER_KNOWN: "The order was received before with the same content.",
    ORDER_UNKNOWN: "The order is not known (not yet received, or no longer kept); the event takes effect if it comes.",
    ORDER_CANCELLED: "The order is cancelled.",
    ORDER_TOO_OLD: "The order is older than the 1,032 newest of its customer; only those are kept.",
    NOTHING_RETURNED: "The amount of the return is not more than zero.",
    TOO_MANY_RETURNS: "32 returns of the order are known, and no more are kept.",
    RETURNED_ALREADY: "Everything that was paid for the order or line has been returned.",
    SUPERSEDED: "A later event about the same thing was received before.",
}
"""Each code with a sentence for docs/api.md."""
