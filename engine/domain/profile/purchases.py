"""Orders, returns and cancellations: sums that do not depend on the order of arrival.

Decayed counts (docs/value.md): on an event at t, `a = 2^-((t - updated)/h)`, `C = C*a + [new purchase day]`;
an event before `updated` is added with its remaining weight by then.
The public functions copy `Purchases` once; private ones change that copy in place.
"""

from dataclasses import replace

from engine.domain.profile.orders import remember
from engine.domain.profile.state import DAYS_KEPT, HALF_LIVES, ORDERS_KEPT, VALUE_HALF_LIFE, Order, Purchases
from engine.domain.times import DAY, SECOND, day_of

_UNHEARD_OF = Order()
NO_COUNTS = (0.0,) * len(HALF_LIVES)


def add_order(have: Purchases, key: str, time: int, total: int, margin: int | None) -> Purchases:
    """Adds a completed order. A second event about the same order changes nothing."""
    time = time // SECOND * SECOND
    known = have.orders.get(key, _UNHEARD_OF)
    if known.time is not None:
        return have
    order = Order(time, total, margin, known.returns, known.cancelled)
    new = _copy(have)
    if order.cancelled is None:
        _book(new, order, 1)
        day = day_of(time)
        if day not in new.days:
            _count_day(new, day, 1)
        new.first_time = time if new.first_time is None else min(new.first_time, time)
        new.last_time = time if new.last_time is None else max(new.last_time, time)
    else:
        # The cancellation came first, and returns before it were booked: they are reversed with the order.
        _undo_returns(new, order)
    new.orders = remember(new.orders, key, order)
    return new


def cancel_order(have: Purchases, key: str, time: int) -> Purchases:
    """Cancels an order; of several cancellations the earliest is kept."""
    known = have.orders.get(key, _UNHEARD_OF)
    if known.cancelled is not None and known.cancelled <= time:
        return have
    new = _copy(have)
    if known.time is not None and known.cancelled is None:
        _book(new, known, -1)
        _undo_returns(new, known)
        others = [o.time for k, o in new.orders.items() if k != key and o.counts and o.time is not None]
        if day_of(known.time) not in map(day_of, others):
            _count_day(new, day_of(known.time), -1)
        _find_ends(new, others)
    new.orders = remember(new.orders, key, replace(known, cancelled=time))
    return new


def take_back(have: Purchases, key: str, time: int, amount: int, margin: int) -> Purchases:
    """A return: it lowers the value at its own time and is no purchase."""
    known = have.orders.get(key, _UNHEARD_OF)
    new = _copy(have)
    new.returns += 1
    new.returned += amount
    if known.cancelled is None or known.time is None:  # else the whole order was reversed already
        _add_value(new, time, -amount, -margin)
    new.orders = remember(new.orders, key, replace(known, returns=(*known.returns, (time, amount, margin))))
    return new


def merge(known: Purchases, other: Purchases) -> Purchases:
    """The purchases of two profiles of one customer: sums add.

    A purchase day of both is one purchase, and an order known to both counts once, within the newest 64 days
    and 32 orders of each.
    """
    if _is_empty(other):
        return known
    if _is_empty(known):
        return other
    for key, order in other.orders.items():
        if key in known.orders:
            other = _without(other, key)
            known = _told_of(known, key, order)
    return _added(known, other)


def _is_empty(have: Purchases) -> bool:
    return not have.updated and not have.orders


def _without(have: Purchases, key: str) -> Purchases:
    """Without any trace of this order."""
    order = have.orders[key]
    new = _copy(cancel_order(have, key, order.newest) if order.counts else have)
    if order.time is None:
        _undo_returns(new, order)
    new.returns -= len(order.returns)
    new.returned -= sum(amount for _, amount, _ in order.returns)
    new.orders = {k: o for k, o in new.orders.items() if k != key}
    return new


def _told_of(have: Purchases, key: str, order: Order) -> Purchases:
    """Merges another profile's data about a known order; the same return counts once."""
    returned = have.orders[key].returns
    if order.time is not None:
        have = add_order(have, key, order.time, order.total, order.margin)
    for time, amount, margin in order.returns:
        if (time, amount, margin) not in returned:
            have = take_back(have, key, time, amount, margin)
    return have if order.cancelled is None else cancel_order(have, key, order.cancelled)


