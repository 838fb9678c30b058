"""`cost:` of an action: stated, or that of an effect which states its amount."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields

_BENEFITS: Final = {
    "discount": "a discount in percent",
    "free_delivery": "free delivery",
    "gift": "a gift",
    "points": "points",
}
"""Effects that cost the shop something, by type. A discount of an amount costs that amount. The amount of a
`delivery_method` is what the customer pays for it, so it does not tell the cost, and may cover it."""


class Costs(NamedTuple):
    """Minor units. `sure`: nothing of it was wrong."""

    per_contact: int
    per_acceptance: int
    sure: bool


def read_costs(context: Context, fields: Fields, effect: Mapping[str, Any]) -> Costs:
    """Without a cost per acceptance that of the effect; a warning where the effect costs something unknown."""
    before = len(context.report.findings)
    cost = fields.sub("cost", "cost", (), ("per_contact", "per_acceptance"))
    per_contact = cost.money("per_contact", context.currency)
    per_acceptance = cost.money("per_acceptance", context.currency)
    sure = len(context.report.findings) == before
    if sure and "per_acceptance" not in cost:
        per_acceptance = _of_effect(context, fields, effect)
    return Costs(per_contact, per_acceptance, sure)


def _of_effect(context: Context, fields: Fields, effect: Mapping[str, Any]) -> int:
    type_ = effect["type"]
    if type_ == "discount" and "amount" in effect:
        return context.currency.parse(effect["amount"])
    if type_ in _BENEFITS:
        code = context.currency.code
        message = (
            f"{_BENEFITS[type_]} costs something on acceptance, but the action has no cost per acceptance: "
            "it scores as if the benefit were free"
        )
        hint = f"write cost: {{per_acceptance: 5 {code}}} with its average cost, or 0 {code} if it costs nothing"
        context.report.warning("effect-without-cost", fields.place_of("effect"), message, hint)
    return 0
