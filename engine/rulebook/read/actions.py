"""actions/*.yaml: the catalogue of actions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from engine.domain.times import HOUR, MINUTE
from engine.rulebook.findings import Place
from engine.rulebook.offers import Action, Channel, Limit, Quota, Treatment
from engine.rulebook.read.context import Context
from engine.rulebook.read.costs import Costs, read_costs
from engine.rulebook.read.fields import Fields, Ids
from engine.rulebook.read.measurement import need_salt, read_share
from engine.rulebook.read.texts import check_template, read_texts
from engine.rulebook.read.words import EFFECTS, KINDS
from engine.rulebook.source import MapNode, Node, Scalar
from engine.rulebook.values import parse_budget, parse_stock, parse_total

# ---- Limits of an action: per customer, total, budget, stock; and excluded customers ----


_WITHOUT_CHOICE = ("transactional", "mandatory", "internal")
"""Kinds of what a customer has a right to, or never sees."""


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
        message = "the action has a budget but no cost, so the budget would never run out"
        hint = "write the cost: {per_contact: ..., per_acceptance: ...}, or limits: {total: ...} instead of the budget"
        context.report.error("budget-without-cost", place, message, hint)
    elif budget.most < both:
        cost = f"{context.currency.format(both)} {context.currency.code}"
        message = f"the budget is less than the cost of one accepted contact: {cost}"
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
        message = f"{kind} is no offer: customers are entitled to it, or never see it"
        context.report.warning("holdout-of-kind", fields.key_place("holdout"), message, "holdouts are for offers")
    return share


def read_cooldown(context: Context, fields: Fields, kind: str) -> int:
    """Milliseconds. A mandatory action says with it how often it comes."""
    mandatory = kind == "mandatory"
    if mandatory and "cooldown" not in fields:
        message = "a mandatory action needs a cooldown that limits how often it is sent"
        context.report.error("mandatory-period", fields.place_of("kind"), message, "such as cooldown: 365 days")
    return fields.duration("cooldown", least=MINUTE if mandatory else 0)


# ---- Effects: what a machine can execute. Every type has its own keys; values are JSON with the unit said ----
#
# An amount becomes {"amount": "5.00", "currency": "EUR"}, `percent: 10 %` becomes {"percent": 10.0}, and `due: 2
# days` becomes {"due_hours": 48}.


NO_EFFECT: Final[Mapping[str, Any]] = {"type": "none"}
MOST_POINTS: Final = 10**6


class _Keys(NamedTuple):
    required: Sequence[str] = ()
    optional: Sequence[str] = ()


KEYS: Final[Mapping[str, _Keys]] = {
    "none": _Keys(),
    "discount": _Keys((), ("percent", "amount")),
    "free_delivery": _Keys(),
    "delivery_method": _Keys(("method",), ("amount",)),
    "gift": _Keys(("gift",)),
    "points": _Keys(("points",)),
    "content": _Keys(("content",)),
    "task": _Keys(("queue",), ("due",)),
}
_IDS: Final = ("gift", "content", "queue", "method")


def read_effect(context: Context, node: Node | None) -> Mapping[str, Any]:
    """{"type": ..., ...}; without one, the effect of type none."""
    if node is None:
        return NO_EFFECT
    written = tuple(node.entries) if isinstance(node, MapNode) else ()  # which are possible, the type says
    type_ = Fields(context.report, node, "an effect", ("type",), written).word("type", EFFECTS)
    if not type_:
        return NO_EFFECT
    required, optional = KEYS[type_]
    fields = Fields(context.report, node, f"an effect of type {type_}", ("type", *required), optional)
    if type_ == "discount":
        _check_discount(context, fields, node.place)
    return {"type": type_, **_values(context, fields)}


def _check_discount(context: Context, fields: Fields, place: Place) -> None:
    if ("percent" in fields) == ("amount" in fields):
        context.report.error("one-of-keys", place, "a discount has either percent or amount")


def _values(context: Context, fields: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {key: fields.id(key, underscores=True) for key in _IDS if key in fields}
    if "percent" in fields:
        found["percent"] = round(fields.share("percent") * 100, 4)
    if "amount" in fields:
        found["amount"] = context.currency.format(fields.money("amount", context.currency))
        found["currency"] = context.currency.code
    if "points" in fields:
        found["points"] = fields.whole("points", 1, MOST_POINTS, 1)
    if "due" in fields:
        found["due_hours"] = fields.duration("due") // HOUR
    return found


MOST_PRIORITY: Final = 1_000_000
DEFAULT_PRIORITY: Final = 100
LONGEST_LINK: Final = 500

_REQUIRED: Final = ("action", "title", "kind", "group", "value", "propensity", "expires", "treatments")
_OPTIONAL: Final = ("tags", "effect", "cost", "priority", "limits", "cooldown", "budget", "stock", "holdout")


def action_nodes(context: Context, files: Iterable[Node]) -> list[Node]:
    """The actions of all files: a file holds a list of them, or is one itself."""
    found: list[Node] = []
    for node in files:
        if isinstance(node, MapNode) and "action" in node.entries:
            found.append(node)
        else:
            found += Fields(context.report, node, "an action file", ("actions",)).items("actions")
    return found


def names_in(nodes: Iterable[Node], key: str) -> list[str]:
    """What stands behind a key (`action`, `group`) in each of them, known before the actions are read."""
    entries = (node.entries.get(key) for node in nodes if isinstance(node, MapNode))
    scalars = (entry.node for entry in entries if entry)
    return [node.value for node in scalars if isinstance(node, Scalar) and isinstance(node.value, str)]


def read_actions(context: Context, nodes: Sequence[Node]) -> dict[str, Action]:
    ids = Ids(context.report, "action")
    actions: dict[str, Action] = {}
    for node in nodes:
        action = _action(context, node)
        ids.add(action.id, node.place)
        actions[action.id] = action
    return actions


def _action(context: Context, node: Node) -> Action:
    fields = Fields(context.report, node, "an action", _REQUIRED, _OPTIONAL)
    effect = read_effect(context, fields.node("effect"))
    costs = read_costs(context, fields, effect)
    kind = fields.word("kind", KINDS)
    per_customer, total = read_limits(fields)
    value, per_friend = _value(context, fields)
    expires = fields.duration("expires", HOUR)
    if not expires:
        context.report.error("out-of-range", fields.place_of("expires"), "an action cannot expire immediately")
    return Action(
        id=fields.id("action"),
        title=fields.text("title"),
        kind=kind,
        group=_group(context, fields),
        tags=fields.ids("tags"),
        effect=effect,
        value=value,
        cost_per_contact=costs.per_contact,
        cost_per_acceptance=costs.per_acceptance,
        propensity=fields.share("propensity"),
        priority=fields.whole("priority", 0, MOST_PRIORITY, DEFAULT_PRIORITY),
        expires=expires,
        treatments=tuple(_treatment(context, item, kind) for item in fields.items("treatments", at_least=1)),
        cooldown=read_cooldown(context, fields, kind),
        per_customer=per_customer,
        total=total,
        budget=read_budget(context, fields, costs),
        stock=read_stock(fields),
        holdout=read_holdout(context, fields, kind),
        per_friend=per_friend,
        place=node.place,
    )


def _value(context: Context, fields: Fields) -> tuple[int, bool]:
    """Minor units; and whether that is what a friend is worth who buys, as in `value: {per_friend: 350 EUR}`."""
    node = fields.node("value")
    if isinstance(node, MapNode):
        return Fields(context.report, node, "value", ("per_friend",)).money("per_friend", context.currency), True
    return fields.money("value", context.currency), False


def _group(context: Context, fields: Fields) -> str:
    group = fields.id("group")
    if group and group in context.action_names:
        message = f"{group} is also the id of an action, so history.{group} would mean both"
        context.report.error("duplicate-id", fields.place_of("group"), message)
    return group


def _treatment(context: Context, node: Node, kind: str) -> Treatment:
    fields = Fields(context.report, node, "a treatment", ("channel", "texts"), ("placements", "link"))
    name = fields.text("channel")
    context.known("channel", name, context.channels, fields.place_of("channel"))
    channel = context.channels.get(name)
    link = fields.text("link") or None
    if link:
        check_template(context, link, fields.place_of("link"))
        if len(link) > LONGEST_LINK:
            context.report.error(
                "text-too-long", fields.place_of("link"), f"a link has at most {LONGEST_LINK} characters"
            )
    if channel is None:
        return Treatment(name, {}, link)
    _check_channel(context, fields, channel, kind)
    texts = fields.node("texts")
    return Treatment(
        channel=name,
        texts=read_texts(context, texts, channel.fields) if texts else {},
        link=link,
        placements=_placements(context, fields, channel),
    )


def _check_channel(context: Context, fields: Fields, channel: Channel, kind: str) -> None:
    """A task for staff goes to a list that needs no customer to be reachable; others need a way out."""
    place = fields.place_of("channel")
    if kind == "internal" and (not channel.outbound or channel.address):
        message = f"a task for staff cannot go to {channel.id}"
        context.report.error("wrong-channel", place, message, "it needs a channel with outbound: yes and link: none")
    if not channel.outbound and not channel.placements:
        message = f"{channel.id} has no placements and is not outbound"
        context.report.error("wrong-channel", place, message, "give the channel placements, or outbound: yes")


def _placements(context: Context, fields: Fields, channel: Channel) -> tuple[str, ...]:
    among = [placement.id for placement in channel.placements]
    found = fields.placed_texts("placements", at_least=1)
    for name, place in found:
        context.known("placement", name, among, place)
    return tuple(name for name, _ in found)
