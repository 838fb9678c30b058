"""Holdouts: customers who never get something, so that one can see what the rest is worth.

Who is held out follows from the salt, the action and the customer alone: the same people after a restart, an edit of
the rules, or a time without a holdout; those of a smaller share are among those of a larger one; and who is held out
of one action says nothing about the next.
"""

from hashlib import blake2b
from typing import Final

from engine.rulebook.model import Rulebook
from engine.rulebook.offers import Action

EVERYTHING: Final = "*"
"""What the global holdout is drawn by, in place of an action. No action can be called so."""
NEVER_HELD: Final = frozenset(("internal", "transactional"))
"""Kinds that are no offer: a task for staff, and what a customer must be told."""


def withheld_by(customer: str, action: Action, tier: str, book: Rulebook) -> str | None:
    """Whose holdout takes this action away from the customer: "everybody", "action" (its own), or None."""
    if covers(action, tier, book) and in_global(customer, book):
        return "everybody"
    return "action" if in_own(customer, action, book) else None


def covers(action: Action, tier: str, book: Rulebook) -> bool:
    """Whether there is a global holdout that spares neither this kind of action nor this tier."""
    holdout = book.measurement.holdout
    return holdout is not None and tier not in holdout.spare_tiers and covers_kind(action, book)


def covers_kind(action: Action, book: Rulebook) -> bool:
    """Whether there is a global holdout that does not spare this kind of action."""
    holdout = book.measurement.holdout
    kind = action.kind
    return holdout is not None and holdout.share > 0 and kind not in NEVER_HELD and kind not in holdout.spare_kinds


def has_own(action: Action) -> bool:
    """Whether the action has a holdout of its own. It looks at no tier."""
    return action.holdout > 0 and action.kind not in NEVER_HELD


def in_global(customer: str, book: Rulebook) -> bool:
    """Whether the customer is among those of the global holdout, whatever it covers."""
    holdout = book.measurement.holdout
    return holdout is not None and uniform(holdout.salt, EVERYTHING, customer) < holdout.share


def in_own(customer: str, action: Action, book: Rulebook) -> bool:
    """Whether the customer is held out of this very action."""
    return has_own(action) and uniform(book.measurement.salt, action.id, customer) < action.holdout


def uniform(salt: str, what: str, customer: str) -> float:
    """A number in 0..1 (1 excluded) that stands for this customer and this action, evenly spread over customers."""
    digest = blake2b(f"{salt}\0{what}\0{customer}".encode(), digest_size=6).digest()
    return int.from_bytes(digest) / 2**48
