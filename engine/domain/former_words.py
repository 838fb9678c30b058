"""Words that version 0.2.0 replaced. Stored rulebooks, records, profiles and event logs are read through this mapping.

In rule files and calls a former word is refused, and the message names the new one.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

FACTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "customer.silent_days": "customer.days_since_last_order",
        "customer.first_order_days": "customer.days_since_first_order",
        "customer.score": "customer.value_score",
        "customer.links": "customer.channel_addresses",
        "customer.link_count": "customer.channel_address_count",
        "customer.rhythm_p": "customer.pause_chance",
        "customer.back_from_silence": "customer.reactivated",
    }
)
EVENT_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {"link_added": "channel_address_added", "link_removed": "channel_address_removed"}
)
TRIGGERS: Final[Mapping[str, str]] = MappingProxyType({"asked": "requested", "overdue": "inactive", **EVENT_TYPES})
STATUSES: Final[Mapping[str, str]] = MappingProxyType({"test": "shadow"})
ONCE: Final[Mapping[str, str]] = MappingProxyType({"per silence": "per inactivity spell"})
FACTORS: Final[Mapping[str, str]] = MappingProxyType({"lever": "multiplier"})
KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "levers": "multipliers",
        "rhythm": "interpurchase_time",
        "link": "address",
        "links": "channel_addresses",
        "linked": "reachable",
    }
)
"""Keys of rule files and of calls. `link` is former for channels only: treatments still have a `link`."""
ALL: Final[Mapping[str, str]] = MappingProxyType({**FACTS, **TRIGGERS, **STATUSES, **ONCE, **FACTORS, **KEYS})


def trigger_key(key: str) -> str:
    """The current trigger key: "overdue" is "inactive", "after:link_added:14" is "after:channel_address_added:14"."""
    if key in TRIGGERS:
        return TRIGGERS[key]
    name, colon, rest = key.partition(":")
    if not colon:
        return key
    event, colon, days = rest.partition(":")
    return f"{name}:{EVENT_TYPES.get(event, event)}{colon}{days}"


_FORMER_TRIGGERS: Final = {now: former for former, now in TRIGGERS.items()}


def former_trigger_key(key: str) -> str:
    """The key that `trigger_key` maps to this one. Ids are derived from it, so they stay the same."""
    if key in _FORMER_TRIGGERS:
        return _FORMER_TRIGGERS[key]
    name, colon, rest = key.partition(":")
    if not colon:
        return key
    event, colon, days = rest.partition(":")
    return f"{name}:{_FORMER_TRIGGERS.get(event, event)}{colon}{days}"


def refusal_params(reason: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The stored parameters of a refusal with today's names and words."""
    names = {"link": "address"} if reason == "NO_REACHABLE_CHANNEL" else {}
    named = {names.get(name, name): value for name, value in params.items()}
    if reason == "ONCE_ALREADY" and named.get("per") == "silence":
        named["per"] = "inactivity spell"
    if reason == "NOT_LIVE" and named.get("status") in STATUSES:
        named["status"] = STATUSES[named["status"]]
    return named


def logged_event(raw: Any) -> Any:
    """A logged event in its current form; anything else unchanged."""
    if isinstance(raw, dict) and isinstance(raw.get("type"), str) and raw["type"] in EVENT_TYPES:
        return {**raw, "type": EVENT_TYPES[raw["type"]]}
    return raw
