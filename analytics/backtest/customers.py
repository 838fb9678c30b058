"""All customers as the engine would have known them, event by event, and the shop's histogram as the service keeps it.

A profile is the result of `engine.domain.profile.apply`, less the products, which are not used here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from engine.compiled.rulebook import Compiled
from engine.domain.events import Event, customer_key, is_anonymous
from engine.domain.profile import Placing, Profile, apply
from engine.domain.profile.merge import merge
from engine.domain.times import utc_day
from engine.rulebook.shop import TierLevel, Tiers
from engine.value.tiers import Snapshot, make_snapshot, moves, place

TOP: Final = 0.2
"""The share of customers in question (S3)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event and the profile of its customer before and after it. `revenue` in minor units: its contribution."""

    event: Event
    before: Profile
    after: Profile

    @property
    def customer(self) -> str:
        return self.after.customer

    @property
    def revenue(self) -> int:
        return self.after.purchases.spend - self.before.purchases.spend

    @property
    def is_purchase(self) -> bool:
        return self.event.type == "order_completed" and not is_anonymous(self.customer)


def top_fifth(tiers: Tiers) -> Tiers:
    """The shop's tiers with one level, the best 20 %: no hysteresis, no newcomers, value and who is ranked as in
    tiers.yaml."""
    levels = (TierLevel("top", TOP, TOP), TierLevel("rest"))
    return replace(tiers, levels=levels, share_of="customers", newcomer_below_orders=0, newcomer_unless_top=0.0)


class Customers:
    """`snapshot` is taken at the first event of each UTC day, from what came before it, as in `patron replay`."""

    def __init__(self, compiled: Compiled) -> None:
        self.tiers = top_fifth(compiled.rulebook.tiers)
        self.snapshot = Snapshot()
        self.histogram: dict[str, int] = {}
        self._counters, self._days = compiled.counters, compiled.rulebook.shop.days
        self._profiles: dict[str, Profile] = {}
        self._day: int | None = None

    def open_day(self, time: int) -> None:
        """Take the day's snapshot where `time` (ms) is the first moment of a later day."""
        day = utc_day(time)
        if self._day is None or day > self._day:
            self._day = day
            self.snapshot = make_snapshot(self.histogram, self.tiers, time)

    def take(self, event: Event) -> Step:
        before = self._profiles.get(event.customer) or Profile(event.customer)
        after = apply(before, event, self._counters, self._days)
        if event.type == "aliased":
            after = self._joined(after, event)
        placing = place(after, self.tiers, self.snapshot)
        self._move(before, placing)
        after = after.but(placing=placing, skus={}, categories={})
        self._profiles[event.customer] = after
        return Step(event, before, after)

    def known(self) -> Iterator[Profile]:
        """Named customers who have bought."""
        for profile in self._profiles.values():
            if profile.purchases.days_bought > 0 and not is_anonymous(profile.customer):
                yield profile

    def _joined(self, known: Profile, event: Event) -> Profile:
        anonymous = self._profiles.pop(customer_key(anonymous_id=event.properties["anonymous_id"]), None)
        return known if anonymous is None else merge(known, anonymous, self._counters, self._days)

    def _move(self, before: Profile, placing: Placing | None) -> None:
        for name, change in moves(before.placing, placing):
            self.histogram[name] = self.histogram.get(name, 0) + change
            if not self.histogram[name]:
                del self.histogram[name]
