"""A decision's inputs, beside its rulebook and snapshot: kept in its record, so that it can be reproduced."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from engine.domain.events import Event, Placed
from engine.domain.former_words import EVENT_TYPES, trigger_key
from engine.domain.profile import Profile, decode
from engine.domain.profile.codec import encode_essential
from engine.domain.quick import quick
from engine.domain.refusal import Refusal, refusal_of_json, refusal_to_json
from engine.domain.trigger import Trigger


@quick
@dataclass(frozen=True, slots=True)
class Inputs:
    """The customer when it was decided, the trigger, and the time (ms).

    Read back, `have` lacks what no decision uses: see `encode_essential`.

    `used_up`: actions with nothing left in the ledger then.
    """

    have: Profile
    on: Trigger
    now: int
    used_up: Mapping[str, Refusal]


def dump(inputs: Inputs) -> bytes:
    """A line of JSON, then the profile as stored."""
    used_up = {action: refusal_to_json(refusal) for action, refusal in inputs.used_up.items()}
    return orjson.dumps([inputs.on, inputs.now, used_up]) + b"\n" + encode_essential(inputs.have)


def load(data: bytes) -> Inputs:
    """The way back."""
    line, _, profile = data.partition(b"\n")
    on, now, used_up = orjson.loads(line)
    refusals = {action: refusal_of_json(body) for action, body in used_up.items()}
    return Inputs(decode(profile), trigger_of(on), now, refusals)


def trigger_of(body: Mapping[str, Any]) -> Trigger:
    """A trigger, as dataclasses are written as JSON."""
    placements = tuple(Placed(**placed) for placed in body["placements"])
    event = None if body["event"] is None else _event(body["event"])
    return Trigger(**{**body, "key": trigger_key(body["key"]), "placements": placements, "event": event})


def _event(body: Mapping[str, Any]) -> Event:
    decide = body["decide"]
    type_ = EVENT_TYPES.get(body["type"], body["type"])
    return Event(**{**body, "type": type_, "decide": decide if isinstance(decide, str) else tuple(decide)})
