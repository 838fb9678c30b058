"""The amounts a claim takes from each counter: the ledger code shared by both stores."""

from typing import Final, NamedTuple

from engine.domain.times import DAY
from service.ports import Claim

KEPT: Final = 400 * DAY
"""How long after its expiry the ledger remembers a recommendation that was contact, spent or refused, in ms."""
FEW: Final = 8
"""How many expired entries to settle per call, while nothing is short."""
MANY: Final = 100
"""How many at a time when something is short, or when use is read."""


class Part(NamedTuple):
    """One part of a claim: `amount` of the counter `field`, which must not exceed `most`.

    `name`: total, stock, contact (its cost) or acceptance (its cost). `limit`: its name when it is used up.
    """

    name: str
    limit: str
    field: str
    amount: int
    most: int


def parts_of(claim: Claim) -> list[Part]:
    """The parts of the claim, in the order in which limits are checked: total, stock, budget."""
    parts = []
    if claim.total is not None:
        parts.append(Part("total", "total", total_field(claim.total.period), 1, claim.total.most))
    if claim.stock is not None:
        parts.append(Part("stock", "stock", "stock", 1, claim.stock))
    if claim.budget is not None:
        field, most = budget_field(claim.budget.period), claim.budget.most
        parts.append(Part("contact", "budget", field, claim.per_contact, most))
        parts.append(Part("acceptance", "budget", field, claim.per_acceptance, most))
    return parts


def total_field(period: str) -> str:
    """The counter of the contacts of a period."""
    return "total:" + period


def budget_field(period: str) -> str:
    """The counter of the money of a period."""
    return "budget:" + period