def _added(known: Purchases, other: Purchases) -> Purchases:
    """The sum of two without a common order; decayed figures are aged to the later moment."""
    new, more = _copy(known), _copy(other)
    _age(new, more.updated)
    _age(more, new.updated)
    for name in ("order_count", "days_bought", "spend", "margin", "margin_orders", "returns", "returned"):
        setattr(new, name, getattr(new, name) + getattr(more, name))
    new.counts = tuple(map(sum, zip(new.counts, more.counts, strict=True)))
    new.spend_decayed += more.spend_decayed
    twice = set(new.days) & set(more.days)
    new.days = tuple(sorted({*new.days, *more.days}))[-DAYS_KEPT:]
    for day in twice:
        _weigh_day(new, day, -1)
    new.first_time = min((at for at in (new.first_time, more.first_time) if at is not None), default=None)
    new.last_time = max((at for at in (new.last_time, more.last_time) if at is not None), default=None)
    orders = {**new.orders, **more.orders}
    new.orders = dict(sorted(orders.items(), key=lambda item: (item[1].newest, item[0]))[-ORDERS_KEPT:])
    return new


def _copy(have: Purchases) -> Purchases:
    return Purchases(
        have.orders,
        have.days,
        have.order_count,
        have.days_bought,
        have.spend,
        have.margin,
        have.margin_orders,
        have.returns,
        have.returned,
        have.first_time,
        have.last_time,
        have.counts,
        have.spend_decayed,
        have.updated,
    )


def _book(new: Purchases, order: Order, sign: int) -> None:
    """Adds the order's sums (sign 1) or removes them (sign -1)."""
    new.order_count += sign
    new.margin_orders += sign if order.margin is not None else 0
    _add_value(new, order.time or 0, sign * order.total, sign * (order.margin or 0))


def _undo_returns(new: Purchases, order: Order) -> None:
    for time, amount, margin in order.returns:
        _add_value(new, time, amount, margin)


def _add_value(new: Purchases, time: int, amount: int, margin: int) -> None:
    _age(new, time)
    new.spend += amount
    new.margin += margin
    new.spend_decayed += amount * 2.0 ** (-(new.updated - time) / DAY / VALUE_HALF_LIFE)


def _count_day(new: Purchases, day: int, sign: int) -> None:
    _weigh_day(new, day, sign)
    if sign > 0 and (not new.days or day > new.days[-1]):
        new.days = (*new.days, day)[-DAYS_KEPT:]
        return
    days = {*new.days, day} if sign > 0 else set(new.days) - {day}
    new.days = tuple(sorted(days))[-DAYS_KEPT:]


def _weigh_day(new: Purchases, day: int, sign: int) -> None:
    """Adds or removes a purchase day in the counts."""
    _age(new, day * DAY)
    age = (new.updated - day * DAY) / DAY
    new.counts = tuple(
        [
            max(0.0, count + sign * 2.0 ** (-age / half_life))
            for count, half_life in zip(new.counts, HALF_LIVES, strict=True)
        ]
    )
    new.days_bought += sign


def _find_ends(new: Purchases, times: list[int]) -> None:
    """First and last order after a cancellation, from the remembered orders and days."""
    if new.order_count <= 0:
        new.first_time, new.last_time, new.counts = None, None, NO_COUNTS
        return
    new.last_time = max(times, default=new.days[-1] * DAY if new.days else new.last_time)
    if len(times) == new.order_count:
        new.first_time = min(times)


def _age(new: Purchases, time: int) -> None:
    """Ages the decayed figures to `time`, if that is later than `updated`."""
    if time <= new.updated:
        return
    if new.updated:
        days = (time - new.updated) / DAY
        new.counts = tuple([count * 2.0 ** (-days / half) for count, half in zip(new.counts, HALF_LIVES, strict=True)])
        new.spend_decayed *= 2.0 ** (-days / VALUE_HALF_LIFE)
    new.updated = time
