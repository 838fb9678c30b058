"""contact_policy.yaml and arbitration.yaml: who may be contacted when, and what is ranked by what."""

from collections.abc import Collection, Mapping

from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields, id_of, parsed
from engine.rulebook.read.words import FACTORS, KINDS
from engine.rulebook.shop import Arbitration, ContactPolicy
from engine.rulebook.source import Node
from engine.rulebook.values import parse_duration

MOST_OUTBOUND = 10


def read_contact_policy(context: Context, node: Node) -> ContactPolicy:
    fields = Fields(context.report, node, "the contact policy", (), ("consent", "cooldown"))
    cooldown = fields.sub("cooldown", "cooldown", (), ("actions", "groups"))
    actions = _cooldowns(context, cooldown, "action", context.action_names)
    groups = _cooldowns(context, cooldown, "group", context.groups)
    if "consent" not in fields:
        return ContactPolicy(cooldown_actions=actions, cooldown_groups=groups)
    return ContactPolicy(_purposes(context, fields), actions, groups)


def _purposes(context: Context, fields: Fields) -> Mapping[str, str]:
    """Marketing must have one: a policy without it would write to people who never agreed."""
    found: dict[str, str] = {}
    fields.sub("consent", "consent", ("marketing",), KINDS)
    for kind, entry in fields.entries("consent"):
        found[kind] = id_of(context.report, entry.node)
    return found


def _cooldowns(context: Context, fields: Fields, kind: str, among: Collection[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for name, entry in fields.entries(f"{kind}s"):
        context.known(kind, name, among, entry.key.place)
        found[name] = parsed(context.report, entry.node, parse_duration, 0)
    return found


def read_arbitration(context: Context, node: Node) -> Arbitration:
    fields = Fields(context.report, node, "arbitration", (), ("factors", "outbound"))
    outbound = fields.sub("outbound", "outbound", ("at_most",))
    default = Arbitration()
    return Arbitration(
        outbound_at_most=outbound.whole("at_most", 0, MOST_OUTBOUND, default.outbound_at_most),
        factors=fields.words("factors", FACTORS, at_least=1) or default.factors,
    )
