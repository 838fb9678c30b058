"""Orders, returns and cancellations: sums that come out the same in whatever order they arrive.

Decayed counts (design section 8): on an event at t, `a = 2^-((t - updated)/h)`, `C = C*a + [new purchase day]`;
an event before `updated` is added with the weight that it has left by then.
"""

from dataclasses import replace

from engine.profile.state import DAYS_KEPT, HALF_LIVES, ORDERS_KEPT, VALUE_HALF_LIFE, Order, Purchases
from engine.times import DAY, SECOND, day_of


def add_order(have: Purchases, key: str, time: int, total: int, margin: int | None) -> Purchases:
    """An order was completed. A second event about the same order changes nothing."""
    time = time // SECOND * SECOND
    known = have.orders.get(key, Order())
    if known.time is not None:
        return have
    order = replace(known, time=time, total=total, margin=margin)
    if order.cancelled is not None:
        # The cancellation came first, and returns before it were booked: they are taken back with the order.
        return _without_returns(_remember(have, key, order), order)
    return _remember(_booked(have, order, 1), key, order)


def cancel_order(have: Purchases, key: str, time: int) -> Purchases:
    known = have.orders.get(key, Order())
    if known.cancelled is not None:
        return have
    order = replace(known, cancelled=time)
    if known.time is None:
        return _remember(have, key, order)
    return _remember(_without_returns(_booked(have, known, -1, without=key), known), key, order)


def take_back(have: Purchases, key: str, time: int, amount: int, margin: int) -> Purchases:
    """Goods came back: it lowers value at its own time and is no purchase."""
    known = have.orders.get(key, Order())
    have = replace(have, returns=have.returns + 1, returned=have.returned + amount)
    order = replace(known, returns=(*known.returns, (time, amount, margin)))
    have = _remember(have, key, order)
    if known.cancelled is not None and known.time is not None:
        return have  # the whole order was taken back already
    return _valued(have, time, -amount, -margin)


def _without_returns(have: Purchases, order: Order) -> Purchases:
    for time, amount, margin in order.returns:
        have = _valued(have, time, amount, margin)
    return have


def _booked(have: Purchases, order: Order, sign: int, without: str | None = None) -> Purchases:
    """Add an order that counts (sign 1) or take it out again (sign -1)."""
    time = order.time or 0
    have = replace(
        have,
        order_count=have.order_count + sign,
        margin_orders=have.margin_orders + (sign if order.margin is not None else 0),
    )
    have = _valued(have, time, sign * order.total, sign * (order.margin or 0))
    day = day_of(time)
    if sign > 0:
        have = have if day in have.days else _with_day(have, day, 1)
        first = time if have.first_time is None else min(have.first_time, time)
        return replace(have, first_time=first, last_time=max(have.last_time or time, time))
    left = [o.time for k, o in have.orders.items() if k != without and o.counts and o.time is not None]
    if day not in (day_of(t) for t in left):
        have = _with_day(have, day, -1)
    return _ends_from(have, left)


def _ends_from(have: Purchases, times: list[int]) -> Purchases:
    """First and last order after a cancellation, as far as the remembered orders and days tell."""
    if have.order_count <= 0:
        return replace(have, first_time=None, last_time=None, counts=(0.0,) * len(HALF_LIVES))
    last = max(times, default=have.days[-1] * DAY if have.days else have.last_time)
    first = min(times) if len(times) == have.order_count else have.first_time
    return replace(have, first_time=first, last_time=last)


def _with_day(have: Purchases, day: int, sign: int) -> Purchases:
    have = _advanced(have, day * DAY)
    age = (have.updated - day * DAY) / DAY
    counts = tuple(
        max(0.0, count + sign * 2.0 ** (-age / half_life))
        for count, half_life in zip(have.counts, HALF_LIVES, strict=True)
    )
    days = tuple(sorted({*have.days, day})) if sign > 0 else tuple(d for d in have.days if d != day)
    return replace(have, counts=counts, days=days[-DAYS_KEPT:], days_bought=have.days_bought + sign)


def _valued(have: Purchases, time: int, amount: int, margin: int) -> Purchases:
    have = _advanced(have, time)
    weight = 2.0 ** (-(have.updated - time) / DAY / VALUE_HALF_LIFE)
    return replace(
        have,
        spend=have.spend + amount,
        margin=have.margin + margin,
        spend_decayed=have.spend_decayed + amount * weight,
    )


def _advanced(have: Purchases, time: int) -> Purchases:
    """Let the decayed figures age until `time`, when that is later than what they stand for."""
    if time <= have.updated:
        return have
    days = (time - have.updated) / DAY if have.updated else 0.0
    counts = tuple(count * 2.0 ** (-days / half_life) for count, half_life in zip(have.counts, HALF_LIVES, strict=True))
    aged = have.spend_decayed * 2.0 ** (-days / VALUE_HALF_LIFE)
    return replace(have, updated=time, counts=counts, spend_decayed=aged)


def _remember(have: Purchases, key: str, order: Order) -> Purchases:
    orders = {**have.orders, key: order}
    if len(orders) > ORDERS_KEPT:
        oldest = min(orders, key=lambda k: (orders[k].newest, k))
        del orders[oldest]
    return replace(have, orders=orders)
