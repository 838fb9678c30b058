"""actions/*.yaml: the catalogue of what can be recommended."""

from collections.abc import Iterable, Sequence
from typing import Final

from engine.domain.times import HOUR
from engine.rulebook.offers import Action, Channel, Treatment
from engine.rulebook.read.bounds import read_budget, read_cooldown, read_costs, read_holdout, read_limits, read_stock
from engine.rulebook.read.context import Context
from engine.rulebook.read.effects import read_effect
from engine.rulebook.read.fields import Fields, Ids
from engine.rulebook.read.texts import check_template, read_texts
from engine.rulebook.read.words import KINDS
from engine.rulebook.source import MapNode, Node, Scalar

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
            found += Fields(context.report, node, "a file of actions", ("actions",)).items("actions")
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
    costs = read_costs(context, fields)
    kind = fields.word("kind", KINDS)
    per_customer, total = read_limits(fields)
    value, per_friend = _value(context, fields)
    expires = fields.duration("expires", HOUR)
    if not expires:
        context.report.error("out-of-range", fields.place_of("expires"), "an action cannot expire at once")
    return Action(
        id=fields.id("action"),
        title=fields.text("title"),
        kind=kind,
        group=_group(context, fields),
        tags=fields.ids("tags"),
        effect=read_effect(context, fields.node("effect")),
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
    if kind == "internal" and (not channel.outbound or channel.link):
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
