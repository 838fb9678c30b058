"""Population statistics (S9, S11, S16): moves between tiers, reachable customers by channel, customers with a consent
by purpose, and revenue by source. The counters change with a profile, and sum over partitions like the others of the
histogram.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from engine.domain.events import is_anonymous
from engine.domain.profile.consents import granted_purposes
from engine.domain.profile.state import Profile
from engine.domain.times import DAY
from engine.rulebook.model import Rulebook
from engine.value.counters import Change

MOVED: Final = "m"
REACHABLE: Final = "l"
CONSENTED: Final = "g"
SOURCE: Final = "c"
ANY: Final = "*"
"""In place of a channel: reachable on any."""
OTHER: Final = "other"
UNKNOWN: Final = "unknown"
"""In place of a source channel: one that the rulebook does not declare, or none."""

WEEK: Final = 7 * DAY
WEEKS: Final = 13
"""The weeks reported as the last 90 days."""


def changes(before: Profile, after: Profile | None, book: Rulebook, now: int) -> tuple[Change, ...]:
    """The counter changes of one customer. `after` None: the customer is erased; their tier moves stay counted."""
    if is_anonymous(before.customer):
        return ()
    found: list[Change] = []
    if after is not None and before.tier != after.tier:
        found.append((f"{MOVED}:{before.tier}:{after.tier}:{now // WEEK}", 1))
    if after is None or after.channel_addresses is not before.channel_addresses:
        found += _difference(_reachable(before, book), _reachable(after, book))
    if after is None or _consents_changed(before, after):
        found += _difference(_consented(before), _consented(after))
    if after is None or after.placing is not before.placing or after.source != before.source:
        found += _difference(_source(before, book), _source(after, book))
    return tuple(found)


def _difference(old: Mapping[str, int], new: Mapping[str, int]) -> Iterator[Change]:
    for name in {**old, **new}:
        change = new.get(name, 0) - old.get(name, 0)
        if change:
            yield name, change


def _reachable(profile: Profile | None, book: Rulebook) -> dict[str, int]:
    """Only addresses that make a channel of the rulebook reachable: senders may name any number of others."""
    if profile is None:
        return {}
    reachable = {channel for channel, (_, is_reachable) in profile.channel_addresses.items() if is_reachable}
    known = reachable & {channel.address for channel in book.channels.values()}
    return {f"{REACHABLE}:{channel}": 1 for channel in (*known, ANY)} if reachable else {}


def _consents_changed(before: Profile, after: Profile) -> bool:
    """Undecoded ones are unchanged: most events never read the consents, and need not decode them here."""
    consents = after.__dict__.get("consents")
    return consents is not None and consents is not before.consents


def _consented(profile: Profile | None) -> dict[str, int]:
    """By purpose alone, and not only those of the rulebook: the counters stay exact when another one is published."""
    return {} if profile is None else {f"{CONSENTED}:{purpose}": 1 for purpose in granted_purposes(profile)}


def _source(profile: Profile | None, book: Rulebook) -> dict[str, int]:
    if profile is None or profile.placing is None:
        return {}
    channel = profile.source[1]
    name = (channel if channel in book.channels else OTHER) if channel else UNKNOWN
    return {f"{SOURCE}:{name}:n": 1, f"{SOURCE}:{name}:v": profile.placing.value}


def moved(histogram: Mapping[str, int], now: int) -> dict[tuple[str, str], int]:
    """(from, to) -> number of customers who moved between these tiers in the last `WEEKS` weeks, including this one."""
    found: dict[tuple[str, str], int] = {}
    for (old, new, week), number in _named(histogram, MOVED, 3):
        if 0 <= now // WEEK - int(week) < WEEKS:
            found[old, new] = found.get((old, new), 0) + number
    return dict(sorted(found.items()))


def reachable(histogram: Mapping[str, int]) -> dict[str, int]:
    """Channel -> known customers reachable on it now; `ANY`: on at least one."""
    return {channel: number for (channel,), number in _named(histogram, REACHABLE, 1) if number > 0}


def consented(histogram: Mapping[str, int], purpose: str) -> int:
    """Known customers with a consent for this purpose on any channel."""
    return max(0, histogram.get(f"{CONSENTED}:{purpose}", 0))


def by_source(histogram: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """First channel of customers -> how many of them are ranked in tiers, and their value."""
    counts = dict(_named(histogram, SOURCE, 2))
    return {
        channel: (number, counts.get((channel, "v"), 0))
        for (channel, what), number in sorted(counts.items())
        if what == "n" and number > 0
    }


def _named(histogram: Mapping[str, int], kind: str, parts: int) -> Iterator[tuple[tuple[str, ...], int]]:
    """A channel's name may contain colons: the last parts are ours."""
    for name, number in histogram.items():
        if name.startswith(f"{kind}:"):
            yield tuple(name[len(kind) + 1 :].rsplit(":", parts - 1)), number
