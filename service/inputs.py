"""What a decision was made from, beside its rulebook and snapshot: kept in its record, so that it can be made again."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from engine.contact_policy import Refusal
from engine.events import Event, Placed
from engine.occasion import Occasion
from engine.profile import Profile, decode, encode
from engine.quick import quick
from engine.reasons import Reason

KEY: Final = "inputs"
"""Under which they stand in a record."""


@quick
@dataclass(frozen=True, slots=True)
class Inputs:
    """The customer as they stood when it was decided, on which occasion, at which moment (ms).

    `used_up`: actions of which the ledger had nothing left then.
    """

    have: Profile
    on: Occasion
    now: int
    used_up: Mapping[str, Refusal]


def dump(inputs: Inputs, format: int) -> dict[str, Any]:
    """Ready for orjson; the profile in the format that the store names."""
    return {
        "profile": b64encode(encode(inputs.have, format)).decode(),
        "occasion": inputs.on,
        "now": inputs.now,
        "used_up": {action: asdict(refusal) for action, refusal in inputs.used_up.items()},
    }


def load(body: Mapping[str, Any]) -> Inputs:
    """The way back, from JSON."""
    used_up = {
        action: Refusal(**{**refusal, "reason": Reason(refusal["reason"])})
        for action, refusal in body["used_up"].items()
    }
    return Inputs(decode(b64decode(body["profile"])), _occasion(body["occasion"]), body["now"], used_up)


def _occasion(body: Mapping[str, Any]) -> Occasion:
    placements = tuple(Placed(**placed) for placed in body["placements"])
    event = None if body["event"] is None else _event(body["event"])
    return Occasion(**{**body, "placements": placements, "event": event})


def _event(body: Mapping[str, Any]) -> Event:
    decide = body["decide"]
    return Event(**{**body, "decide": decide if isinstance(decide, str) else tuple(decide)})
