"""Friends whom a customer has referred: each counts once, and the customer never (S60).

A friend is referred, buys, and may return the first order. The first time of each is kept, so that counts do not
depend on the order of arrival. Only the newest `FRIENDS_KEPT` friends are kept individually.
"""

from collections.abc import Mapping
from typing import Final

from engine.domain.events import Event
from engine.domain.ids import digest6
from engine.domain.profile.state import FRIENDS_KEPT, Profile

MADE: Final = "referral_made"
CONVERTED: Final = "referral_converted"
REVERSED: Final = "referral_reversed"
KINDS: Final = (MADE, CONVERTED, REVERSED)

Friend = tuple[int, int, int]
"""When referred, when they bought, when the first order was returned: ms, 0 for never."""
UNKNOWN: Final[Friend] = (0, 0, 0)


def after(profile: Profile, event: Event) -> tuple[Mapping[str, Friend], Mapping[str, int]]:
    """Friends and counts after one of `KINDS`."""
    referred = event.properties["referred"]
    if is_self(profile, referred):
        return profile.friends, profile.event_counts
    key, side = _key(referred), KINDS.index(event.type)
    before = profile.friends.get(key, UNKNOWN)
    times = list(before)
    times[side] = min(times[side] or event.time, event.time)
    friend: Friend = (times[0], times[1], times[2])
    friends = {**profile.friends, key: friend}
    if len(friends) > FRIENDS_KEPT:
        del friends[min(friends, key=lambda one: (max(friends[one]), one))]
    return friends, _counted(profile.event_counts, counts(friend), counts(before))


def merged(known: Profile, other: Profile) -> tuple[Mapping[str, Friend], Mapping[str, int]]:
    """Friends and counts of two profiles of one customer: a friend referred by both counts once."""
    event_counts = {
        name: known.event_counts.get(name, 0) + other.event_counts.get(name, 0)
        for name in {**known.event_counts, **other.event_counts}
    }
    friends = {**known.friends, **other.friends}
    for key in known.friends.keys() & other.friends.keys():
        one, two = known.friends[key], other.friends[key]
        told, bought, back = (min(filter(None, times), default=0) for times in zip(one, two, strict=True))
        friends[key] = (told, bought, back)
        twice = tuple(map(sum, zip(counts(one), counts(two), strict=True)))
        event_counts = dict(_counted(event_counts, counts(friends[key]), twice))
    newest = sorted(friends, key=lambda key: (max(friends[key]), key))[-FRIENDS_KEPT:]
    return {key: friends[key] for key in newest}, event_counts


def counts(friend: Friend) -> tuple[int, ...]:
    """This friend's counts: referred, bought, returned the first order."""
    told, bought, back = friend
    return int(told > 0), int(bought > 0), int(bought > 0 and back > 0)


def _counted(event_counts: Mapping[str, int], new: tuple[int, ...], old: tuple[int, ...]) -> Mapping[str, int]:
    changes = {kind: now - then for kind, now, then in zip(KINDS, new, old, strict=True) if now != then}
    return (
        {**event_counts, **{kind: event_counts.get(kind, 0) + change for kind, change in changes.items()}}
        if changes
        else event_counts
    )


def is_self(profile: Profile, referred: str) -> bool:
    """Whether the friend is the customer, under any known id."""
    return referred == profile.customer or referred in profile.aliases


def standing(profile: Profile, event: Event | None) -> str:
    """The event's standing in the profile: self, first (it counts), again (it does not), none (no friend)."""
    if event is None or event.type not in KINDS:
        return "none"
    referred = event.properties["referred"]
    if is_self(profile, referred):
        return "self"
    told, bought, back = profile.friends.get(_key(referred), UNKNOWN)
    counts_now = {
        MADE: told == event.time,
        CONVERTED: bought == event.time and not back,
        REVERSED: back == event.time and bought > 0,
    }
    return "first" if counts_now[event.type] else "again"


def _key(referred: str) -> str:
    return digest6(referred).hex()[:8]
