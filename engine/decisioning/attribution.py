"""Attribution: the recommendation that an order converts, and its credit.

An order may name recommendations; the first one in the profile is credited. Otherwise it is the last one that was
accepted, clicked or seen, within `measurement.attribution` before the order, and not rejected or undone. An order is
credited once, to one recommendation. Returns are subtracted; an order that is cancelled or paid back in full is no
conversion.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from engine.decisioning import contacts
from engine.decisioning.contacts import Recommended, Transition
from engine.domain.events import PLACES_ORDERS, Event
from engine.domain.ids import digest6
from engine.domain.profile.order import Order
from engine.domain.profile.state import CREDITS_KEPT, Credit, Pending, Profile, Shown
from engine.rulebook.model import Rulebook
from engine.value import counters
from engine.value.counters import Change

ENGAGED: Final = frozenset(("accept", "click"))
"""Outcomes that date the customer's engagement with a recommendation; an ignore does not."""


def credit(before: Profile, after: Profile, event: Event, book: Rulebook) -> Transition:
    """After `apply`: `before` and `after` are the profile around it. Events without an order change nothing."""
    if after.purchases is before.purchases:
        return Transition(after)
    key = order_key(event)
    known = after.credits.get(key)
    if known is None and not (after.pending or after.shown):
        return Transition(after)
    order = after.purchases.order(key)
    if known is not None and order is not None:
        if order.stands:
            return _credited(after, key, replace(known, amount=max(0, order.net)))
        return _taken_back(after, key, known, event, book)
    was = before.purchases.order(key)
    if event.type in PLACES_ORDERS and order is not None and order.stands and (was is None or was.time is None):
        return _converted(after, key, order, event, book)
    return Transition(after)


def _taken_back(profile: Profile, key: str, credit: Credit, event: Event, book: Rulebook) -> Transition:
    """The order is cancelled or paid back in full: its conversion and the acceptance that it implied are undone."""
    transition = _credited(profile, key, None)
    if credit.recommendation_id in {one.recommendation_id for one in transition.profile.credits.values()}:
        return transition  # another order stands for it
    shown = next((s for s in profile.shown if s.recommendation_id == credit.recommendation_id), None)
    of = Recommended(credit.recommendation_id, credit.action, "", shown.channel if shown else "", None)
    return transition.then(contacts.record(transition.profile, of, "undo", event.time, book))


def undone(before: Profile, after: Profile) -> set[tuple[str, str]]:
    """The actions and recommendations whose acceptances are undone: their units go back to the ledger."""
    kept = {credit.recommendation_id for credit in after.credits.values()}
    gone = {(credit.action, credit.recommendation_id) for credit in before.credits.values()}
    answered = {(shown.action, shown.recommendation_id) for shown in after.shown if shown.answer == "undo"}
    return {one for one in gone if one[1] not in kept} | answered


def order_key(event: Event) -> str:
    """The key of an event's order in orders and credits."""
    return digest6(event.properties["order_id"]).hex()


def _converted(profile: Profile, key: str, order: Order, event: Event, book: Rulebook) -> Transition:
    """A new order: its conversion, and the acceptance that it implies."""
    of = _named(profile, event.properties) or _latest(profile, event.time, book.measurement.attribution)
    if of is None:
        return Transition(profile)
    transition = _credited(profile, key, Credit(of.recommendation_id, of.action, profile.tier, max(0, order.net)))
    transition = transition.then(contacts.accepted(transition.profile, of, book))
    return Transition(
        contacts.answered(transition.profile, of.recommendation_id, of.action, "convert", event.time), transition.counts
    )


def _named(profile: Profile, properties: Mapping[str, Any]) -> Recommended | None:
    """The first recommendation named by the order that is in the profile."""
    waiting: tuple[Pending | Shown, ...] = (*profile.pending, *profile.shown)
    known = {one.recommendation_id: one for one in waiting}
    found = next((known[name] for name in properties.get("recommendation_ids") or () if name in known), None)
    return None if found is None else _recommended(found)


def _latest(profile: Profile, ordered: int, window: int) -> Recommended | None:
    """The last recommendation engaged with before the order; of two at one moment the later contact."""
    found: tuple[int, Shown] | None = None
    for shown in profile.shown:
        turned = _turned_to(shown, ordered)
        if (
            shown.answer not in contacts.GIVE_BACK
            and ordered - window <= turned <= ordered
            and (not found or turned >= found[0])
        ):
            found = turned, shown
    return None if found is None else _recommended(found[1])


def _turned_to(shown: Shown, ordered: int) -> int:
    """When it was last seen, accepted or clicked before the order."""
    return max(shown.at, shown.answered) if shown.answer in ENGAGED and shown.answered <= ordered else shown.at


def _recommended(one: Pending | Shown) -> Recommended:
    rule, scope = (one.rule, one.scope) if isinstance(one, Pending) else ("", None)
    return Recommended(one.recommendation_id, one.action, rule, one.channel, scope, one.expires)


def _credited(profile: Profile, key: str, credit: Credit | None) -> Transition:
    """Replaces the order's credit (None: removes it), and updates the counters."""
    known = profile.credits.get(key)
    kept = dict(profile.credits)
    if credit is None:
        del kept[key]
    else:
        kept[key] = credit
    for oldest in list(kept)[:-CREDITS_KEPT]:
        del kept[oldest]
    return Transition(profile.but(credits=kept), _moves(known, credit))


def credited_twice(known: Profile, other: Profile) -> tuple[Change, ...]:
    """When two profiles of one customer are merged: an order credited in both was one conversion."""
    return tuple(
        change for key, credit in other.credits.items() if key in known.credits for change in _moves(credit, None)
    )


def _moves(old: Credit | None, new: Credit | None) -> tuple[Change, ...]:
    changes: dict[str, int] = {}
    for one, sign in ((old, -1), (new, 1)):
        if one is not None:
            for what, amount in ((counters.CONVERTED, 1), (counters.REVENUE, one.amount)):
                name, change = counters.of_action(what, one.action, one.tier, sign * amount)
                changes[name] = changes.get(name, 0) + change
    return tuple((name, change) for name, change in changes.items() if change)
