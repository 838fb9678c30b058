"""Who is in the top 20 % when they buy: by the cut-off of the split, of the day, or of the moment."""

from dataclasses import dataclass, field

from analytics.backtest.customers import TOP, Customers, Step
from engine.profile import Placing
from engine.tiers import BIN, NO_KEY, Snapshot

WAYS = ("frozen", "daily", "live")


@dataclass(frozen=True, slots=True)
class Reranked:
    """Shares of all revenue after the split, newcomers' included: caught per way, and what newcomers brought.

    `most`: the largest share of the customers known at that moment that was ever in the daily top.
    """

    caught: dict[str, float]
    newcomers: float
    most: float


@dataclass(slots=True)
class _Sums:
    total: int = 0
    caught: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WAYS, 0))


class LiveCut:
    """The lowest bin of the best 20 %, kept up to date with every move: what a snapshot at this moment would say.

    Customers in `NO_KEY` brought nothing and are never among the best.
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


class Ranking:
    """Fed with the steps after the split. `frozen` keeps both the cut-off and the members of the split."""

    def __init__(self, customers: Customers, split: Snapshot) -> None:
        self._customers = customers
        bins = {int(k[2:-2]): n for k, n in customers.histogram.items() if k.startswith("s:") and k.endswith(":n")}
        self._live = LiveCut(bins, customers.histogram.get("customers", 0))
        enter = _enter(split)
        self._frozen = {p.customer for p in customers.known() if p.placing and p.placing.score_bin * BIN >= enter}
        self._old = {profile.customer for profile in customers.known()}
        self._sums: dict[str, _Sums] = {}
        self._daily = split
        self._most = len(self._frozen) / max(1, split.customers)

    def take(self, step: Step) -> None:
        """Who buys is judged as they stood just before."""
        if self._customers.snapshot is not self._daily:
            self._daily = self._customers.snapshot
        if step.revenue and step.event.type != "aliased":
            self._count(step)
        self._live.move(step.before.placing, step.after.placing)

    def _count(self, step: Step) -> None:
        placing = step.before.placing
        at = NO_KEY if placing is None else placing.score_bin
        inside = {
            "frozen": step.customer in self._frozen,
            "daily": at * BIN >= _enter(self._daily),
            "live": at != NO_KEY and at >= self._live.cut,
        }
        sums = self._sums.setdefault(step.customer, _Sums())
        sums.total += step.revenue
        for way in WAYS:
            sums.caught[way] += step.revenue if inside[way] else 0

    def result(self) -> Reranked:
        """Returns lower what was bought, customer by customer, but never below nothing."""
        total = sum(max(0, s.total) for s in self._sums.values()) or 1
        caught = {
            way: sum(min(max(0, s.caught[way]), max(0, s.total)) for s in self._sums.values()) / total for way in WAYS
        }
        new = sum(max(0, s.total) for customer, s in self._sums.items() if customer not in self._old)
        return Reranked(caught, new / total, self._most)


def _enter(snapshot: Snapshot) -> float:
    return snapshot.cut_offs[0].enter if snapshot.cut_offs else float("inf")
