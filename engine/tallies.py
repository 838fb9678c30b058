"""Names of the counters that outcomes move in the shop-wide histogram: what came of each action, and of the holdouts.

They sum over partitions like the rest of the histogram; reports and snapshots read them. No customer is in them.
"""

from collections.abc import Mapping
from typing import Final

Change = tuple[str, int]
"""A counter and by how much it changes."""

ACTION: Final = "a"
TRIAL: Final = "t"

RECOMMENDED: Final = "recommended"
CONTACTS: Final = "contacts"
ACCEPTED: Final = "accepted"
CONVERTED: Final = "converted"
REVENUE: Final = "revenue"
COST: Final = "cost"
"""Counts, but for revenue and cost: minor units."""


def of_action(what: str, action: str, tier: str, amount: int = 1) -> Change:
    """The counter of an action in a tier: "a:<what>:<action>:<tier>"."""
    return f"{ACTION}:{what}:{action}:{tier}", amount


def by_action(histogram: Mapping[str, int]) -> dict[tuple[str, str, str], int]:
    """(what, action, tier) -> amount, of all counters of actions."""
    found = {}
    for name, amount in histogram.items():
        kind, _, rest = name.partition(":")
        if kind == ACTION:
            what, action, tier = rest.split(":")
            found[what, action, tier] = amount
    return found
