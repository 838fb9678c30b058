"""Why an event that was received has no effect on its customer's profile: the codes that answers give."""

from typing import Final

ERASED: Final = "erased"
ORDER_KNOWN: Final = "order-known"
SUPERSEDED: Final = "superseded"

UNAPPLIED: Final = {
    ERASED: "It happened before its customer was erased; nothing of it is stored.",
    ORDER_KNOWN: "The order was received before, under another event id.",
    SUPERSEDED: "A later event about the same thing was received before.",
}
"""Each code with a sentence for docs/api.md."""
