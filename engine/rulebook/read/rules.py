"""The six files of rules: who gets what, when."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from engine.domain.facts import FactType
from engine.rulebook.findings import Place
from engine.rulebook.model import Boost, Forbid, ProductChoice, Recommend, Rule
from engine.rulebook.read.conditions import read_conditions
from engine.rulebook.read.context import Context, word_or_words
from engine.rulebook.read.dates import read_valid
from engine.rulebook.read.fields import Fields, Ids
from engine.rulebook.read.products import check_category
from engine.rulebook.read.triggers import read_triggers, warn_of_missed, warn_of_waits, with_any
from engine.rulebook.read.words import EFFECTS, EXCLUSIONS, KINDS, ONCE, ROLES, STATEMENTS, STATUSES
from engine.rulebook.source import MapNode, Node

# ---- `recommend:` of a rule: an action, and the products that go with it ----


MOST_PRODUCTS: Final = 20
_SELECTING: Final = ("role", "category", "near", "next_to", "scene")


def read_recommend(context: Context, fields: Fields) -> Recommend:
    recommend = fields.sub("recommend", "recommend", ("action",) if "recommend" in fields else (), ("products",))
    name = recommend.text("action")
    if name:
        context.known("action", name, context.action_names, recommend.place_of("action"))
    return Recommend(name, _products(context, recommend) if "products" in recommend else None)


def _products(context: Context, recommend: Fields) -> ProductChoice:
    fields = recommend.sub("products", "products", (), (*_SELECTING, "not", "count"))
    if not any(key in fields for key in _SELECTING):
        message = f"products needs at least one of {', '.join(_SELECTING)}"
        context.report.error("one-of-keys", fields.place, message)
    category = fields.text("category") or None
    if category:
        check_category(context, category, fields.place_of("category"))
    return ProductChoice(
        count=fields.whole("count", 1, MOST_PRODUCTS, 1),
        role=fields.word(
            "role",
            ROLES,
        )
        or None,
        category=category,
        near=_categories(context, fields, "near"),
        next_to=_categories(context, fields, "next_to"),
        exclude=word_or_words(context, fields, "not", EXCLUSIONS),
        scene=fields.word("scene", ("missing",)) or None,
    )


def _categories(context: Context, fields: Fields, key: str) -> str | None:
    """The fact that a key names: a set of categories."""
    name = fields.text(key)
    if not name:
        return None
    place = fields.place_of(key)
    fact = context.fact(name, place)
    if fact and fact.type is not FactType.SET:
        message = f"{name} is no set of categories"
        context.report.error("wrong-type", place, message, "such as customer.categories")
    return name


HIGHEST_BOOST: Final = 100.0

_CONSEQUENCES: Final = ("recommend", "forbid", "boost")
KEY_ORDER: Final = (
    *("id", "title", "serves", "status", "owner", "trigger", "once", "when"),
    *_CONSEQUENCES,
    "valid",
)
"""The order in which the keys of a rule stand."""
_REQUIRED: Final = ("id", "title", "serves", "status", "owner", "trigger", "when")
_OPTIONAL: Final = ("once", *_CONSEQUENCES, "valid")


def read_rules(context: Context, files: Iterable[Node]) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    looks: dict[str, Place] = {}
    ids = Ids(context.report, "rule")
    for node in files:
        for item in Fields(context.report, node, "a rule file", ("rules",)).items("rules"):
            fields = Fields(context.report, item, "a rule", _REQUIRED, _OPTIONAL)
            rule = _rule(context, fields, item)
            ids.add(rule.id, item.place)
            rules[rule.id] = rule
            looks[rule.id] = fields.place_of("trigger")
    rules = with_any(rules, context.actions)
    warn_of_missed(context, rules, looks)
    warn_of_waits(context, rules, looks)
    return rules


def _rule(context: Context, fields: Fields, node: Node) -> Rule:
    _check_order(context, fields)
    when = fields.node("when")
    valid_from, valid_until = read_valid(context, fields)
    return Rule(
        id=fields.id("id"),
        title=fields.text("title"),
        serves=_serves(context, fields),
        status=fields.word("status", STATUSES),
        owner=fields.text("owner"),
        trigger=read_triggers(context, fields),
        when=read_conditions(context, when if when else MapNode(*_position(node), {})),
        then=_consequence(context, fields, node),
        once=_once(fields),
        valid_from=valid_from,
        valid_until=valid_until,
        place=node.place,
    )


def _position(node: Node) -> tuple[str, int, int]:
    return node.file, node.line, node.column


def _check_order(context: Context, fields: Fields) -> None:
    ranks = [(KEY_ORDER.index(key), key) for key in fields.keys if key in KEY_ORDER]
    for (before, earlier), (rank, key) in pairwise(ranks):
        if rank < before:
            hint = f"the order is {', '.join(KEY_ORDER)}"
            context.report.warning("key-order", fields.key_place(key), f"{key} stands before {earlier}", hint)
            return


def _serves(context: Context, fields: Fields) -> tuple[str, ...]:
    found = fields.placed_texts("serves", at_least=1)
    for statement, place in found:
        context.known("statement", statement, STATEMENTS, place)
    return tuple(statement for statement, _ in found)


def _once(fields: Fields) -> str | None:
    return fields.word("once", [f"per {what}" for what in ONCE]).removeprefix("per ") or None


def _consequence(context: Context, fields: Fields, node: Node) -> Recommend | Forbid | Boost:
    written = [key for key in _CONSEQUENCES if key in fields]
    if len(written) != 1 and isinstance(node, MapNode):
        message = f"a rule has exactly one of {', '.join(_CONSEQUENCES)}"
        context.report.error("one-of-keys", fields.place, message)
    if "forbid" in fields:
        return _forbid(context, fields)
    if "boost" in fields:
        return _boost(context, fields)
    return read_recommend(context, fields)


def _forbid(context: Context, fields: Fields) -> Forbid:
    targets = ("action", "group", "tag", "kind", "effect")
    forbid = fields.sub("forbid", "forbid", (), targets)
    _exactly_one(context, forbid, targets, "forbid")
    return Forbid(
        action=_name(context, forbid, "action", context.action_names),
        group=_name(context, forbid, "group", context.groups),
        tag=_name(context, forbid, "tag", context.tags),
        kind=forbid.word("kind", KINDS) or None,
        effect=forbid.word("effect", EFFECTS) or None,
    )


def _boost(context: Context, fields: Fields) -> Boost:
    targets = ("action", "group", "role")
    boost = fields.sub("boost", "boost", ("by",), targets)
    _exactly_one(context, boost, targets, "boost")
    return Boost(
        by=boost.decimal("by", 0.01, HIGHEST_BOOST, 1.0),
        action=_name(context, boost, "action", context.action_names),
        group=_name(context, boost, "group", context.groups),
        role=boost.word("role", ROLES) or None,
    )


def _exactly_one(context: Context, fields: Fields, keys: Sequence[str], what: str) -> None:
    if sum(key in fields for key in keys) != 1:
        message = f"{what} needs exactly one of {', '.join(keys)}"
        context.report.error("one-of-keys", fields.place, message)


def _name(context: Context, fields: Fields, kind: str, among: Iterable[str]) -> str | None:
    name = fields.text(kind)
    if name:
        context.known(kind, name, tuple(among), fields.place_of(kind))
    return name or None
