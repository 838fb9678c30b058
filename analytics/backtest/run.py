"""One pass over the log: data known at the split, and what happened after it, without look-ahead.

Events count in log order. Known at the split are those before the first event of the split's
day or later; an older event after that one is late: it changes profiles, but is no future revenue.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.backtest.alarms import Alarms, Pauses, compare
from analytics.backtest.concentration import Ranked, differences
from analytics.backtest.customers import Customers, Step
from analytics.backtest.known import Known, known_at
from analytics.backtest.ranking import Ranking, Reranked
from analytics.backtest.risk import Risk, judge
from analytics.backtest.rivals import SHIPPED, Forecast, forecast, rival_scores
from analytics.models.buying import Buying
from analytics.models.likelihood import Floats
from analytics.unsupported import Unsupported
from engine.compiled.rulebook import Compiled
from engine.domain.events import Event
from engine.value.tiers import make_snapshot

MIN_CUSTOMERS: Final = 50


@dataclass(frozen=True, slots=True)
class Concentration:
    """The share of future revenue in the top 20 % by one score, and the 95 % interval of shipped less this one."""

    share: float
    behind: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """Days are UTC day numbers; the split is the first day of the future. `refused`: part -> why it is missing.

    `model`: the BG/NBD of the comparison; `settled`: it was found, not cut off at a bound of the search.
    """

    first: int
    split: int
    last: int
    customers: int
    future_revenue: int
    late: int
    concentration: dict[str, Concentration]
    reranked: Reranked
    model: Buying | None
    settled: bool
    risk: Risk | None
    alarms: Alarms | None
    refused: dict[str, str]


class _Pass:
    """State while reading the log."""

    def __init__(self, compiled: Compiled, split: int) -> None:
        self.split = split
        self.first: int | None = None
        self.last = 0
        self.late = 0
        self.customers = Customers(compiled)
        self.days = compiled.rulebook.shop.days
        self.pauses = Pauses(self.days)
        self.known: Known | None = None
        self.future: dict[str, int] = {}
        self.bought: set[str] = set()
        self.ranking: Ranking | None = None
        self._compiled = compiled
        self._first_values: dict[str, tuple[int, int]] = {}

    def take(self, event: Event) -> None:
        day = self.days.of(event.time)
        self.first = day if self.first is None else min(self.first, day)
        self.last = max(self.last, day)
        if self.known is None and day >= self.split:
            self._split()
        self.customers.open_day(event.time)
        if self.ranking is not None:
            self.ranking.open_day()
        step = self.customers.take(event)
        self.pauses.take(step)
        if self.ranking is None:
            self._note_first(step, day)
        elif day < self.split:
            self.late += 1
        else:
            self._note_future(step)
            self.ranking.take(step)

    def _split(self) -> None:
        time = self.days.start(self.split)
        snapshot = make_snapshot(self.customers.histogram, self.customers.tiers, time)
        first_values = {customer: value for customer, (_, value) in self._first_values.items()}
        shop = (self.customers.tiers, snapshot)
        self.known = known_at(time, self.customers.known(), first_values, self._compiled, shop)
        self.ranking = Ranking(self.customers, snapshot)
        self._first_values.clear()

    def _note_first(self, step: Step, day: int) -> None:
        """The first day's orders, for the value of repeat purchases."""
        if step.is_purchase:
            first, value = self._first_values.get(step.customer, (day, 0))
            if day < first:
                first, value = day, 0
            self._first_values[step.customer] = (first, value + (step.revenue if day == first else 0))

    def _note_future(self, step: Step) -> None:
        if step.event.type != "aliased":
            self.future[step.customer] = self.future.get(step.customer, 0) + step.revenue
        if step.is_purchase:
            self.bought.add(step.customer)


def backtest(events: Iterable[Event], compiled: Compiled, split: int, end: int | None, seed: int) -> Backtest:
    """`split`: the first day of the future; `end`: the last day that counts, None: the log's. Days are day numbers.

    Unsupported with the reason when the log does not suffice at this split.
    """
    log = _Pass(compiled, split)
    for event in events:
        if end is None or log.days.of(event.time) <= end:
            log.take(event)
    known, ranking = _checked(log)
    future, bought = _future(log, known)
    if future.sum() <= 0:
        raise Unsupported("no customer known at the split brought revenue after it: there is no share to take")
    ahead = forecast(known, split, log.last - split + 1)
    concentration = _concentration(known, ahead, future, seed)
    refused: dict[str, str] = {}
    risk = judge(known, bought, ahead, split, seed)
    if risk is None:
        refused["risk"] = "of the known customers all bought after the split, or none did: nothing to tell apart"
    if ahead is None:
        refused["BG/NBD"] = "no customer had bought twice before the split"
    alarms = None
    try:
        alarms = compare(log.pauses.close(log.customers), log.last, compiled.rulebook.churn, seed)
    except Unsupported as reason:
        refused["alarms"] = str(reason)
    return Backtest(
        log.first or 0,
        split,
        log.last,
        len(known),
        int(future.sum()),
        log.late,
        concentration,
        ranking.result(),
        ahead.model if ahead else None,
        ahead is not None and ahead.settled,
        risk,
        alarms,
        refused,
    )


def _checked(log: _Pass) -> tuple[Known, Ranking]:
    if log.first is None:
        raise Unsupported("the log has no events")
    if log.split <= log.first:
        raise Unsupported("the split is not after the first day of the log: nothing would be known")
    if log.known is None or log.ranking is None:
        raise Unsupported("the split is after the last day of the log: nothing would be left to compare with")
    if len(log.known) < MIN_CUSTOMERS:
        found = f"{len(log.known)} customer{'s' if len(log.known) != 1 else ''}"
        raise Unsupported(f"{found} had bought before the split; at least {MIN_CUSTOMERS} are needed")
    return log.known, log.ranking


def _future(log: _Pass, known: Known) -> tuple[Floats, NDArray[np.bool_]]:
    """Per known customer: revenue after the split, less returns, at least 0; and whether there was a purchase."""
    revenue = np.zeros(len(known))
    bought = np.zeros(len(known), dtype=np.bool_)
    for customer, row in known.number.items():
        revenue[row] = max(0, log.future.get(customer, 0))
        bought[row] = customer in log.bought
    return revenue, bought


def _concentration(known: Known, ahead: Forecast | None, future: Floats, seed: int) -> dict[str, Concentration]:
    ranked = {name: Ranked(score, future) for name, score in rival_scores(known, ahead, future).items()}
    behind = differences(ranked, SHIPPED, len(known), seed)
    everybody = np.ones(len(known))
    return {name: Concentration(one.share(everybody), behind.get(name)) for name, one in ranked.items()}
