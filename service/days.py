"""The shop's figures of each day: what a report of today compares with."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from engine.domain.times import day_of
from engine.rulebook.model import Rulebook
from engine.value.tiers import Bins, Snapshot, bins_of
from service.ports import Store
from service.shares import TOP, share_of_top, tiers_now

AGO: Final = 90
OLDEST: Final = 120
"""Of 90 days ago: or of the newest day before, when that is not longer ago than this."""


def keep(store: Store, histogram: Mapping[str, int], snapshot: Snapshot, book: Rulebook) -> None:
    """The figures of the day on which `snapshot` was made of `histogram`."""
    bins = bins_of(histogram, "sfv")
    tiers = tiers_now(bins["s"], bins["f"], snapshot, book)
    store.put_day(day_of(snapshot.at), orjson.dumps(figures(histogram, bins["v"], tiers)))


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


def ago(store: Store, now: int) -> tuple[int, dict[str, Any]] | None:
    """The day that is told as 90 days ago, and its figures; None when none was kept so long ago."""
    today = day_of(now)
    kept = {day: of for day, of in store.days().items() if today - OLDEST <= day <= today - AGO}
    if not kept:
        return None
    day = max(kept)
    found: dict[str, Any] = orjson.loads(kept[day])
    return day, found
