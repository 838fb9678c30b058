"""Which categories go together: how often they share a basket, against how often they would by chance (S23)."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Final

from analytics.roles.counts import LEAST, SIZES
from analytics.roles.log import Bought

MOST_CATEGORIES: Final = 200
"""The most ordered; pairs are counted among them."""
NEIGHBOURS: Final = 8
LEAST_LIFT: Final = 1.2


class Lifts:
    """Counts over baskets of known size: large baskets hold any two categories more often."""

    def __init__(self, orders: Sequence[int]) -> None:
        often = [number for number, ordered in enumerate(orders) if ordered >= LEAST]
        self._often = frozenset(sorted(often, key=lambda number: (-orders[number], number))[:MOST_CATEGORIES])
        self._baskets: Counter[int] = Counter()
        self._single: Counter[tuple[int, int]] = Counter()
        self._pairs: Counter[tuple[int, int]] = Counter()

    def count(self, bought: Bought) -> None:
        """One customer's purchases."""
        for basket in bought.baskets:
            held = {line.category for line in basket.lines if line.category >= 0}
            if not held:
                continue
            size = sum(len(held) >= least for least in SIZES)
            kept = sorted(held & self._often)
            self._baskets[size] += 1
            self._single.update((category, size) for category in kept)
            self._pairs.update(combinations(kept, 2))

    def neighbours(self) -> dict[int, list[tuple[int, float]]]:
        """Category -> those that go with it most, with their lift; the strongest first."""
        found: dict[int, list[tuple[int, float]]] = {}
        for (one, other), together in self._pairs.items():
            lift = together / self._expected(one, other)
            if together >= LEAST and lift >= LEAST_LIFT:
                found.setdefault(one, []).append((other, lift))
                found.setdefault(other, []).append((one, lift))
        return {one: sorted(others, key=lambda o: (-o[1], o[0]))[:NEIGHBOURS] for one, others in sorted(found.items())}

    def _expected(self, one: int, other: int) -> float:
        return sum(self._single[one, size] * self._single[other, size] / n for size, n in self._baskets.items())
