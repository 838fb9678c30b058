"""Customers in the top 20 % when they buy: by the cut-off of the split, of the day, or of the moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analytics.backtest.customers import TOP, Customers, Step
from engine.domain.profile import Placing
from engine.value.tiers import BIN, NO_KEY, Snapshot, score_bins

WAYS = ("frozen", "daily", "live")


@dataclass(frozen=True, slots=True)
class Reranked:
    """Shares of all revenue after the split, newcomers' included: caught per way, and newcomers' share.

    `most`: the largest share of the customers known at a moment in the daily top: customers rising above the
    cut-off displace nobody before the next day. The live top is never more than 20 %.
    """

    caught: dict[str, float]
    newcomers: float
    most: float


@dataclass(slots=True)
class _Sums:
    total: int = 0
    caught: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WAYS, 0))


class LiveCut:
    """The lowest bin of the best 20 %, updated with every move: as a snapshot at this moment.

    Customers in `NO_KEY` have no revenue and are never among the best.
    """

    def __init__(self, bins: dict[int, int], customers: int) -> None:
        self._bins = {at: n for at, n in bins.items() if at != NO_KEY}
        self._customers = customers
        self._lowest = min(self._bins, default=0)
        self._above = 0
        self.cut = max(self._bins, default=0) + 1
        self._settle()

    def move(self, old: Placing | None, new: Placing | None) -> None:
        for placing, sign in ((old, -1), (new, 1)):
            if placing is not None:
                self._customers += sign
                self._add(placing.score_bin, sign)
        self._settle()

    def _add(self, at: int, sign: int) -> None:
        if at == NO_KEY:
            return
        self._bins[at] = self._bins.get(at, 0) + sign
        self._lowest = min(self._lowest, at)
        self._above += sign if at >= self.cut else 0

    def _settle(self) -> None:
        allowed = TOP * self._customers + 1e-9
        while self._above > allowed:
            self._above -= self._bins.get(self.cut, 0)
            self.cut += 1
        while self.cut > self._lowest and self._above + self._bins.get(self.cut - 1, 0) <= allowed:
            self.cut -= 1
            self._above += self._bins.get(self.cut, 0)


class DailyTop:
    """The number of customers at or above the day's cut-off, at each moment."""

    def __init__(self) -> None:
        self.enter = float("inf")
        self.most = 0.0
        self._above = 0
        self._customers = 0

    def open_day(self, snapshot: Snapshot, bins: Mapping[int, int]) -> None:
        self.enter = snapshot.cut_offs[0].enter if snapshot.cut_offs else float("inf")
        self._above = sum(n for at, n in bins.items() if at * BIN >= self.enter)
        self._customers = sum(bins.values())
        self._note()

    def move(self, old: Placing | None, new: Placing | None) -> None:
        for placing, sign in ((old, -1), (new, 1)):
            if placing is not None:
                self._customers += sign
                self._above += sign if placing.score_bin * BIN >= self.enter else 0
        self._note()

    def _note(self) -> None:
        self.most = max(self.most, self._above / max(1, self._customers))


class Ranking:
    """Fed with the steps after the split. `frozen` keeps both the cut-off and the members of the split."""

    def __init__(self, customers: Customers, split: Snapshot) -> None:
        self._customers = customers
        self._snapshot = split
        self._live = LiveCut(bins_of(customers.histogram), customers.histogram.get("customers", 0))
        self._daily = DailyTop()
        self._daily.open_day(split, bins_of(customers.histogram))
        known = list(customers.known())
        self._frozen = {p.customer for p in known if p.placing and p.placing.score_bin * BIN >= self._daily.enter}
        self._old = {profile.customer for profile in known}
        self._sums: dict[str, _Sums] = {}

    def open_day(self) -> None:
        """Before the events of a day, when its snapshot may just have been taken."""
        if self._customers.snapshot is not self._snapshot:
            self._snapshot = self._customers.snapshot
            self._daily.open_day(self._snapshot, bins_of(self._customers.histogram))

    def take(self, step: Step) -> None:
        """Buyers are judged by their state just before."""
        if step.revenue and step.event.type != "aliased":
            self._count(step)
        for top in (self._live, self._daily):
            top.move(step.before.placing, step.after.placing)

    def _count(self, step: Step) -> None:
        placing = step.before.placing
        at = NO_KEY if placing is None else placing.score_bin
        inside = {
            "frozen": step.customer in self._frozen,
            "daily": at * BIN >= self._daily.enter,
            "live": at != NO_KEY and at >= self._live.cut,
        }
        sums = self._sums.setdefault(step.customer, _Sums())
        sums.total += step.revenue
        for way in WAYS:
            sums.caught[way] += step.revenue if inside[way] else 0

    def result(self) -> Reranked:
        """Returns reduce purchases, customer by customer, but never below zero."""
        total = sum(max(0, s.total) for s in self._sums.values()) or 1
        caught = {
            way: sum(min(max(0, s.caught[way]), max(0, s.total)) for s in self._sums.values()) / total for way in WAYS
        }
        new = sum(max(0, s.total) for customer, s in self._sums.items() if customer not in self._old)
        return Reranked(caught, new / total, self._daily.most)


def bins_of(histogram: Mapping[str, int]) -> dict[int, int]:
    """Score bin -> customers."""
    return {at: customers for at, customers, _ in score_bins(histogram)}
