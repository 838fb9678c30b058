"""A shop in which everything is scarce, with few customers who come often: what a busy day tries, in small."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from engine.compiled.rulebook import Compiled
from engine.rulebook.offers import Action, Quota
from tests.support.books import action, made, on, rule, says

CUSTOMERS = ("c/mei", "c/ada", "c/kim", "c/noor", "c/lee")
ACTIONS = [
    action("gift", kind="service", group="gifts", tags=["dear"], value="90 EUR", stock=2, expires="6 hours"),
    action(
        "coupon",
        group="prices",
        tags=["dear"],
        value="60 EUR",
        cost={"per_contact": "0.07 EUR", "per_acceptance": "5 EUR"},
        budget="16 EUR",
        holdout="30 %",
        expires="1 day",
    ),
    action(
        "sample",
        group="gifts",
        value="40 EUR",
        cost={"per_contact": "0.03 EUR", "per_acceptance": "1 EUR"},
        limits={"per_customer": "1 in 2 days", "total": 4},
        budget="4 EUR",
        stock=3,
        cooldown="12 hours",
        expires="1 day",
    ),
    action("letter", group="letters", limits={"total": "2 in 1 day"}, treatments=[on("email")], expires="2 days"),
    action("call", kind="internal", group="tasks", limits={"total": 3}, treatments=[on("desk")]),
    action("tip", value="1 EUR", expires="3 hours", treatments=says("Tip")),
]
RULES = [
    *(rule(f"r-{name}", name, trigger=["requested", "visited"]) for name in ("gift", "coupon", "sample", "tip")),
    rule("r-letter", "letter", trigger=["visited", "order_completed", "requested"]),
    rule("r-call", "call", trigger=["complaint_opened"]),
]
POLICY = """\
frequency_caps:
  - {at_most: 2, in: 1 day, window: rolling, channels: [web]}
  - {at_most: 3, in: 2 days, window: rolling, channels: [web, email]}
  - {at_most: 1, in: 12 hours, window: rolling, groups: [letters]}
  - {at_most: 1, in: 12 hours, window: rolling, tags: [dear]}
  - {at_most: 2, in: 1 day, window: calendar, zone: shop}
suppression:
  - {after: 2, outcomes: [reject], within: 3 days, for: 1 day, per: action}
quiet_hours:
  - {channels: [email], from: "21:00", until: "08:00", then: hold}
default_zone: shop
"""
MEASUREMENT = """\
salt: "1"
holdout: {share: 25 %, spare: {kinds: [service, internal]}}
"""


@cache
def scarce() -> Compiled:
    return made(
        ACTIONS,
        RULES,
        contact_policy=POLICY,
        measurement=MEASUREMENT,
        arbitration="{outbound: {at_most: 2}, request: {at_most: 3}}",
    )


def with_limit(compiled: Compiled, name: str, limit: str, most: int) -> Compiled:
    """The same rulebook after one limit (total, stock or budget) of an action was edited."""
    old = compiled.rulebook.actions[name]
    quota = getattr(old, limit)
    changed: Action = replace(old, **{limit: Quota(most, quota.period) if isinstance(quota, Quota) else most})
    book = replace(compiled.rulebook, actions={**compiled.rulebook.actions, name: changed})
    return replace(compiled, rulebook=book)


def text(answer: Mapping[str, Any]) -> bytes:
    """An answer as bytes."""
    return json.dumps(answer, sort_keys=True, default=str).encode()
