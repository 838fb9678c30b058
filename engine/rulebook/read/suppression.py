"""`suppression:` of contact_policy.yaml: silence after what a customer ignored or rejected."""

from typing import Final

from engine.domain.profile.state import REFUSALS_KEPT
from engine.domain.times import DAY, MINUTE
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields
from engine.rulebook.read.names import names
from engine.rulebook.read.words import REFUSALS
from engine.rulebook.shop import Suppression
from engine.rulebook.source import Node

_REQUIRED: Final = ("after", "outcomes", "within", "for", "per")
_LISTS: Final = ("actions", "groups")
_ACTION: Final = "action"
_GROUP: Final = "group"


def read_suppression(context: Context, fields: Fields) -> tuple[Suppression, ...]:
    return tuple(_suppression(context, node) for node in fields.items("suppression"))


def _suppression(context: Context, node: Node) -> Suppression:
    fields = Fields(context.report, node, "a suppression", _REQUIRED, _LISTS)
    per = fields.word("per", (_ACTION, _GROUP))
    return Suppression(
        after=fields.whole("after", 1, REFUSALS_KEPT, 1),
        outcomes=fields.words("outcomes", REFUSALS, at_least=1),
        within=fields.duration("within", DAY, least=MINUTE),
        lasting=fields.duration("for", DAY, least=MINUTE),
        per=per,
        names=_names(context, fields, per),
        place=node.place,
    )


def _names(context: Context, fields: Fields, per: str) -> tuple[str, ...]:
    """What it is about: of groups that are suppressed action by action, their actions."""
    if all(key in fields for key in _LISTS):
        message = "a suppression is about some actions or about some groups, not both"
        context.report.error("one-of-keys", fields.place, message)
    if per == _GROUP and "actions" in fields:
        message = "per group it is the whole group that is silent, not some of its actions"
        context.report.error("unknown-key", fields.key_place("actions"), message, "write per: action")
    actions = names(context, fields, "action", context.action_names)
    groups = names(context, fields, "group", context.groups)
    if per == _GROUP:
        return groups
    return actions + tuple(action.id for action in context.actions.values() if action.group in groups)
