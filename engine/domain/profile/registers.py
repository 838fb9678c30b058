"""Latest-wins registers: bounded, and independent of the order in which events arrive."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from engine.domain.profile.state import CHANNELS_KEPT

T = TypeVar("T")
Register = tuple[int, bool]
"""When it was set last (ms), and to what."""


def registered(have: Mapping[str, Register], key: str, time: int, value: bool) -> Mapping[str, Register]:
    """Latest wins; of two at the same moment `False` (not reachable, not granted), the stricter."""
    known = have.get(key)
    if known is not None and (known[0], not known[1]) >= (time, not value):
        return have
    return newest_kept({**have, key: (time, value)}, lambda register: register[0])


def newest_kept(have: dict[str, T], time_of: Callable[[T], int], most: int = CHANNELS_KEPT) -> dict[str, T]:
    """The newest `most`; of two of the same time the first by name is dropped."""
    if len(have) > most:
        for key in sorted(have, key=lambda key: (time_of(have[key]), key))[:-most]:
            del have[key]
    return have
