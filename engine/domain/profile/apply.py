"""`apply`: one event into one profile. Pure, O(1), one small handler per event type.

Events may arrive in any order and more than once. Independent of the order: sums and counts (money and integers
exactly; the decayed figures to within floating-point rounding), first and last times, orders with their versions,
returns and cancellations, and the latest-wins registers (traits, channel addresses, consents, complaints, ratings; of
two at the same millisecond the stricter or the greater wins).

Not commutative, because memory is bounded: an order that is not among the newest 1,032 can neither be cancelled nor
recognised if resent under another event id; an event id is recognised among the customer's newest 64 ids
(a decision's id for as long as its record is kept); beyond 64 purchase days, 24 categories, 24 products,
16 channels and 8 complaints the oldest are dropped. A tier at a moment depends on the events received by then, as
intended.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from engine.domain.calendar import Days
from engine.domain.events import Event
from engine.domain.ids import digest6
from engine.domain.profile import consents, effects, friends, purchases
from engine.domain.profile.counters import Plans, count
from engine.domain.profile.order import Line, Order, Return, line_key
from engine.domain.profile.registers import newest_kept, registered
from engine.domain.profile.seen import remembered, was_seen
from engine.domain.profile.state import CATEGORIES_KEPT, COMPLAINTS_KEPT, SKUS_KEPT, Profile
from engine.domain.times import SECOND

T = TypeVar("T")
Changes = dict[str, Any]
"""Profile field -> new value."""


class Applied(NamedTuple):
    """What an event changes; why it has no effect, or none yet; and whether counters count it.

    `unapplied`: a code of `engine.domain.profile.effects`. Counters do not count what was reported again.
    """

    changes: Changes
    unapplied: str | None = None
    counted: bool = True


Handler = Callable[[Profile, Event], Changes | Applied]
"""What an event of one type changes; plain changes are applied and counted."""
REPORTED_AGAIN: Final = frozenset(
    (
        effects.ORDER_KNOWN,
        effects.ORDER_TOO_OLD,
        effects.ORDER_CANCELLED,
        effects.RETURNED_ALREADY,
        effects.TOO_MANY_RETURNS,
    )
)


def apply(profile: Profile, event: Event, counters: Plans, days: Days) -> Profile:
    """The profile after this event. An event id seen before changes nothing.

    `counters` are the rulebook's, `days` those of the shop's zone.
    """
    return applied(profile, event, counters, days)[0]


def applied(profile: Profile, event: Event, counters: Plans, days: Days) -> tuple[Profile, str | None]:
    """The same, and why the event had no effect (`engine.domain.profile.effects`); None if it had one."""
    digest = digest6(event.id)
    if is_erased(profile, event) or was_seen(profile, digest):
        return profile, None
    changes, unapplied = _changes(profile, event, counters, days)
    if event.channel:
        changes["channels"] = _newest(profile.channels, event.channel, event.time)
        changes["source"] = earliest(profile.source, (event.time, event.channel))
    after = profile.but(
        **remembered(profile, digest, event.fingerprint),
        first_seen=event.time if profile.first_seen is None else min(profile.first_seen, event.time),
        last_seen=max(profile.last_seen or event.time, event.time),
        **changes,
    )
    return after, unapplied


def earliest(one: tuple[int, str], other: tuple[int, str]) -> tuple[int, str]:
    """The earlier of two (time, channel), ignoring unset ones; of two at the same moment the first by name."""
    return min(one, other) if one[0] and other[0] else max(one, other)


def is_erased(profile: Profile, event: Event) -> bool:
    """The customer was erased after the event: it must not be applied."""
    return profile.erased > 0 and event.time <= profile.erased


def _changes(profile: Profile, event: Event, counters: Plans, days: Days) -> tuple[Changes, str | None]:
    if event.type in ORDERS:
        result: Changes | Applied = ORDERS[event.type](profile, event, days)
    else:
        handler = HANDLERS.get(event.type)
        result = handler(profile, event) if handler else {}
    changes, unapplied, counted = result if isinstance(result, Applied) else Applied(result)
    if counted and event.type != "outcome":  # counted where outcomes are recorded, however they are reported
        changes["counters"] = count(profile.counters, event, counters, days)
    return changes, unapplied


def _is_placed(known: Order | None) -> bool:
    return known is not None and known.time is not None and known.placed


def _newest(have: Mapping[str, int], key: str, time: int) -> dict[str, int]:
    return newest_kept({**have, key: max(have.get(key, 0), time)}, lambda newest: newest)


def _key(order_id: str) -> str:
    return digest6(order_id).hex()


# ---- purchases ----


def _order_version(profile: Profile, event: Event, days: Days) -> Applied:
    """An order, or a correction of it. Its products count once, as in the first `order_completed` that arrives."""
    properties, key = event.properties, _key(event.properties["order_id"])
    known = profile.purchases.order(key)
    applied = _booked(profile, purchases.put_version(profile.purchases, key, _version(event), days))
    if event.type != "order_completed":
        return applied
    if _is_placed(known):
        return applied._replace(counted=False)
    if applied.unapplied is None:
        lines, day = properties.get("lines", ()), days.of(event.time)
        applied.changes["categories"] = _bought(profile.categories, lines, "category", day, CATEGORIES_KEPT)
        applied.changes["skus"] = _bought(profile.skus, lines, "sku", day, SKUS_KEPT)
    return applied


def _version(event: Event) -> Order:
    """An order as the event says it. A correction counts from its exact moment, so that it follows what it corrects."""
    properties, bought = event.properties, event.time // SECOND * SECOND
    lines, total = properties.get("lines", ()), properties["total"]
    costs = [line.get("cost") for line in lines]
    margin = total - sum(costs) if costs and None not in costs else None
    amounts = _amounts(lines)
    if len(amounts) == 1 and amounts[0][1] == total:
        amounts = ()  # bounded by the order itself
    placed = event.type == "order_completed"
    version = 0 if placed or event.time == bought else event.time
    return Order(bought, total, margin, (), None, version, amounts, properties.get("sent"), placed)


def _amounts(lines: Any) -> tuple[Line, ...]:
    """The amount of each line, by the digest of its id."""
    amounts: dict[int, int] = {}
    for line in lines:
        key = line_key(line["line_id"])
        amounts[key] = amounts.get(key, 0) + line["amount"]
    return tuple(amounts.items())


def _bought(
    have: Mapping[str, tuple[int, int]], lines: Any, name: str, day: int, kept: int
) -> Mapping[str, tuple[int, int]]:
    """Units and newest day per category or product; orders count even if cancelled later."""
    out = dict(have)
    for line in lines:
        key = line.get(name)
        if key is not None:
            units, newest = out.get(key, (0, 0))
            out[key] = (units + line.get("quantity", 1), max(newest, day))
    return last_bought(out, kept)


def last_bought(have: dict[str, tuple[int, int]], most: int) -> dict[str, tuple[int, int]]:
    """The `most` bought last; of two of the same day the last by name is dropped."""
    if len(have) <= most:
        return have
    return dict(sorted(have.items(), key=lambda item: (-item[1][1], item[0]))[:most])


def _order_returned(profile: Profile, event: Event, days: Days) -> Applied:
    properties, lines = event.properties, event.properties.get("lines", ())
    amount = properties["amount"] if properties.get("amount") is not None else sum(line["amount"] for line in lines)
    costs = [line.get("cost") for line in lines]
    margin = amount - sum(costs) if costs and None not in costs else 0
    back = Return(event.time, amount, margin, _amounts(lines), properties.get("sent"))
    return _booked(profile, purchases.take_back(profile.purchases, _key(properties["order_id"]), back, days))


def _order_cancelled(profile: Profile, event: Event, days: Days) -> Applied:
    key = _key(event.properties["order_id"])
    return _booked(profile, purchases.cancel_order(profile.purchases, key, event.time, days))


def _booked(profile: Profile, booked: purchases.Booked) -> Applied:
    changes: Changes = {} if booked.purchases is profile.purchases else {"purchases": booked.purchases}
    return Applied(changes, booked.unapplied, counted=booked.unapplied not in REPORTED_AGAIN)


def _delivery_completed(profile: Profile, event: Event) -> Changes:
    delivery = max(profile.delivery, (event.time, _key(event.properties["order_id"])))
    return {**_counted(profile, event), "delivery": delivery}


# ---- identity ----


def _identified(profile: Profile, event: Event) -> Changes | Applied:
    traits = dict(profile.traits)
    for name, value in event.properties.get("traits", {}).items():
        known = traits.get(name)
        if known is None or (event.time, str(value)) > (known[0], str(known[1])):
            traits[name] = (event.time, value)
    return {"traits": traits} if traits != profile.traits else Applied({}, effects.SUPERSEDED)


def _channel_address(added: bool) -> Handler:
    def handler(profile: Profile, event: Event) -> Changes | Applied:
        addresses = registered(profile.channel_addresses, event.properties["channel"], event.time, added)
        if event.properties.get(consents.IS_UNCLEAR):
            return {"channel_addresses": addresses, "consents": _with_unclear(profile.consents, event)}
        return _if_newer(profile, "channel_addresses", addresses)

    return handler


def _consent_changed(profile: Profile, event: Event) -> Changes | Applied:
    properties = event.properties
    after = consents.after(
        profile.consents, properties["channel"], properties["purposes"], event.time, properties["granted"]
    )
    return _if_newer(profile, "consents", _with_unclear(after, event))


def _with_unclear(have: consents.Consents, event: Event) -> consents.Consents:
    """A withdrawal in words that the rulebook does not know is remembered as that, too."""
    if not event.properties.get(consents.IS_UNCLEAR):
        return have
    return consents.after(have, consents.UNCLEAR, (consents.UNCLEAR,), event.time, granted=False)


def _if_newer(profile: Profile, field: str, value: Any) -> Changes | Applied:
    return {field: value} if value is not getattr(profile, field) else Applied({}, effects.SUPERSEDED)


# ---- service and word of mouth ----


def _complaint(side: int) -> Handler:
    """Opened is side 0, closed is side 1: the latest opening and the latest closing count."""

    def handler(profile: Profile, event: Event) -> Changes | Applied:
        key = _key(event.properties["complaint_id"])[:8]
        known = list(profile.complaints.get(key, (0, 0)))
        if event.time <= known[side]:
            return Applied({}, effects.SUPERSEDED)
        known[side] = event.time
        complaints = {**profile.complaints, key: (known[0], known[1])}
        return {"complaints": newest_kept(complaints, max, COMPLAINTS_KEPT)}

    return handler


def _rated(profile: Profile, event: Event) -> Changes:
    """The latest rating; of two at the same moment the worse."""
    rating = max(profile.rating, (event.time, event.properties["score"]), key=lambda r: (r[0], -r[1]))
    return {**_counted(profile, event), "rating": rating}


def _counted(profile: Profile, event: Event) -> Changes:
    return {"event_counts": {**profile.event_counts, event.type: profile.event_counts.get(event.type, 0) + 1}}


def _contributed(profile: Profile, event: Event) -> Changes:
    """Counted, and counted by its kind."""
    kind = f"{event.type}/{event.properties['kind']}"
    event_counts = {
        event.type: profile.event_counts.get(event.type, 0) + 1,
        kind: profile.event_counts.get(kind, 0) + 1,
    }
    return {"event_counts": {**profile.event_counts, **event_counts}}


def _of_a_friend(profile: Profile, event: Event) -> Changes:
    known, event_counts = friends.after(profile, event)
    return {"friends": known, "event_counts": event_counts}


def _counted_with_time(name: str) -> Handler:
    """Counted, and its newest time kept under `name`."""

    def handler(profile: Profile, event: Event) -> Changes:
        return {**_counted(profile, event), "newest": _newest(profile.newest, name, event.time)}

    return handler


ORDERS: Mapping[str, Callable[[Profile, Event, Days], Applied]] = {
    "order_completed": _order_version,
    "order_updated": _order_version,
    "order_returned": _order_returned,
    "order_cancelled": _order_cancelled,
}
"""What changes with orders, by the day of the purchase."""

HANDLERS: Mapping[str, Handler] = {
    "delivery_completed": _delivery_completed,
    "delivery_failed": _counted_with_time("delivery_failed"),
    "identified": _identified,
    "channel_address_added": _channel_address(True),
    "channel_address_removed": _channel_address(False),
    "consent_changed": _consent_changed,
    "complaint_opened": _complaint(0),
    "complaint_closed": _complaint(1),
    "rated": _rated,
    "wish_expressed": _counted_with_time("wish"),
    "feedback_given": _counted_with_time("feedback"),
    "community_joined": _counted_with_time("community"),
    "community_contributed": _contributed,
    "referral_made": _of_a_friend,
    "referral_converted": _of_a_friend,
    "referral_reversed": _of_a_friend,
}
"""Other types only update their counters, the channel and the time."""
