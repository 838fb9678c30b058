"""tiers.yaml and churn.yaml: how the value and the inactivity of customers are measured."""

from dataclasses import replace
from typing import Final

from engine.domain.times import DAY
from engine.rulebook.findings import Place
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields, Ids
from engine.rulebook.shop import Churn, TierLevel, Tiers
from engine.rulebook.source import Node

NEWCOMER: Final = "newcomer"
NO_TIER: Final = "none"
TIER_FACT: Final = "customer.tier"
DEFAULT_TIERS: Final = Tiers(levels=())
DEFAULT_CHURN: Final = Churn(interpurchase_r=0.525, interpurchase_alpha_weeks=6.183, lapse_theta=1.1)
"""Used without a churn.yaml: figures of a general shop, the same that the shipped file has."""

_VALUES: Final = ("margin", "spend")
_FITTED: Final = (
    *("version", "model", "from", "until", "customers", "repeaters"),
    *("a", "b", "log_likelihood", "source"),
)


def read_tiers(context: Context, node: Node) -> Tiers:
    top = Fields(context.report, node, "tiers.yaml", ("tiers",))
    fields = top.sub("tiers", "tiers", ("value", "levels"), ("share_of", "among", "newcomer"))
    value = fields.sub("value", "value", ("from",), ("else",))
    among = fields.sub("among", "among", (), ("orders", "reachable"))
    newcomer = fields.sub("newcomer", "newcomer", ("below_orders",), ("unless_top",))
    tiers = Tiers(
        levels=_levels(context, fields),
        value_from=value.word("from", _VALUES, "margin"),
        value_else=value.word("else", _VALUES) or None,
        share_of=fields.word("share_of", ("customers", "value"), "customers"),
        min_orders=among.sub("orders", "orders", ("at_least",)).whole("at_least", 0, 1000, 1),
        reachable=among.boolean("reachable"),
        newcomer_below_orders=newcomer.whole("below_orders", 0, 1000),
        newcomer_unless_top=newcomer.share("unless_top"),
    )
    _check_fact(context, tiers, fields.place_of("levels"))
    return tiers


def _levels(context: Context, fields: Fields) -> tuple[TierLevel, ...]:
    items = fields.items("levels", at_least=1)
    ids, levels = Ids(context.report, "tier"), []
    for number, item in enumerate(items):
        last = number == len(items) - 1
        keys = ("id",) if last else ("id", "enter_top", "leave_top")
        level = Fields(context.report, item, "the last level" if last else "a level", keys)
        name = level.id("id")
        ids.add(name, item.place)
        enter = None if last else level.share("enter_top")
        leave = None if last else level.share("leave_top")
        levels.append(TierLevel(name, enter, leave))
        _check_order(context, levels, item.place)
    return tuple(levels)


def _check_order(context: Context, levels: list[TierLevel], place: Place) -> None:
    """Best first, and left no earlier than entered."""
    level = levels[-1]
    if level.enter_top is None or level.leave_top is None:
        return
    if level.leave_top < level.enter_top:
        context.report.error("tier-order", place, f"{level.id} is left before it is entered", "raise leave_top")
    if len(levels) > 1 and (levels[-2].enter_top or 0) >= level.enter_top:
        message = f"{level.id} must include more customers than {levels[-2].id}"
        context.report.error("tier-order", place, message, "write the best level first")


def tiers_of(tiers: Tiers) -> tuple[str, ...]:
    """All that a customer can be in: the levels, newcomer where there are such, none."""
    newcomer = (NEWCOMER,) if tiers.newcomer_below_orders else ()
    return (*(level.id for level in tiers.levels), *newcomer, NO_TIER)


def _check_fact(context: Context, tiers: Tiers, place: Place) -> None:
    """customer.tier, where it is declared, knows every level."""
    fact = context.facts.get(TIER_FACT)
    lacking = [name for name in tiers_of(tiers) if name != NO_TIER and fact and fact.values and name not in fact.values]
    if lacking:
        message = f"{TIER_FACT} in the vocabulary does not list {', '.join(lacking)}"
        context.report.error("tier-values", place, message, "add it to the values of the fact")


def read_churn(context: Context, node: Node) -> Churn:
    top = Fields(context.report, node, "churn.yaml", ("interpurchase_time", "lapse"), ("fitted",))
    interpurchase = top.sub("interpurchase_time", "interpurchase_time", ("r", "alpha"))
    lapse = top.sub("lapse", "lapse", ("theta",), ("half_life", "at_least", "at_most"))
    base = DEFAULT_CHURN
    churn = Churn(
        interpurchase_r=interpurchase.decimal("r", 0.001, 1000, base.interpurchase_r),
        interpurchase_alpha_weeks=interpurchase.duration("alpha", round(base.interpurchase_alpha_weeks * 7 * DAY))
        / (7 * DAY),
        lapse_theta=lapse.decimal("theta", 0.001, 1000, base.lapse_theta),
        lapse_half_life=lapse.duration("half_life", round(base.lapse_half_life * DAY)) / DAY,
        lapse_min=lapse.duration("at_least", round(base.lapse_min * DAY)) / DAY,
        lapse_max=lapse.duration("at_most", round(base.lapse_max * DAY)) / DAY,
    )
    if not churn.interpurchase_alpha_weeks or not churn.lapse_half_life:
        context.report.error("out-of-range", top.place, "alpha and half_life cannot be 0 days")
    if churn.lapse_min > churn.lapse_max:
        context.report.error("out-of-range", lapse.place_of("at_least"), "at_least is larger than at_most")
    return _with_fitted(top, churn)


def _with_fitted(top: Fields, churn: Churn) -> Churn:
    """The source of the figures, written by `patron analyze fit`. Only a and b are used later, for the outlook."""
    fitted = top.sub("fitted", "fitted", _FITTED)
    fitted.whole("version", 1, 1)
    for name in ("customers", "repeaters"):
        fitted.whole(name, 1, 10**12)
    a, b = (fitted.decimal(name, 0, 10**12, default) for name, default in (("a", churn.leave_a), ("b", churn.leave_b)))
    fitted.decimal("log_likelihood", -(10**15), 10**15)
    for name in ("model", "from", "until", "source"):
        fitted.text(name)
    return replace(churn, leave_a=a, leave_b=b)
