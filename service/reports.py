"""The value report (S2, S3, S7): who brings how much, read off the histograms of the whole shop."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.rulebook.model import Rulebook
from engine.tiers import BIN, Snapshot, make_snapshot, score_bins, score_of_key
from engine.times import format_rfc3339
from service.live import Live

Bins = Sequence[tuple[int, int, int]]
TOP = 0.20


def value_report(histogram: Mapping[str, int], live: Live, now: int) -> Mapping[str, Any]:
    """Customers and value per tier, the share of the top 20 %, the Pareto curve, the cut-offs as of now."""
    book = live.compiled.rulebook
    fresh = make_snapshot(histogram, book.tiers, now)
    by_value, by_score = score_bins(histogram, "v"), score_bins(histogram, "s")
    money = book.shop.currency.format
    return {
        "at": format_rfc3339(now),
        "currency": book.shop.currency.code,
        "snapshot": live.snapshot.number,
        "customers": histogram.get("customers", 0),
        "value": money(histogram.get("value", 0)),
        "mean_value_per_purchase_day": money(round(fresh.mean_value)) if fresh.mean_value is not None else None,
        "top_20_percent_share": share_of_top(by_value, TOP),
        "top_20_percent_by_score_share": share_of_top(by_score, TOP),
        "tiers": _tiers(histogram, fresh, book),
        "cut_offs": [
            {"tier": cut.level, "score": money(round(score_of_key(cut.enter, now)))}
            for cut in fresh.cut_offs
            if cut.enter != float("inf")
        ],
        "pareto": pareto(by_value),
    }


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


def _tiers(histogram: Mapping[str, int], fresh: Snapshot, book: Rulebook) -> list[Mapping[str, Any]]:
    """Who would be in which tier by today's cut-offs; the decisions' own tiers lag by the hysteresis."""
    totals = {level.id: [0, 0] for level in book.tiers.levels}
    newcomers = [0, 0]
    first = {at: (n, v) for at, n, v in score_bins(histogram, "f")}
    for at, n, v in score_bins(histogram, "s"):
        level = next((c.level for c in fresh.cut_offs if at * BIN >= c.enter), book.tiers.levels[-1].id)
        new_n, new_v = first.get(at, (0, 0)) if fresh.newcomer is None or at * BIN < fresh.newcomer else (0, 0)
        _add(totals[level], n - new_n, v - new_v)
        _add(newcomers, new_n, new_v)
    if book.tiers.newcomer_below_orders:
        totals["newcomer"] = newcomers
    customers, value = histogram.get("customers", 0), histogram.get("value", 0)
    return [
        {
            "tier": tier,
            "customers": n,
            "value": book.shop.currency.format(v),
            "share_of_customers": round(n / customers, 4) if customers else 0.0,
            "share_of_value": round(v / value, 4) if value else 0.0,
        }
        for tier, (n, v) in totals.items()
    ]


def _add(pair: list[int], n: int, v: int) -> None:
    pair[0] += n
    pair[1] += v
