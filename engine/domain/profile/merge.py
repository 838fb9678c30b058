"""`merge`: adds the data of another id, anonymous or known, to a known customer. Pure.

The law: as if all events had named the one customer. Sums and counts add, first and last times and latest-wins
registers combine, bounded data keeps its newest. Two deliberate exceptions:

- for a consent given under one id and refused under the other the refusal stays, whichever came later, until
  a newer consent is given to the known id;
- data of the known id alone stays: tier, place in the histograms, holdout and experiments, the time of an erasure,
  and a rule's `once` scope if both have one.

An order reported under both ids counts once in the purchases; its categories, products and counters cannot be
separated and count twice. At least the 32 newest event ids of each are remembered.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from engine.domain.calendar import Days
from engine.domain.profile import consents, counters, friends, purchases, seen
from engine.domain.profile.apply import earliest, last_bought
from engine.domain.profile.counters import Plans
from engine.domain.profile.registers import Register, newest_kept
from engine.domain.profile.state import (
    ALIASES_KEPT,
    CATEGORIES_KEPT,
    COMPLAINTS_KEPT,
    CREDITS_KEPT,
    PENDING_KEPT,
    REFUSALS_KEPT,
    RETRIES_KEPT,
    SHOWN_KEPT,
    SKUS_KEPT,
    TOUCHES_KEPT,
    WAITS_KEPT,
    Contact,
    Profile,
    Retry,
)

T = TypeVar("T")


def merge(known: Profile, other: Profile, plans: Plans, days: Days) -> Profile:
    """The known customer, with all data of the other id.

    `plans` are the rulebook's counters, `days` those of the shop's zone.
    """
    return known.but(
        first_seen=min((at for at in (known.first_seen, other.first_seen) if at is not None), default=None),
        last_seen=max((at for at in (known.last_seen, other.last_seen) if at is not None), default=None),
        purchases=purchases.merge(known.purchases, other.purchases, days),
        counters=counters.merge(known.counters, other.counters, plans),
        aliases=_aliases(known, other),
        **_registers(known, other),
        **_sums(known, other),
        **_said(known, other),
        **seen.merged(known, other),
    )


def _aliases(known: Profile, other: Profile) -> tuple[str, ...]:
    """The newest ids of both; a known customer who is merged brings ids of their own."""
    return tuple(dict.fromkeys(reversed((*known.aliases, *other.aliases, other.customer))))[:ALIASES_KEPT][::-1]


def _registers(known: Profile, other: Profile) -> dict[str, Any]:
    """The latest wins, as in `apply`; for consents the strictest."""
    return {
        "channels": newest_kept(_both(known.channels, other.channels, max), lambda newest: newest),
        "traits": _both(known.traits, other.traits, _newer_trait),
        "channel_addresses": newest_kept(
            _both(known.channel_addresses, other.channel_addresses, _newer), lambda register: register[0]
        ),
        "consents": consents.merged(known.consents, other.consents),
        "rating": max(known.rating, other.rating, key=lambda rating: (rating[0], -rating[1])),
        "delivery": max(known.delivery, other.delivery),
        "newest": _both(known.newest, other.newest, max),
        "source": earliest(known.source, other.source),
    }


def _sums(known: Profile, other: Profile) -> dict[str, Any]:
    complaints = _both(known.complaints, other.complaints, _complained)
    told, event_counts = friends.merged(known, other)
    return {
        "categories": last_bought(_both(known.categories, other.categories, _bought), CATEGORIES_KEPT),
        "skus": last_bought(_both(known.skus, other.skus, _bought), SKUS_KEPT),
        "complaints": newest_kept(complaints, max, COMPLAINTS_KEPT),
        "friends": told,
        "event_counts": event_counts,
    }


def _said(known: Profile, other: Profile) -> dict[str, Any]:
    """Contacts and their outcomes."""
    waiting = sorted((*other.pending, *known.pending), key=lambda pending: pending.decided)
    shown = sorted((*other.shown, *known.shown), key=lambda shown: shown.at)
    credited = {**other.credits, **known.credits}
    return {
        "contacts": _both(known.contacts, other.contacts, _contact),
        "pending": tuple(waiting[-PENDING_KEPT:]),
        "shown": tuple(shown[-SHOWN_KEPT:]),
        "credits": dict(list(credited.items())[-CREDITS_KEPT:]),
        "once": {**other.once, **known.once},
        "retries": _retries(known.retries, other.retries),
        "waits": tuple(sorted({*known.waits, *other.waits}, key=lambda wait: (wait.at, wait.key))[:WAITS_KEPT]),
    }


def _both(known: Mapping[str, T], other: Mapping[str, T], joined: Callable[[T, T], T]) -> dict[str, T]:
    """The union of both; shared keys get `joined(known's, other's)`."""
    return {**known, **{key: joined(known[key], value) if key in known else value for key, value in other.items()}}


def _newer(one: Register, other: Register) -> Register:
    return max(one, other, key=lambda register: (register[0], not register[1]))


def _newer_trait(one: tuple[int, Any], other: tuple[int, Any]) -> tuple[int, Any]:
    return max(one, other, key=lambda trait: (trait[0], str(trait[1])))


def _bought(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], max(one[1], other[1])


def _complained(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """The latest opening and the latest closing; 0 is unknown."""
    return max(one[0], other[0]), max(one[1], other[1])


def _contact(one: Contact, other: Contact) -> Contact:
    newest = other if other.outcome_time > one.outcome_time else one
    return Contact(
        touches=_times(one.touches, other.touches, TOUCHES_KEPT),
        outcome=newest.outcome,
        outcome_time=newest.outcome_time,
        refusals=_times(one.refusals, other.refusals, REFUSALS_KEPT),
    )


def _times(
    one: Mapping[str, tuple[int, ...]], other: Mapping[str, tuple[int, ...]], most: int
) -> dict[str, tuple[int, ...]]:
    return _both(one, other, lambda some, more: tuple(sorted((*some, *more))[-most:]))


def _retries(known: tuple[Retry, ...], other: tuple[Retry, ...]) -> tuple[Retry, ...]:
    """One per trigger key, the earlier of two."""
    earliest: dict[str, Retry] = {}
    for retry in sorted((*known, *other), key=lambda retry: retry.at):
        earliest.setdefault(retry.key, retry)
    return tuple(earliest.values())[:RETRIES_KEPT]
