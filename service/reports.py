"""The value report (S2, S3, S7, S9, S11, S16): revenue by tier, its concentration and change, and source channels."""

from collections.abc import Mapping
from math import inf, log
from typing import Any, Final

import orjson

from engine.domain.profile.state import VALUE_HALF_LIFE
from engine.domain.times import DAY, format_rfc3339
from engine.rulebook.model import Rulebook
from engine.value import population
from engine.value.tiers import BIN, Bins, CutOff, Snapshot, bins_of, make_snapshot, score_of_key
from service.live import Live
from service.ports import Store

# ---- Shares of the best customers, and customers and value by tier, from the histograms ----


TOP: Final = 0.20
YEAR_DAYS: Final = 365
A_YEAR: Final = YEAR_DAYS * log(2) / VALUE_HALF_LIFE
"""The yearly equivalent of a score (a value with a half-life of 180 days), if the customer continues as now."""


def share_of_top(bins: Bins, share: float) -> float | None:
    """Share of the value (0..1) from the best `share` of the customers; a bin is split in proportion."""
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
    """Tier -> customers, their value so far, and their yearly value at the present pace (minor units).

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
        while key < cut.enter:  # best first: nobody after this is above it either
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


# ---- The shop's figures of each day, for comparison in later reports ----


AGO: Final = 90
OLDEST: Final = 120
"""Of 90 days ago: or of the newest day before, unless longer ago than this."""


def keep(store: Store, histogram: Mapping[str, int], snapshot: Snapshot, book: Rulebook) -> None:
    """The figures of the day on which `snapshot` was made of `histogram`."""
    bins = bins_of(histogram, "sfv")
    tiers = tiers_now(bins["s"], bins["f"], snapshot, book)
    store.put_day(book.shop.days.of(snapshot.at), orjson.dumps(figures(histogram, bins["v"], tiers)))


def figures(
    histogram: Mapping[str, int], by_value: Bins, tiers: Mapping[str, tuple[int, int, float]]
) -> dict[str, Any]:
    """Value in minor units; share 0..1, None without customers."""
    return {
        "customers": histogram.get("customers", 0),
        "value": histogram.get("value", 0),
        "top": share_of_top(by_value, TOP),
        "tiers": {tier: (customers, value) for tier, (customers, value, _) in tiers.items()},
    }


def ago(store: Store, today: int) -> tuple[int, dict[str, Any]] | None:
    """The day reported as 90 days ago, and its figures; None when none was kept that long ago."""
    kept = {day: of for day, of in store.days().items() if today - OLDEST <= day <= today - AGO}
    if not kept:
        return None
    day = max(kept)
    found: dict[str, Any] = orjson.loads(kept[day])
    return day, found


def value_report(store: Store, live: Live, now: int) -> Mapping[str, Any]:
    """Customers and value per tier, the share of the top 20 % now and 90 days ago, the Pareto curve, the cut-offs
    now, moves between tiers, customers reachable per channel, and value by source channel."""
    book, histogram = live.compiled.rulebook, store.histogram()
    fresh = make_snapshot(histogram, book.tiers, now)
    bins = bins_of(histogram, "sfv")
    by_value, by_score = bins["v"], bins["s"]
    money = book.shop.currency.format
    tiers = tiers_now(by_score, bins["f"], fresh, book)
    return {
        "at": format_rfc3339(now),
        "currency": book.shop.currency.code,
        "snapshot": live.snapshot.number,
        "customers": histogram.get("customers", 0),
        "value": money(histogram.get("value", 0)),
        "yearly": money(round(sum(yearly for _, _, yearly in tiers.values()))),
        "mean_value_per_purchase_day": money(round(fresh.mean_value)) if fresh.mean_value is not None else None,
        "top_20_percent_share": share_of_top(by_value, TOP),
        "top_20_percent_by_score_share": share_of_top(by_score, TOP),
        "tiers": _tiers(tiers, histogram, book),
        "cut_offs": [
            {"tier": cut.level, "score": money(round(score_of_key(cut.enter, now)))}
            for cut in fresh.cut_offs
            if cut.enter != float("inf")
        ],
        "pareto": pareto(by_value),
        "before": _before(store, book, now),
        "moved": [
            {"from": old, "to": new, "customers": number}
            for (old, new), number in population.moved(histogram, now).items()
        ],
        "reachable": _reachable(histogram),
        "sources": _sources(histogram, book),
    }


def _tiers(tiers: Mapping[str, tuple[int, int, float]], histogram: Mapping[str, int], book: Rulebook) -> list[Any]:
    """Customers by tier under today's cut-offs; the decisions' own tiers lag by the hysteresis."""
    customers, value = histogram.get("customers", 0), histogram.get("value", 0)
    money = book.shop.currency.format
    return [
        {
            "tier": tier,
            "customers": n,
            "value": money(v),
            "yearly": money(round(yearly)),
            "share_of_customers": round(n / customers, 4) if customers else 0.0,
            "share_of_value": round(v / value, 4) if value else 0.0,
        }
        for tier, (n, v, yearly) in tiers.items()
    ]


def _before(store: Store, book: Rulebook, now: int) -> Mapping[str, Any] | None:
    found = ago(store, book.shop.days.of(now))
    if found is None:
        return None
    day, figures = found
    money = book.shop.currency.format
    return {
        "at": format_rfc3339(day * DAY)[:10],
        "customers": figures["customers"],
        "value": money(figures["value"]),
        "top_20_percent_share": figures["top"],
        "tiers": [{"tier": tier, "customers": n, "value": money(v)} for tier, (n, v) in figures["tiers"].items()],
    }


def _reachable(histogram: Mapping[str, int]) -> Mapping[str, Any]:
    """Known customers with any reachable channel, and per channel."""
    channels = population.reachable(histogram)
    customers = channels.pop(population.ANY, 0)
    most_first = sorted(channels.items(), key=lambda item: (-item[1], item[0]))
    return {"customers": customers, "channels": [{"channel": name, "customers": n} for name, n in most_first]}


def _sources(histogram: Mapping[str, int], book: Rulebook) -> list[Mapping[str, Any]]:
    """Value by the channel of the first event, highest first."""
    found = sorted(population.by_source(histogram).items(), key=lambda item: (-item[1][1], item[0]))
    money = book.shop.currency.format
    return [{"channel": channel, "customers": n, "value": money(value)} for channel, (n, value) in found]
