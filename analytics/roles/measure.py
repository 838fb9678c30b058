"""`patron analyze roles` as a whole: scores of a log's products and categories, and neighbouring categories."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from analytics.roles.counts import LEAST, Counts, Shape, shape_of
from analytics.roles.lifts import Lifts
from analytics.roles.log import Bought, Names, Seen
from analytics.roles.scores import Period, Roles, by_category, by_product, refusals, score
from analytics.unsupported import Unsupported


@dataclass(frozen=True, slots=True)
class Score:
    """Of one item in one role, see `odds.Ratios`."""

    score: float
    evidence: int
    confidence: float


Table = Mapping[str, Mapping[str, Score]]
"""Name -> role -> score, only known ones; the most ordered first."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Days are UTC day numbers. `refused`, `refused_categories`: role -> why it is in no row of that table."""

    first: int
    last: int
    customers: int
    purchases: int
    products: Table
    categories: Table
    refused: Mapping[str, str]
    refused_categories: Mapping[str, str]
    neighbours: Mapping[str, Mapping[str, float]]


def measure(customers: Iterable[Bought], seen: Seen) -> Measured:
    """Reads the customers once. `seen` must be complete by the time the first of them is asked for.

    Unsupported, with the reason, when the log can show no role at all.
    """
    customers = iter(customers)
    ahead = list(islice(customers, 2))
    check(seen, ahead)
    products = Counts(_shape(seen, seen.products), by_product)
    categories = Counts(_shape(seen, seen.categories), by_category)
    lifts = Lifts(seen.categories.orders)
    for bought in chain(ahead, customers):
        products.count(bought)
        categories.count(bought)
        lifts.count(bought)
    products.flush()
    categories.flush()
    return _measured(products, categories, lifts, seen)


def _shape(seen: Seen, names: Names) -> Shape:
    return shape_of(names.orders, seen.days, seen.first, seen.first, seen.last)


def check(seen: Seen, customers: Sequence[Bought]) -> None:
    """Unsupported, with the reason, when the log can show nothing; `customers`: two of them, if there are so many."""
    if not customers:
        raise Unsupported("the log has no purchases of known customers")
    if len(customers) == 1:
        raise Unsupported("the log has one customer; a role is what a product is to many")
    if len(seen.days) == 1:
        raise Unsupported("all purchases are on one day: nobody came back, and nothing was bought again")
    if not seen.products.numbers:
        raise Unsupported("no line of an order names its product")
    if len(seen.products.numbers) == 1:
        raise Unsupported("the log has one product; roles compare products with each other")
    if max(seen.products.orders) < LEAST:
        raise Unsupported(f"no product is in {LEAST} orders or more")


def _measured(products: Counts, categories: Counts, lifts: Lifts, seen: Seen) -> Measured:
    period = Period(seen.first, seen.last, seen.lines, seen.costed)
    names, groups = list(seen.products.numbers), list(seen.categories.numbers)
    tables, reasons = [], []
    for counts, called in ((products, names), (categories, groups)):
        roles = score(counts)
        refused = refusals(counts, roles, period) if called else {}
        reasons.append(refused)
        tables.append(_table(counts, {role: of for role, of in roles.items() if role not in refused}, called))
    return Measured(
        first=seen.first,
        last=seen.last,
        customers=products.customers,
        purchases=products.purchases,
        products=tables[0],
        categories=tables[1],
        refused=reasons[0],
        refused_categories=reasons[1],
        neighbours={
            groups[one]: {groups[other]: lift for other, lift in others} for one, others in lifts.neighbours().items()
        },
    )


def _table(counts: Counts, roles: Roles, names: Sequence[str]) -> Table:
    table: dict[str, dict[str, Score]] = {}
    for row, number in enumerate(counts.shape.items):
        scores = {
            role: Score(float(of.score[row]), int(of.evidence[row]), float(of.confidence[row]))
            for role, of in roles.items()
            if np.isfinite(of.score[row]) and np.isfinite(of.confidence[row])
        }
        if scores:
            table[names[number]] = scores
    return table
