"""Who brings how much: shares of the best customers, and customers and value by tier, off the histograms."""

from math import inf, log
from typing import Final

from engine.domain.profile.state import VALUE_HALF_LIFE
from engine.rulebook.model import Rulebook
from engine.value.tiers import BIN, Bins, CutOff, Snapshot, score_of_key

TOP: Final = 0.20
YEAR_DAYS: Final = 365
A_YEAR: Final = YEAR_DAYS * log(2) / VALUE_HALF_LIFE
"""What a score (a value that decays by half in 180 days) is in a year, if the customer goes on as now."""


def share_of_top(bins: Bins, share: float) -> float | None:
    """Share of the value (0..1) that the best `share` of the customers brought; a bin is split in proportion."""
    customers, value = sum(n for _, n, _ in bins), sum(v for _, _, v in bins)
    if not customers or value <= 0:
        return None
    left, got = share * customers, 0.0
    for _, n, v in bins:
        part = min(1.0, left / n)
        got, left = got + part * v, left - part * n
        if left <= 0:
            break
    return round(got / value, 4)


def pareto(bins: Bins) -> list[list[float]]:
    """Points (share of customers, share of value), best customers first, in steps of 5 %."""
    steps = [step / 100 for step in range(0, 101, 5)]
    return [[step, share_of_top(bins, step) or 0.0] for step in steps] if bins else []


def tiers_now(by_score: Bins, newcomers: Bins, fresh: Snapshot, book: Rulebook) -> dict[str, tuple[int, int, float]]:
    """Tier -> customers, their value so far, and what they bring in a year at their present pace (minor units).

    By the cut-offs of `fresh`; the decisions' own tiers lag by the hysteresis.
    """
    totals = {level.id: [0, 0, 0.0] for level in book.tiers.levels}
    if book.tiers.newcomer_below_orders:
        totals["newcomer"] = [0, 0, 0.0]
    first = {at: (n, v) for at, n, v in newcomers}
    rest = CutOff(book.tiers.levels[-1].id, -inf, -inf)
    cuts = iter((*fresh.cut_offs, rest))
    cut = next(cuts)
    for at, n, v in by_score:
        key = at * BIN
        while key < cut.enter:  # the best come first: nobody who follows is above it either
            cut = next(cuts)
        new_n, new_v = first.get(at, (0, 0)) if fresh.newcomer is None or key < fresh.newcomer else (0, 0)
        yearly = score_of_key((at + 0.5) * BIN, fresh.at) * A_YEAR
        _add(totals[cut.level], n - new_n, v - new_v, yearly)
        if new_n:
            _add(totals["newcomer"], new_n, new_v, yearly)
    return {tier: (int(n), int(v), yearly) for tier, (n, v, yearly) in totals.items()}


def _add(total: list[float], customers: int, value: int, yearly: float) -> None:
    total[0] += customers
    total[1] += value
    total[2] += customers * yearly
