"""Holdouts: control groups that do not get an action, to measure its uplift.

A control group depends on the salt, the action and the customer alone: it is the same after a restart, an edit of
the rules, or a period without a holdout; a larger share includes the customers of a smaller one; and the groups
of different actions are independent.
"""

from hashlib import blake2b
from typing import Final

from engine.rulebook.model import Rulebook
from engine.rulebook.offers import Action
from engine.rulebook.shop import NOTICES

EVERYTHING: Final = "*"
"""Replaces the action in the hash of the global holdout. No action can have this id."""
NEVER_HELD: Final = frozenset(("internal", "transactional"))
"""Kinds that are no offer: tasks for staff, and required notices."""


def withheld_by(customer: str, action: Action, tier: str, book: Rulebook) -> str | None:
    """The holdout that withholds this action from the customer: "everybody", "action" (its own), or None."""
    if covers(action, tier, book) and in_global(customer, book):
        return "everybody"
    return "action" if in_own(customer, action, book) else None


def covers(action: Action, tier: str, book: Rulebook) -> bool:
    """Whether a global holdout exists that exempts neither this kind of action nor this tier."""
    holdout = book.measurement.holdout
    return holdout is not None and tier not in holdout.spare_tiers and covers_kind(action, book)


def covers_kind(action: Action, book: Rulebook) -> bool:
    """Whether a global holdout exists that does not exempt this kind of action."""
    holdout = book.measurement.holdout
    kind = action.kind
    return holdout is not None and holdout.share > 0 and kind not in NEVER_HELD and kind not in holdout.spare_kinds


def is_spared(action: Action, book: Rulebook) -> bool:
    """Whether this kind of action is for the control groups, too, and the action has no holdout of its own."""
    holdout = book.measurement.holdout
    kinds = NOTICES if holdout is None else holdout.spare_kinds
    return (action.kind in NEVER_HELD or action.kind in kinds) and not has_own(action)


def has_own(action: Action) -> bool:
    """Whether the action has its own holdout, which ignores tiers."""
    return action.holdout > 0 and action.kind not in NEVER_HELD


def in_global(customer: str, book: Rulebook) -> bool:
    """Whether the customer is in the global control group, whatever it covers."""
    holdout = book.measurement.holdout
    return holdout is not None and uniform(holdout.salt, EVERYTHING, customer) < holdout.share


def in_own(customer: str, action: Action, book: Rulebook) -> bool:
    """Whether the customer is in this action's control group."""
    return has_own(action) and uniform(book.measurement.salt, action.id, customer) < action.holdout


def uniform(salt: str, what: str, customer: str) -> float:
    """A number in 0..1 (1 excluded) derived from this customer and this action, uniform over customers."""
    digest = blake2b(f"{salt}\0{what}\0{customer}".encode(), digest_size=6).digest()
    return int.from_bytes(digest) / 2**48
