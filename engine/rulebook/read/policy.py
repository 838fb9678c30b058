"""contact_policy.yaml: who may be contacted when."""

from collections.abc import Collection, Mapping

from engine.rulebook.read.caps import read_caps
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields, id_of, parsed
from engine.rulebook.read.quiet_hours import read_quiet_hours
from engine.rulebook.read.suppression import read_suppression
from engine.rulebook.read.words import KINDS, SHOP
from engine.rulebook.read.zones import read_zone
from engine.rulebook.shop import ContactPolicy
from engine.rulebook.source import Node
from engine.rulebook.values import parse_duration

_KEYS = ("consent", "cooldown", "frequency_caps", "suppression", "quiet_hours", "default_zone")


def read_contact_policy(context: Context, node: Node) -> ContactPolicy:
    fields = Fields(context.report, node, "the contact policy", (), _KEYS)
    cooldown = fields.sub("cooldown", "cooldown", (), ("actions", "groups"))
    return ContactPolicy(
        consent_purpose=_purposes(context, fields),
        cooldown_actions=_cooldowns(context, cooldown, "action", context.action_names),
        cooldown_groups=_cooldowns(context, cooldown, "group", context.groups),
        caps=read_caps(context, fields),
        suppression=read_suppression(context, fields),
        quiet_hours=read_quiet_hours(context, fields),
        default_zone=_default_zone(context, fields),
    )


def _purposes(context: Context, fields: Fields) -> Mapping[str, str]:
    """Marketing must have one: a policy without it would write to people who never agreed."""
    if "consent" not in fields:
        return ContactPolicy().consent_purpose
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


def _default_zone(context: Context, fields: Fields) -> str | None:
    if "default_zone" not in fields:
        return None
    zone = read_zone(context, fields, "default_zone", SHOP, (SHOP,))
    return context.shop.zone if zone == SHOP else zone
