"""Which facts move with time alone, and which only events change."""

from collections.abc import Mapping
from typing import Final

from engine.facts import GROUPS, Group
from engine.foresight.calendars import CALENDARS, stepped
from engine.foresight.numbers import NUMBERS
from engine.foresight.view import Asked, Look, still

GROUP_OF: Final[Mapping[str, Group]] = {name: group for group, names in GROUPS.items() for name in names}

MOVING: Final = {**NUMBERS, **CALENDARS}
"""Built-in facts that move with time alone, and how."""

_OF_EVENTS: Final = (
    *("orders", "purchase_days", "spend", "margin", "average_order", "returns", "return_share", "usual_gap_days"),
    *("identified", "links", "link_count", "consents", "channel", "channels"),
    *("language", "interests", "first_name", "profile_gaps", "categories", "category_count", "top_category"),
    *("open_complaints", "last_rating", "referrals", "referrals_converted", "contributions", "community"),
    *("deliveries", "failed_deliveries"),
)
STILL: Final = frozenset(f"customer.{name}" for name in _OF_EVENTS)
"""Built-in facts that only events change."""
STILL_PREFIXES: Final = ("event.", "order.", "cart.", "context.")
"""A due time is no event and has no cart."""

WHATEVER: Final = frozenset({"customer.tier"})
"""Facts that snapshots change: any value is possible when the time comes."""


def built_in(asked: Asked) -> Look:
    """How a comparison with a built-in fact turns. A fact of which neither list knows is looked at day by day."""
    if asked.fact in MOVING:
        return MOVING[asked.fact](asked)
    group = GROUP_OF[asked.fact]
    if asked.fact in STILL or asked.fact.startswith(STILL_PREFIXES):
        return still(asked, group)
    return stepped(asked, group)
