"""Data known of each customer at the split, as columns, by the engine's functions; and the outcome."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.models.likelihood import Floats
from engine.compiled.rulebook import Compiled
from engine.domain.calendar import Days
from engine.domain.profile import Profile
from engine.domain.profile.state import VALUE_HALF_LIFE
from engine.domain.times import DAY
from engine.domain.trigger import Trigger
from engine.facts import Given
from engine.rulebook.shop import Tiers
from engine.value import purchase_timing, tiers
from engine.value.tiers import Snapshot

RISK = "customer.churn_risk"


@dataclass(frozen=True, slots=True)
class Known:
    """A row per customer who had bought before the split. Money in minor units, days are UTC day numbers.

    `number`: customer -> row. `score`: the shipped tier score. `decayed_spend`: half-life 180 days. `frequency`:
    decayed purchase count C180. `first_value`: the first day's orders. `risk`: of the shipped table.
    """

    number: Mapping[str, int]
    score: Floats
    spend: Floats
    decayed_spend: Floats
    frequency: Floats
    purchases: Floats
    first_day: Floats
    last_day: Floats
    first_value: Floats
    risk: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.number)


def known_at(
    time: int,
    profiles: Iterable[Profile],
    first_values: Mapping[str, int],
    compiled: Compiled,
    shop: tuple[Tiers, Snapshot],
) -> Known:
    """The columns at `time` (ms). `shop`: how value is counted, and the shop's figures at that moment."""
    people = list(profiles)
    rows = [_row(profile, time, shop, first_values, compiled.rulebook.shop.days) for profile in people]
    score, spend, decayed, frequency, purchases, first, last, first_value = np.array(rows).reshape(-1, 8).T
    risk = np.array([_risk(profile, time, compiled, shop[1]) for profile in people], dtype=np.str_)
    number = {profile.customer: i for i, profile in enumerate(people)}
    return Known(number, score, spend, decayed, frequency, purchases, first, last, first_value, risk)


def _row(
    profile: Profile, time: int, shop: tuple[Tiers, Snapshot], first_values: Mapping[str, int], days: Days
) -> tuple[float, ...]:
    bought = profile.purchases
    aged = 2.0 ** (-(time - bought.updated) / DAY / VALUE_HALF_LIFE)
    return (
        tiers.score(bought, time, *shop),
        max(0, bought.spend),
        max(0.0, bought.spend_decayed * aged),
        purchase_timing.decayed(bought, VALUE_HALF_LIFE, time),
        bought.days_bought,
        days.of(bought.first_time or 0),
        bought.days[-1] if bought.days else days.of(bought.last_time or 0),
        first_values.get(profile.customer, 0),
    )


def _risk(profile: Profile, time: int, compiled: Compiled, snapshot: Snapshot) -> str:
    """As the rulebook's table decides it; "" where it has none."""
    if RISK not in compiled.full.defaults:
        return ""
    trigger = Trigger("requested", "backtest", profile.customer)
    return str(compiled.full.build(Given(profile, trigger, compiled.rulebook, snapshot, time))[RISK])
