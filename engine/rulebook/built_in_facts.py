"""The types of the facts that `engine.facts` computes: a vocabulary must declare them with the same type."""

from collections.abc import Mapping
from typing import Final

from engine.domain.facts import FactType

_NAMES: Final[Mapping[FactType, tuple[str, ...]]] = {
    FactType.COUNT: (
        *("customer.orders", "customer.purchase_days", "customer.returns", "customer.category_count"),
        *("customer.channel_address_count", "customer.open_complaints", "customer.last_rating", "customer.deliveries"),
        *("customer.failed_deliveries", "customer.referrals", "customer.referrals_converted"),
        *("customer.contributions", "event.score", "event.results", "cart.items", "cart.scene_missing", "time.hour"),
        *("customer.contacts_30d", "context.delivery_days"),
    ),
    FactType.MONEY: (
        *("customer.spend", "customer.margin", "customer.average_order", "customer.spend_decayed"),
        *("customer.value_score", "order.total", "cart.total"),
    ),
    FactType.DAYS: (
        *("customer.days_since_first_order", "customer.days_since_last_order", "customer.lapse_overdue_days"),
        *("customer.usual_gap_days", "customer.known_days", "customer.birthday_in_days"),
        *("customer.days_since_complaint", "customer.days_since_rating", "customer.days_since_delivery"),
        *("customer.days_since_wish", "customer.days_since_failed_delivery"),
    ),
    FactType.NUMBER: (
        *("customer.return_share", "customer.pause_chance", "customer.momentum", "context.distance_km"),
        *("customer.lapse_chance_90d", "customer.ignored_share_90d", "customer.promises_kept", "order.against_mean"),
    ),
    FactType.DATE: ("time.date",),
    FactType.BOOLEAN: (
        *("customer.buys_anyway", "customer.reactivated", "customer.identified", "customer.community"),
        *("context.in_stock_nearby", "context.from_maker"),
    ),
    FactType.TEXT: (
        *("customer.tier", "customer.top_category", "customer.channel", "customer.language", "customer.first_name"),
        *("customer.zone", "customer.source_channel", "event.friend"),
        *("event.type", "event.channel", "event.category", "event.about", "order.id", "cart.scene", "time.weekday"),
    ),
    FactType.SET: (
        *(
            "customer.categories",
            "customer.channel_addresses",
            "customer.consents",
            "customer.channels",
            "customer.interests",
        ),
        *("customer.profile_gaps", "customer.contribution_kinds", "cart.categories"),
    ),
}

FACT_TYPES: Final[Mapping[str, FactType]] = {name: type_ for type_, names in _NAMES.items() for name in names}
"""By the name of the fact."""
