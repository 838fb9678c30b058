"""A readable customer (S7): identity, value, standing and contacts."""

from collections.abc import Mapping
from typing import Any

from engine.decisioning.decide import build_facts, standing
from engine.domain.events import customer_ref
from engine.domain.profile import Profile
from engine.domain.profile.consents import UNCLEAR, is_unclear
from engine.domain.times import format_rfc3339
from engine.domain.trigger import REQUESTED, Trigger
from service.decision_json import value_json
from service.live import Live


def profile_json(profile: Profile, live: Live, now: int) -> Mapping[str, Any]:
    """Tier, stages, risk, traits, channel addresses, consents, every customer fact, contacts and pending ones."""
    trigger = Trigger(REQUESTED, "read", profile.customer)
    facts = build_facts(live.compiled, live.snapshot, profile, trigger, now)
    return {
        "customer": customer_ref(profile.customer),
        **{name: value_json(value) for name, value in standing(facts).items()},
        "first_seen": _time(profile.first_seen),
        "last_seen": _time(profile.last_seen),
        "traits": {name: value for name, (_, value) in profile.traits.items()},
        "channel_addresses": sorted(
            channel for channel, (_, reachable) in profile.channel_addresses.items() if reachable
        ),
        "consents": {
            channel: {purpose: granted for purpose, (_, granted) in purposes.items()}
            for channel, purposes in profile.consents.items()
            if channel != UNCLEAR
        },
        "consent_unclear": is_unclear(profile),
        "facts": {name: value_json(value) for name, value in facts.items() if name.startswith("customer.")},
        "contacts": {
            action: {"last": _time(c.last), "times": sum(map(len, c.touches.values())), "last_outcome": c.outcome}
            for action, c in profile.contacts.items()
        },
        "pending": [
            {
                "recommendation_id": p.recommendation_id,
                "action": p.action,
                "channel": p.channel,
                "placement": p.placement,
                "expires_at": _time(p.expires),
            }
            for p in profile.pending
            if p.expires > now
        ],
    }


def _time(at: int | None) -> str | None:
    return format_rfc3339(at) if at else None
