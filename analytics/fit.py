"""Fit the interpurchase-time model to a shop's own log: MBG/NBD over purchase days (docs/value.md).

A purchase is a day of the shop's zone on which a known customer bought and did not cancel. Kept while the log is read:
16 bytes per order and one entry per customer, so the lines may come in any order.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.models.buying import Buying, History, fit_mbg_nbd
from analytics.unsupported import Unsupported
from engine.domain.calendar import Days
from engine.domain.events import Event, customer_key, is_anonymous
from engine.domain.ids import digest6
from engine.value.purchase_timing import WEEK_DAYS

MIN_REPEATERS: Final = 100
"""Customers with a second purchase day. With fewer, r is not known to a quarter of itself."""
MIN_SPAN_DAYS: Final = 56
MAX_R: Final = 1_000.0
MAX_ALPHA_WEEKS: Final = 500.0
"""The maximum in churn.yaml. Beyond it customers do not differ: r and alpha grow together without end."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The result. Days are numbers; `first` and `last` are the log's, `model` is MBG/NBD in weeks."""

    model: Buying
    first: int
    last: int
    customers: int
    repeaters: int
    log_likelihood: float


class PurchaseDays:
    """Orders as columns, gathered from events in any order."""

    def __init__(self, days: Days) -> None:
        self._calendar = days
        self._numbers: dict[str, int] = {}
        self._owners: dict[str, str] = {}
        self._customers, self._days, self._orders = array("i"), array("i"), array("q")
        self._cancelled = array("q")
        self._first: int | None = None
        self._last = 0

    def take(self, event: Event) -> None:
        day = self._calendar.of(event.time)
        self._first = day if self._first is None else min(self._first, day)
        self._last = max(self._last, day)
        if event.type == "order_completed":
            self._customers.append(self._numbers.setdefault(event.customer, len(self._numbers)))
            self._days.append(day)
            self._orders.append(_order(event))
        elif event.type == "order_cancelled":
            self._cancelled.append(_order(event))
        elif event.type == "aliased":
            self._owners[customer_key(anonymous_id=event.properties["anonymous_id"])] = event.customer

    @property
    def first(self) -> int:
        """The first day of the log, whatever its events. Unsupported when there is none."""
        if self._first is None:
            raise Unsupported("the log has no events")
        return self._first

    @property
    def last(self) -> int:
        return self._last

    def rows(self) -> Ints:
        """(customer, day) of each purchase day, sorted, in two columns. Excludes unnamed visitors."""
        kept = ~np.isin(np.asarray(self._orders), np.asarray(self._cancelled))
        owner = self._owned()[np.asarray(self._customers, dtype=np.int64)]
        days = np.asarray(self._days, dtype=np.int64)
        kept &= owner >= 0
        return np.unique(np.stack([owner[kept], days[kept]], axis=1), axis=0)

    def _owned(self) -> Ints:
        """Number of a customer -> the number that owns their purchases; -1 for visitors never named."""
        numbers = self._numbers
        owners = {key: self._owners.get(key, key) for key in numbers}
        return np.array(
            [-1 if is_anonymous(owner) else numbers.get(owner, numbers[key]) for key, owner in owners.items()],
            dtype=np.int64,
        )


def _order(event: Event) -> int:
    """A number for an order, unique with its customer's key; short enough for eight bytes."""
    return int.from_bytes(digest6(f"{event.customer}\0{event.properties['order_id']}"))


def read(events: Iterable[Event], days: Days) -> PurchaseDays:
    """`days`: those of the shop's zone."""
    bought = PurchaseDays(days)
    for event in events:
        bought.take(event)
    return bought


def histories(rows: Ints, last: int) -> History:
    """One row per customer of sorted (customer, day): repeat purchases, the latest of them, and the observation
    until the day `last`, in weeks."""
    begins = np.flatnonzero(np.diff(rows[:, 0], prepend=-1))
    ends = np.append(begins[1:], len(rows)) - 1
    first, newest = rows[begins, 1], rows[ends, 1]
    return History.of((ends - begins).astype(np.float64), (newest - first) / WEEK_DAYS, (last - first) / WEEK_DAYS)


def fit(days: PurchaseDays) -> Fitted:
    """MBG/NBD of highest likelihood. Unsupported with the reason when the log does not suffice."""
    first, last = days.first, days.last
    rows = days.rows()
    if not len(rows):
        raise Unsupported("the log has no purchases of known customers")
    of = histories(rows, last)
    repeaters = int((of.x > 0).sum())
    _check(rows, last - first, repeaters)
    model, summit = fit_mbg_nbd(of)
    if model.r > MAX_R or model.alpha > MAX_ALPHA_WEEKS:
        raise Unsupported(f"all customers buy at about the same rate: no rhythm of one's own to tell ({_shown(model)})")
    if summit.at_bounds:
        raise Unsupported(f"no best parameters: the search ran to the bounds of what it may try ({_shown(model)})")
    if not summit.converged:
        raise Unsupported(f"no best parameters: the search did not end ({_shown(model)})")
    return Fitted(model, first, last, len(of.x), repeaters, summit.log_likelihood)


def _check(rows: Ints, span: int, repeaters: int) -> None:
    if rows[:, 1].min() == rows[:, 1].max():
        raise Unsupported("all purchases are on one day: there is no silence between purchases to learn from")
    if repeaters < MIN_REPEATERS:
        raise Unsupported(
            f"customers who bought on more than one day: {repeaters}; at least {MIN_REPEATERS} are needed"
        )
    if span < MIN_SPAN_DAYS:
        raise Unsupported(f"the log spans {span} days; at least {MIN_SPAN_DAYS} are needed")


def _shown(model: Buying) -> str:
    return f"r {model.r:.4g}, alpha {model.alpha:.4g} weeks, a {model.a:.4g}, b {model.b:.4g}"
