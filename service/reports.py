"""The value report (S2, S3, S7, S9, S11, S16): who brings how much, how that changes, and where customers come from."""

from collections.abc import Mapping
from typing import Any

from engine.domain.times import DAY, format_rfc3339
from engine.rulebook.model import Rulebook
from engine.value import population
from engine.value.tiers import bins_of, make_snapshot, score_of_key
from service import days
from service.live import Live
from service.ports import Store
from service.shares import TOP, pareto, share_of_top, tiers_now


def value_report(store: Store, live: Live, now: int) -> Mapping[str, Any]:
    """Customers and value per tier, the share of the top 20 % now and 90 days ago, the Pareto curve, the cut-offs as of
    now, who moved between tiers, links per channel, and value by source channel."""
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
        "linked": _linked(histogram),
        "sources": _sources(histogram, book),
    }


def _tiers(tiers: Mapping[str, tuple[int, int, float]], histogram: Mapping[str, int], book: Rulebook) -> list[Any]:
    """Who would be in which tier by today's cut-offs; the decisions' own tiers lag by the hysteresis."""
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
    found = days.ago(store, now)
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


def _linked(histogram: Mapping[str, int]) -> Mapping[str, Any]:
    """Known customers who are linked at all, and over each channel."""
    channels = population.linked(histogram)
    customers = channels.pop(population.ANY, 0)
    most_first = sorted(channels.items(), key=lambda item: (-item[1], item[0]))
    return {"customers": customers, "channels": [{"channel": name, "customers": n} for name, n in most_first]}


def _sources(histogram: Mapping[str, int], book: Rulebook) -> list[Mapping[str, Any]]:
    """Where customers were first seen, those first that brought most."""
    found = sorted(population.by_source(histogram).items(), key=lambda item: (-item[1][1], item[0]))
    money = book.shop.currency.format
    return [{"channel": channel, "customers": n, "value": money(value)} for channel, (n, value) in found]
