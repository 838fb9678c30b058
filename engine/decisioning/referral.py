"""The value of a referral invitation: the value of a referred buyer, times the chance of a purchase (S60).

1 : 25 : 8 : 1 - one satisfied customer touches 25 people, 8 become interested, 1 buys. So 1 in 25 referred friends
buys, until the shop has counted `MEASURED_FROM` of its own; from then on its own share applies.
"""

from typing import Final

from engine.decisioning.contacts import Transition
from engine.domain.profile import Profile
from engine.domain.profile.friends import CONVERTED, MADE, REVERSED
from engine.rulebook.offers import Action
from engine.value.counters import REFERRALS_CONVERTED, REFERRALS_MADE
from engine.value.tiers import Snapshot

TOLD_PER_BUYER: Final = 25
MEASURED_FROM: Final = 30
"""Referred friends."""


def chance(snapshot: Snapshot) -> float:
    """The chance (0..1) that a referred friend buys."""
    if snapshot.friends_told < MEASURED_FROM:
        return 1 / TOLD_PER_BUYER
    return min(1.0, snapshot.friends_bought / snapshot.friends_told)


def value_of(action: Action, snapshot: Snapshot) -> float:
    """The value of an accepted action, in minor units."""
    return action.value * chance(snapshot) if action.per_friend else action.value


def count(before: Profile, after: Profile) -> Transition:
    """The shop's counters of friends referred and converted, after an event. A returned order does not count."""
    if before.event_counts is after.event_counts:
        return Transition(after)
    told = _more(MADE, before, after)
    bought = _more(CONVERTED, before, after) - _more(REVERSED, before, after)
    counts = ((REFERRALS_MADE, told), (REFERRALS_CONVERTED, bought))
    return Transition(after, tuple((name, change) for name, change in counts if change))


def _more(kind: str, before: Profile, after: Profile) -> int:
    return after.event_counts.get(kind, 0) - before.event_counts.get(kind, 0)
