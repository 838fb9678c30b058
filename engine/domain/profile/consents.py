"""Consents of a customer: the latest event decides, and of two at one moment the withdrawal.

A withdrawal may be wider than a grant: of all purposes on a channel, or on all channels. A withdrawal in words that the
rulebook does not know is unclear: nothing that needs a consent is sent until a later grant in known words.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from engine.domain.profile.registers import Register, newest_kept, registered
from engine.domain.profile.state import Profile

ALL: Final = "all"
"""In place of a channel or a purpose of a withdrawal."""
UNCLEAR: Final = "?"
"""In place of the channel and the purpose of a withdrawal in unknown words."""

IS_UNCLEAR: Final = "unclear"
"""The property that marks such a withdrawal: see `engine.rulebook.consent_words`."""

Purposes = Mapping[str, Register]
Consents = Mapping[str, Purposes]
"""Channel -> purpose -> when it was granted or withdrawn last."""


def has_consent(profile: Profile, channel: str, purpose: str) -> bool:
    """Fail closed: no record means no. A grant counts if no wider or unclear withdrawal is as new."""
    consents = profile.consents
    at, granted = consents.get(channel, {}).get(purpose, (0, False))
    if not granted:
        return False
    if ALL in consents[channel] and consents[channel][ALL][0] >= at:
        return False
    everywhere = consents.get(ALL)
    if everywhere is not None and any(everywhere[one][0] >= at for one in (purpose, ALL) if one in everywhere):
        return False
    return UNCLEAR not in consents or newest_change(consents[UNCLEAR]) < at


def granted_purposes(profile: Profile) -> frozenset[str]:
    """The purposes with a valid consent on any channel."""
    return frozenset(
        purpose
        for channel, purposes in profile.consents.items()
        for purpose in purposes
        if has_consent(profile, channel, purpose)
    )


def is_unclear(profile: Profile) -> bool:
    """Whether a withdrawal in unknown words is newer than every grant."""
    consents = profile.consents
    if UNCLEAR not in consents:
        return False
    at = newest_change(consents[UNCLEAR])
    return all(time <= at for purposes in consents.values() for time, granted in purposes.values() if granted)


def after(have: Consents, channel: str, purposes: Collection[str], time: int, granted: bool) -> Consents:
    """The consents after an event; the very same where later ones are known."""
    known = have.get(channel, {})
    changed = known
    for purpose in purposes:
        changed = registered(changed, purpose, time, granted)
    return have if changed is known else kept({**have, channel: changed})


def kept(consents: Consents) -> Consents:
    """As many channels as are kept, the newest; withdrawals from all of them and unclear ones always stay."""
    wide = {channel: consents[channel] for channel in (ALL, UNCLEAR) if channel in consents}
    return newest_kept({c: purposes for c, purposes in consents.items() if c not in wide}, newest_change) | wide


def merged(one: Consents, other: Consents) -> Consents:
    """Of two ids of one customer: a withdrawal under one id outdoes a grant under the other, whichever came later."""
    both: dict[str, dict[str, Register]] = {channel: dict(purposes) for channel, purposes in one.items()}
    for channel, purposes in other.items():
        known = both.setdefault(channel, {})
        for purpose, (at, granted) in purposes.items():
            before = known.get(purpose, (at, granted))
            known[purpose] = max(before[0], at), before[1] and granted
    for withdrawn, grants in ((one, other), (other, one)):
        for channel, purpose in _wide(withdrawn):
            newest = max((at for at in _covered(channel, purpose, grants)), default=0)
            both[channel][purpose] = max(both[channel][purpose][0], newest), False
    return kept({c: newest_kept(purposes, lambda register: register[0]) for c, purposes in both.items()})


def _wide(consents: Consents) -> Iterator[tuple[str, str]]:
    """The withdrawals that are wider than a channel and a purpose."""
    for channel, purposes in consents.items():
        for purpose in purposes:
            if channel in (ALL, UNCLEAR) or purpose == ALL:
                yield channel, purpose


def _covered(channel: str, purpose: str, grants: Consents) -> Iterator[int]:
    """When grants were given that such a withdrawal would have covered."""
    for where, purposes in grants.items():
        for what, (at, granted) in purposes.items():
            if granted and channel in (ALL, UNCLEAR, where) and purpose in (ALL, UNCLEAR, what):
                yield at


def newest_change(purposes: Purposes) -> int:
    """When a channel's consents last changed."""
    return max(time for time, _ in purposes.values())
