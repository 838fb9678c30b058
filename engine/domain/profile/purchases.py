"""Orders, returns and cancellations: sums that do not depend on the order of arrival.

Decayed counts (docs/value.md): on an event at t, `a = 2^-((t - updated)/h)`, `C = C*a + [new purchase day]`;
an event before `updated` is added with its remaining weight by then.
The public functions copy `Purchases` once; private ones change that copy in place.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from engine.domain.calendar import Days
from engine.domain.profile import effects, order
from engine.domain.profile.order import Order, Return, with_version
from engine.domain.profile.orders import OlderOrdersNeeded, stored, with_order
from engine.domain.profile.state import (
    DAYS_KEPT,
    HALF_LIVES,
    OLDER_KEPT,
    ORDERS_KEPT,
    RETURNS_KEPT,
    VALUE_HALF_LIFE,
    Purchases,
)
from engine.domain.times import DAY

_UNHEARD_OF = Order()
NO_COUNTS = (0.0,) * len(HALF_LIVES)


class Booked(NamedTuple):
    """The purchases after an event, and why it had no effect (`engine.domain.profile.effects`); None if it had one."""

    purchases: Purchases
    unapplied: str | None = None


def put_version(have: Purchases, key: str, version: Order, days: Days) -> Booked:
    """A version of an order, known or new."""
    known = _known(have, key)
    if known is _UNHEARD_OF:
        return _put_new(have, key, version, days)
    new = with_version(known, version)
    if known.time is None:
        return _put(have, key, known, new, days)
    booked = Booked(have) if new == known else _put(have, key, known, new, days)
    if known.cancelled is not None:
        return Booked(booked.purchases, effects.ORDER_CANCELLED)
    if (new.time, new.content, new.placed) == (known.time, known.content, known.placed):
        same = version.content == known.content
        return Booked(booked.purchases, effects.ORDER_KNOWN if same else effects.SUPERSEDED)
    return booked


def _put_new(have: Purchases, key: str, order: Order, days: Days) -> Booked:
    """Books an order that nothing is known of: what `_put` does, in fewer steps, because most events are these."""
    time = order.time or 0
    new = _copy(have)
    new.order_count += 1
    new.margin_orders += order.margin is not None
    _add_value(new, time, order.total, order.margin or 0)
    day = days.of(time)
    if not _is_purchase_day(have, key, day, days):
        _count_day(new, day, 1, days)
    _remember(new, key, order)
    _reach(new, time)
    return _unless_dropped(have, key, new)


def _unless_dropped(have: Purchases, key: str, after: Purchases) -> Booked:
    """Nothing changes where the order is older than all that can be kept."""
    if after.older >= OLDER_KEPT and after.order(key) is None:
        return Booked(have, effects.ORDER_TOO_OLD)
    return Booked(after)


def cancel_order(have: Purchases, key: str, time: int, days: Days) -> Booked:
    """Cancels an order; of several cancellations the earliest is kept."""
    if not have.is_complete:
        raise OlderOrdersNeeded
    known = _known(have, key)
    if known.cancelled is not None and known.cancelled <= time:
        return Booked(have, effects.ORDER_CANCELLED)
    booked = _put(have, key, known, replace(known, cancelled=time), days)
    return booked if known.counts or booked.unapplied else Booked(booked.purchases, _why_not(known))


def take_back(have: Purchases, key: str, back: Return, days: Days) -> Booked:
    """A return: it lowers the value at its own time, by no more than was paid, and is no purchase."""
    known = _known(have, key)
    if back.amount <= 0:
        return Booked(have, effects.NOTHING_RETURNED)
    if len(known.returns) >= RETURNS_KEPT:
        return Booked(have, effects.TOO_MANY_RETURNS)
    new = replace(known, returns=(*known.returns, back))
    booked = _put(have, key, known, new, days)
    if known.counts and new.returned == known.returned:  # kept all the same: its time may come before that of others
        return Booked(booked.purchases, effects.RETURNED_ALREADY)
    return booked if known.counts or booked.unapplied else Booked(booked.purchases, _why_not(known))


def _known(have: Purchases, key: str) -> Order:
    """The order as known so far."""
    if not have.is_complete and key not in have.orders:
        raise OlderOrdersNeeded
    return have.order(key) or _UNHEARD_OF


def _why_not(known: Order) -> str:
    """Why a return or cancellation of an order that does not count has no effect yet."""
    return effects.ORDER_UNKNOWN if known.time is None else effects.ORDER_CANCELLED


def merge(known: Purchases, other: Purchases, days: Days) -> Purchases:
    """The purchases of two profiles of one customer, both with all of their orders: sums add.

    A purchase day of both is one purchase, and an order known to both counts once.
    """
    if not (known.is_complete and other.is_complete):
        raise OlderOrdersNeeded
    if _is_empty(other):
        return known
    if _is_empty(known):
        return other
    for key, theirs in other.all_orders.items():
        mine = known.order(key)
        if mine is not None:
            other = _without(other, key, days)
            known = _replaced(known, key, mine, order.merged(mine, theirs), days)
    return _added(known, other, days)


def with_older(have: Purchases, older: Mapping[str, Order]) -> Purchases:
    """With the older orders, read from the store."""
    new = _copy(have)
    new.beyond, new.older = dict(older), len(older)
    return new


def _is_empty(have: Purchases) -> bool:
    return not have.updated and not have.orders


def _without(have: Purchases, key: str, days: Days) -> Purchases:
    """Without any trace of this order."""
    new = _replaced(have, key, _known(have, key), _UNHEARD_OF, days)
    _keep(new, {k: o for k, o in new.all_orders.items() if k != key})
    return new


def _put(have: Purchases, key: str, known: Order, new: Order, days: Days) -> Booked:
    """Books what changed about an order."""
    return _unless_dropped(have, key, _replaced(have, key, known, new, days))


def _replaced(have: Purchases, key: str, known: Order, now: Order, days: Days) -> Purchases:
    """Takes out what an order added, and adds what it adds now."""
    if not have.is_complete and known.counts and known.time != now.time:
        raise OlderOrdersNeeded  # days, first and last order follow from all orders
    new = _copy(have)
    _book(new, known, now)
    was, is_ = _day(known, days), _day(now, days)
    if is_ is not None and is_ != was and not _is_purchase_day(have, key, is_, days):
        _count_day(new, is_, 1, days)
    if was is not None and was != is_ and was not in _other_days(have, key, days):
        _count_day(new, was, -1, days)
    _remember(new, key, now)
    if now.time is not None and now.counts:
        _reach(new, now.time)
    if known.counts and known.time != (now.time if now.counts else None):
        others = [o.time for o in new.all_orders.values() if o.counts and o.time is not None]
        _find_ends(new, others, days)
    return new


def _remember(new: Purchases, key: str, now: Order) -> None:
    """Keeps an order; where that is one too many for a profile, the oldest becomes an older order."""
    if new.beyond is not None and key in new.beyond:
        new.beyond = {**new.beyond, key: now}
        return
    new.orders = with_order(new.orders, key, now)
    if len(new.orders) > ORDERS_KEPT:
        oldest = _oldest(new.orders)
        new.beyond = {**(new.beyond or {}), oldest: new.orders[oldest]}
        new.orders = stored({key: order for key, order in new.orders.items() if key != oldest})
        if len(new.beyond) > OLDER_KEPT:
            del new.beyond[_oldest(new.beyond)]
        new.older = len(new.beyond)


def _oldest(orders: Mapping[str, Order]) -> str:
    return min(orders, key=lambda key: (orders[key].newest, key))


def _keep(new: Purchases, orders: Mapping[str, Order]) -> None:
    """Keeps these orders: the newest in the profile, and of more than can be kept beside it not the oldest."""
    by_time = sorted(orders, key=lambda key: (orders[key].newest, key))
    older, newest = by_time[-ORDERS_KEPT - OLDER_KEPT : -ORDERS_KEPT], by_time[-ORDERS_KEPT:]
    new.orders = stored({key: orders[key] for key in newest})
    new.beyond = {key: orders[key] for key in older} if older or new.older else None
    new.older = len(older)


def _day(order: Order, days: Days) -> int | None:
    """The day of its purchase; None if it does not count."""
    return days.of(order.time) if order.counts and order.time is not None else None


def _is_purchase_day(have: Purchases, key: str, day: int, days: Days) -> bool:
    """Whether another order was bought on this day. Where not all days are kept, the orders tell."""
    if day in have.days:
        return True
    if have.days_bought <= len(have.days) or (have.days and day > have.days[-1]):
        return False
    return day in _other_days(have, key, days)


def _other_days(have: Purchases, key: str, days: Days) -> set[int]:
    others = {_day(order, days) for known, order in have.all_orders.items() if known != key}
    return {day for day in others if day is not None}


def _added(known: Purchases, other: Purchases, days: Days) -> Purchases:
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
        _weigh_day(new, day, -1, days)
    new.first_time = min((at for at in (new.first_time, more.first_time) if at is not None), default=None)
    new.last_time = max((at for at in (new.last_time, more.last_time) if at is not None), default=None)
    _keep(new, {**new.all_orders, **more.all_orders})
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
        have.older,
        have.beyond,
    )


def _book(new: Purchases, known: Order, now: Order) -> None:
    """The sums, and the value of what differs: equal amounts at equal times stay as they are."""
    new.order_count += now.counts - known.counts
    new.margin_orders += _has_margin(now) - _has_margin(known)
    gone, come = known.entries(), now.entries()
    for one in [*gone]:
        if one in come:
            gone.remove(one)
            come.remove(one)
    for time, amount, margin in gone:
        _add_value(new, time, -amount, -margin)
    for time, amount, margin in come:
        _add_value(new, time, amount, margin)
    if known.returns or now.returns:
        before, after = _paid_back(known), _paid_back(now)
        new.returned += after - before
        new.returns += (after > 0) - (before > 0)


def _has_margin(order: Order) -> bool:
    return order.counts and order.margin is not None


def _paid_back(order: Order) -> int:
    """What was paid back of an order that counts: a cancelled one is no return."""
    return order.returned if order.counts else 0


def _add_value(new: Purchases, time: int, amount: int, margin: int) -> None:
    _age(new, time)
    new.spend += amount
    new.margin += margin
    new.spend_decayed += amount * 2.0 ** (-(new.updated - time) / DAY / VALUE_HALF_LIFE)


def _count_day(new: Purchases, day: int, sign: int, days: Days) -> None:
    _weigh_day(new, day, sign, days)
    if sign > 0 and (not new.days or day > new.days[-1]):
        new.days = (*new.days, day)[-DAYS_KEPT:]
        return
    numbers = {*new.days, day} if sign > 0 else set(new.days) - {day}
    new.days = tuple(sorted(numbers))[-DAYS_KEPT:]


def _weigh_day(new: Purchases, day: int, sign: int, days: Days) -> None:
    """Adds or removes a purchase day in the counts."""
    begin = days.start(day)
    _age(new, begin)
    age = (new.updated - begin) / DAY
    new.counts = tuple(
        [
            max(0.0, count + sign * 2.0 ** (-age / half_life))
            for count, half_life in zip(new.counts, HALF_LIVES, strict=True)
        ]
    )
    new.days_bought += sign


def _reach(new: Purchases, time: int) -> None:
    """First and last order after one more at this time."""
    new.first_time = time if new.first_time is None else min(new.first_time, time)
    new.last_time = time if new.last_time is None else max(new.last_time, time)


def _find_ends(new: Purchases, times: list[int], days: Days) -> None:
    """First and last order after a cancellation, from the remembered orders and days."""
    if new.order_count <= 0:
        new.first_time, new.last_time, new.counts = None, None, NO_COUNTS
        return
    new.last_time = max(times, default=days.start(new.days[-1]) if new.days else new.last_time)
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
