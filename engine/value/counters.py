"""Names of the shop-wide counters that outcomes change: results of each action, and of the holdouts.

They sum over partitions like the rest of the histogram; reports and snapshots read them. They identify no customer.
"""

from collections.abc import Iterator, Mapping
from typing import Final

Change = tuple[str, int]
"""A counter and its change."""

ACTION: Final = "a"
EXPERIMENT: Final = "t"
RULE: Final = "r"

RECOMMENDED: Final = "recommended"
CONTACTS: Final = "contacts"
ACCEPTED: Final = "accepted"
CONVERTED: Final = "converted"
REVENUE: Final = "revenue"
COST: Final = "cost"
"""Counts, but for revenue and cost: minor units."""

CUSTOMERS: Final = "n"
PURCHASES: Final = "purchases"
PURCHASES_SQUARED: Final = "purchases2"
REVENUE_SQUARED: Final = "revenue2"
REVENUE_SQUARED_HIGH: Final = "revenue2high"
"""Of an experiment: customers, and the sums over them of purchases, revenue (`REVENUE`) and their squares. The square
of a customer's revenue exceeds the 64 bits of a counter; the part above `SQUARE_BASE` has its own counter."""
SQUARE_BASE: Final = 2**40

REFERRALS_MADE: Final = "referrals_made"
REFERRALS_CONVERTED: Final = "referrals_converted"
"""Referred friends, and those of them who bought without a return."""

MATCHED: Final = "held"
WOULD: Final = "would"
"""Of a shadow rule: decisions in which it matched, and those that it would have changed."""

GIVEN: Final = "given"
CONTROL: Final = "held"
"""The arms of an experiment."""


def of_action(what: str, action: str, tier: str, amount: int = 1) -> Change:
    """The counter of an action in a tier: "a:<what>:<action>:<tier>"."""
    return f"{ACTION}:{what}:{action}:{tier}", amount


def by_action(histogram: Mapping[str, int]) -> dict[tuple[str, str, str], int]:
    """(what, action, tier) -> amount, of all counters of actions."""
    return dict(_named(histogram, ACTION))


def of_experiment(what: str, action: str, arm: str, amount: int = 1) -> Change:
    """The counter of an experiment ("*": of all actions) in an arm: "t:<what>:<action>:<arm>"."""
    return f"{EXPERIMENT}:{what}:{action}:{arm}", amount


def by_experiment(histogram: Mapping[str, int]) -> dict[tuple[str, str, str], int]:
    """(what, action, arm) -> amount, of all experiments."""
    return dict(_named(histogram, EXPERIMENT))


def of_rule(what: str, rule: str, tier: str) -> Change:
    """The counter of a shadow rule in a tier: "r:<what>:<rule>:<tier>"."""
    return f"{RULE}:{what}:{rule}:{tier}", 1


def by_rule(histogram: Mapping[str, int]) -> dict[tuple[str, str, str], int]:
    """(what, rule, tier) -> amount, of all counters of rules."""
    return dict(_named(histogram, RULE))


def _named(histogram: Mapping[str, int], wanted: str) -> Iterator[tuple[tuple[str, str, str], int]]:
    head = f"{wanted}:"
    for name, amount in histogram.items():
        if name.startswith(head):
            _, what, action, last = name.split(":")
            yield (what, action, last), amount
