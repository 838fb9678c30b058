"""Consents of a customer: the latest event decides, and of two at one moment the withdrawal.

A withdrawal may be wider than a grant: of all purposes on a channel, or on all channels. A withdrawal in words that the
rulebook does not know is unclear: nothing that needs a consent is sent until a later event with known words.
"""

from collections.abc import Collection, Mapping
from typing import Final

from engine.domain.profile.registers import Register, newest_kept, registered
from engine.domain.profile.state import Profile

ALL: Final = "all"
"""In place of a channel or a purpose of a withdrawal."""
UNCLEAR: Final = "?"
"""In place of the channel and the purpose of a withdrawal in unknown words."""

Purposes = Mapping[str, Register]
Consents = Mapping[str, Purposes]
"""Channel -> purpose -> when it was granted or withdrawn last."""


def has_consent(profile: Profile, channel: str, purpose: str) -> bool:
    """Fail closed: no record means no."""
    consents = profile.consents
    at, granted = consents.get(channel, {}).get(purpose, (0, False))
    if not granted:
        return False
    if ALL in consents[channel] and consents[channel][ALL][0] >= at:
        return False
    everywhere = consents.get(ALL)
    return everywhere is None or all(everywhere[one][0] < at for one in (purpose, ALL) if one in everywhere)


def is_unclear(profile: Profile) -> bool:
    """Whether the newest event about consents is a withdrawal in unknown words."""
    consents = profile.consents
    if UNCLEAR not in consents:
        return False
    at = newest_change(consents[UNCLEAR])
    return all(newest_change(purposes) <= at for purposes in consents.values())


def after(have: Consents, channel: str, purposes: Collection[str], time: int, granted: bool) -> Consents:
    """The consents after an event; the very same where later ones are known."""
    known = have.get(channel, {})
    changed = known
    for purpose in purposes:
        changed = registered(changed, purpose, time, granted)
    return have if changed is known else newest_kept({**have, channel: changed}, newest_change)


def newest_change(purposes: Purposes) -> int:
    """When a channel's consents last changed."""
    return max(time for time, _ in purposes.values())
