"""`recommend:` of a rule: an action, and the products that go with it."""

from typing import Final

from engine.rulebook.model import FactType, ProductChoice, Recommend
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields
from engine.rulebook.read.names import word_or_words
from engine.rulebook.read.products import check_category
from engine.rulebook.read.words import EXCLUSIONS, ROLES

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
