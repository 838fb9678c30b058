"""Effects: what a machine can execute. Every type has its own keys; values are JSON with the unit said.

An amount becomes {"amount": "5.00", "currency": "EUR"}, `percent: 10 %` becomes {"percent": 10.0}, and `due: 2 days`
becomes {"due_hours": 48}.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from engine.domain.times import HOUR
from engine.rulebook.place import Place
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields
from engine.rulebook.read.words import EFFECTS
from engine.rulebook.source import MapNode, Node

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
