"""A customer's profile in words, from the answer of `GET /v1/customers/{id}`."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from cli.render.diff import customer_name


def render_customer(profile: Mapping[str, Any]) -> Iterator[str]:
    """Who the customer is, how to reach them, and what they were and are to get."""
    yield click.style(f"Customer {customer_name(profile['customer'])}", bold=True)
    yield (
        f"  tier {profile['tier']}, stage {profile['relationship_stage']}, journey {profile['journey_stage']}, "
        f"churn risk {profile['churn_risk']}"
    )
    yield f"  first seen {_time(profile['first_seen'])}, last seen {_time(profile['last_seen'])}"
    yield f"  reachable on: {', '.join(profile['channel_addresses']) or 'no channel'}"
    yield f"  consents: {', '.join(_consents(profile['consents'])) or 'none recorded'}"
    for action, contact in profile["contacts"].items():
        outcome = f", last outcome {contact['last_outcome']}" if contact["last_outcome"] else ""
        yield f"  contact: {action}, {contact['times']:,} times, last {_time(contact['last'])}{outcome}"
    for one in profile["pending"]:
        yield f"  pending: {one['action']} ({one['placement'] or one['channel']}), expires {_time(one['expires_at'])}"


def _consents(consents: Mapping[str, Mapping[str, bool]]) -> Iterator[str]:
    """ "marketing on email: yes"."""
    for channel, purposes in consents.items():
        for purpose, granted in purposes.items():
            yield f"{purpose} on {channel}: {'yes' if granted else 'no'}"


def _time(text: str | None) -> str:
    return text or "never"
