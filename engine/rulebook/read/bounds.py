"""What bounds an action: per customer, over all customers, in money, in units; and who never gets it."""

from typing import NamedTuple

from engine.domain.times import MINUTE
from engine.rulebook.offers import Limit, Quota
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields
from engine.rulebook.read.measurement import need_salt, read_share
from engine.rulebook.values import parse_budget, parse_stock, parse_total

_WITHOUT_CHOICE = ("transactional", "mandatory", "internal")
"""Kinds of what a customer has a right to, or never sees."""


class Costs(NamedTuple):
    """Minor units. `sure`: nothing of it was wrong."""

    per_contact: int
    per_acceptance: int
    sure: bool


def read_costs(context: Context, fields: Fields) -> Costs:
    before = len(context.report.findings)
    cost = fields.sub("cost", "cost", (), ("per_contact", "per_acceptance"))
    per_contact = cost.money("per_contact", context.currency)
    per_acceptance = cost.money("per_acceptance", context.currency)
    return Costs(per_contact, per_acceptance, len(context.report.findings) == before)


def read_limits(fields: Fields) -> tuple[Limit | None, Quota | None]:
    """`limits:` per customer, and in total."""
    limits = fields.sub("limits", "limits", (), ("per_customer", "total"))
    return limits.limit("per_customer"), limits.value("total", parse_total, None)


def read_budget(context: Context, fields: Fields, costs: Costs) -> Quota | None:
    budget: Quota | None = fields.value("budget", lambda raw: parse_budget(raw, context.currency), None)
    if budget is None or not costs.sure:
        return budget
    place, both = fields.place_of("budget"), costs.per_contact + costs.per_acceptance
    if not both:
        message = "a budget for what costs nothing would never run out"
        hint = "write the cost: {per_contact: ..., per_acceptance: ...}, or limits: {total: ...} in place of the budget"
        context.report.error("budget-without-cost", place, message, hint)
    elif budget.most < both:
        cost = f"{context.currency.format(both)} {context.currency.code}"
        message = f"the budget does not pay for one contact that is accepted: {cost}"
        context.report.error("out-of-range", place, message, f"at least {cost}")
    return budget


def read_stock(fields: Fields) -> int | None:
    return fields.value("stock", parse_stock, None)


def read_holdout(context: Context, fields: Fields, kind: str) -> float:
    if "holdout" not in fields:
        return 0.0
    share = read_share(context, fields, "holdout")
    need_salt(context, fields, "holdout")
    if kind in _WITHOUT_CHOICE:
        message = f"{kind} is no offer: its holdout would keep from people what is theirs, or what they never see"
        context.report.warning("holdout-of-kind", fields.key_place("holdout"), message, "holdouts are for offers")
    return share


def read_cooldown(context: Context, fields: Fields, kind: str) -> int:
    """Milliseconds. A mandatory action says with it how often it comes."""
    mandatory = kind == "mandatory"
    if mandatory and "cooldown" not in fields:
        message = "a mandatory action comes whatever else is said, so it must say how often: cooldown"
        context.report.error("mandatory-period", fields.place_of("kind"), message, "such as cooldown: 365 days")
    return fields.duration("cooldown", least=MINUTE if mandatory else 0)
