"""Which facts change with time alone, and which only with events."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Final

from engine.domain.profile.state import Profile
from engine.facts import GROUPS, Group, customer, moment
from engine.rulebook.shop import Tiers
from engine.scheduling.projection.calendars import CALENDARS, stepped
from engine.scheduling.projection.numbers import NUMBERS
from engine.scheduling.projection.steps import ALWAYS, Comparison, Projection, Steps, Test, View, constant, still
from engine.scheduling.projection.windows import PRESSURE

GROUP_OF: Final[Mapping[str, Group]] = {name: group for group, names in GROUPS.items() for name in names}

MOVING: Final = {**NUMBERS, **PRESSURE, **CALENDARS}
"""Built-in facts that change with time alone, and how."""

_OF_EVENTS: Final = (
    *("orders", "purchase_days", "spend", "margin", "average_order", "returns", "return_share", "usual_gap_days"),
    *("identified", "channel_addresses", "channel_address_count", "consents", "channel", "channels"),
    *("language", "interests", "first_name", "profile_gaps", "categories", "category_count", "top_category"),
    *("open_complaints", "last_rating", "referrals", "referrals_converted", "contributions", "community"),
    *("deliveries", "failed_deliveries", "promises_kept", "zone", "source_channel", "contribution_kinds"),
)
STILL: Final = frozenset(f"customer.{name}" for name in _OF_EVENTS)
"""Built-in facts that only events change."""
STILL_PREFIXES: Final = ("event.", "order.", "cart.", "context.")
"""A timer has no event and no cart."""

DAILY: Final = frozenset({"customer.lapse_chance_90d"})
"""Built-in facts that are evaluated day by day."""

TIER: Final = "customer.tier"
"""The fact that snapshots change."""


FIELDS_OF: Final[Mapping[Group, tuple[str, ...]]] = {
    customer.identity_facts: ("first_seen",),
    customer.channel_address_facts: ("channel_addresses", "consents", "channels", "source"),
    customer.trait_facts: ("traits",),
    customer.category_facts: ("categories",),
    customer.complaint_facts: ("complaints",),
    customer.satisfaction_facts: ("rating", "event_counts", "newest"),
    customer.delivery_facts: ("delivery", "event_counts", "newest"),
    moment.time_facts: ("traits",),
    customer.tier_facts: ("placing", "tier"),
    moment.trigger_facts: (),
    moment.cart_facts: (),
}
"""The profile fields that a group reads, besides `FIELDS`."""
FIELDS: Final = ("purchases", "contacts", "shown", "once")
EVERYTHING: Final = tuple(
    field.name for field in dataclasses.fields(Profile) if field.name not in ("inactive_at", "evaluated")
)
_OF_PURCHASES: Final = frozenset(
    (
        *(customer.purchase_facts, customer.spend_facts, customer.interpurchase_facts, customer.lapse_facts),
        *(customer.momentum_facts, customer.gap_facts, customer.reactivation_facts, customer.score_facts),
        customer.outlook_facts,
    )
)


def fields_of(facts: Iterable[str]) -> tuple[str, ...]:
    """The fields of a profile that these facts may depend on."""
    found = set(FIELDS)
    for fact in facts:
        group = GROUP_OF.get(fact)
        if group in _OF_PURCHASES or fact.startswith("history."):
            continue
        if group is None:
            found.add("counters")
        else:
            found.update(FIELDS_OF.get(group, EVERYTHING))
    return tuple(sorted(found))


def tier_projection(test: Test, tiers: Tiers) -> Projection:
    """May the customer be in such a tier by then? Snapshots move an inactive customer to the next tier at most.

    Before the first snapshot a ranked customer may be in any tier.
    """
    levels = [level.id for level in tiers.levels]
    near = {level: levels[max(0, at - 1) : at + 2] for at, level in enumerate(levels)}
    possible = {tier: constant(any(map(test, near.get(tier, [tier])))) for tier in (*levels, "newcomer", "none")}
    somewhere = constant(ALWAYS in possible.values())

    def look(view: View) -> Steps:
        if view.given.profile.placing is not None and not view.given.snapshot.cut_offs:
            return somewhere
        return possible[str(view.value(TIER, customer.tier_facts))]

    return look


def is_still(fact: str) -> bool:
    return fact in STILL or fact.startswith(STILL_PREFIXES)


def built_in(comparison: Comparison) -> Projection:
    """How a comparison with a built-in fact changes. A fact in neither list is evaluated day by day."""
    if comparison.fact in MOVING:
        return MOVING[comparison.fact](comparison)
    group = GROUP_OF[comparison.fact]
    if is_still(comparison.fact):
        return still(comparison, group)
    return stepped(comparison, group)
