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
"""Keys of rule files and of calls. `link` is one of channels only: a treatment's link is called that."""
ALL: Final[Mapping[str, str]] = MappingProxyType({**FACTS, **TRIGGERS, **STATUSES, **ONCE, **FACTORS, **KEYS})


def trigger_key(key: str) -> str:
    """The trigger key of today: "overdue" is "inactive", "after:link_added:14" is "after:channel_address_added:14"."""
    if key in TRIGGERS:
        return TRIGGERS[key]
    name, colon, rest = key.partition(":")
    if not colon:
        return key
    event, colon, days = rest.partition(":")
    return f"{name}:{EVENT_TYPES.get(event, event)}{colon}{days}"


def logged_event(raw: Any) -> Any:
    """An event of a log as it is written today; anything else as it is."""
    if isinstance(raw, dict) and isinstance(raw.get("type"), str) and raw["type"] in EVENT_TYPES:
        return {**raw, "type": EVENT_TYPES[raw["type"]]}
    return raw
