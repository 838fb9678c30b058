"""catalogue.yaml and scenes.yaml: a small catalogue with roles, and the categories that are used together."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from engine.rulebook.findings import Place
from engine.rulebook.offers import Product, RoleThreshold, Scene, Selection
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields, Ids, entries_of, list_of, parsed, text_of, word_of
from engine.rulebook.read.words import ROLES
from engine.rulebook.source import Node
from engine.rulebook.values import parse_decimal

LONGEST_SKU = 100
MOST_STOCK = 10**9


def read_catalogue(context: Context, node: Node) -> dict[str, Product]:
    top = Fields(context.report, node, "the catalogue", ("products",))
    products: dict[str, Product] = {}
    skus = Ids(context.report, "product")
    for item in top.items("products"):
        product = _product(context, item)
        skus.add(product.sku, item.place)
        products[product.sku] = product
    return products


def _product(context: Context, node: Node) -> Product:
    fields = Fields(context.report, node, "a product", ("sku", "title", "category", "price"), ("roles", "stock"))
    sku = fields.text("sku")
    if len(sku) > LONGEST_SKU:
        context.report.error("bad-id", fields.place_of("sku"), f"a sku has at most {LONGEST_SKU} characters")
    return Product(
        sku=sku,
        title=_title(context, fields),
        category=fields.id("category", underscores=True),
        price=fields.money("price", context.currency),
        roles=fields.words("roles", ROLES),
        stock=fields.whole("stock", 0, MOST_STOCK) if "stock" in fields else None,
    )


def _title(context: Context, fields: Fields) -> dict[str, str]:
    found: dict[str, str] = {}
    for language, entry in fields.entries("title"):
        if context.known("language", language, context.shop.languages, entry.key.place):
            found[language] = text_of(context.report, entry.node)
    default = context.shop.languages[0]
    if "title" in fields and default not in found:
        context.report.error("missing-language", fields.place_of("title"), f"the title is not there in {default}")
    return found


def read_scenes(context: Context, node: Node) -> dict[str, Scene]:
    top = Fields(context.report, node, "scenes.yaml", ("scenes",))
    scenes: dict[str, Scene] = {}
    ids = Ids(context.report, "scene")
    for item in top.items("scenes"):
        fields = Fields(context.report, item, "a scene", ("scene", "categories"))
        categories = fields.placed_texts("categories", at_least=2)
        scene = Scene(fields.id("scene", underscores=True), tuple(category for category, _ in categories))
        ids.add(scene.id, item.place)
        scenes[scene.id] = scene
        for category, place in categories:
            check_category(context, category, place)
    return scenes


def check_category(context: Context, category: str, place: Place) -> None:
    """A category that some product has; without a catalogue nothing can be said."""
    if context.products:
        context.known("category", category, context.categories, place)


# product_roles.yaml, written by people, and roles.yaml, written by `patron analyze roles`: what products are for (S20).
#
# The roles that a product has are resolved here, once: an override has the last word; otherwise the catalogue's own
# and the measured ones that reach their thresholds. A product that says nothing and was never measured has its
# category's.


LARGEST: Final = 10**6
MOST_EVIDENCE: Final = 10**12
_MEASURED: Final = ("version", "from", "until", "customers", "purchases", "source")


@dataclass(frozen=True, slots=True)
class Score:
    """Of one product or category in one role, see `RoleThreshold`."""

    score: float
    evidence: int
    confidence: float

    def reaches(self, threshold: RoleThreshold) -> bool:
        return (
            self.score >= threshold.score
            and self.evidence >= threshold.evidence
            and self.confidence >= threshold.confidence
        )


Table = Mapping[str, Mapping[str, Score]]
"""Sku or category -> role -> score."""


@dataclass(frozen=True, slots=True)
class MeasuredRoles:
    """roles.yaml. `neighbours`: category -> those that are bought with it, None: not measured."""

    products: Table = field(default_factory=dict)
    categories: Table = field(default_factory=dict)
    neighbours: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class RoleRules:
    """product_roles.yaml. `price_level`: how many times the customer's usual price a product may cost, from and to."""

    thresholds: Mapping[str, RoleThreshold] = field(default_factory=dict)
    overrides: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    price_level: tuple[float, float] | None = None


def read_role_rules(context: Context, node: Node) -> RoleRules:
    top = Fields(context.report, node, "product_roles.yaml", (), ("thresholds", "overrides", "price_level"))
    thresholds = {
        role: _threshold(context, entry.node)
        for role, entry in top.entries("thresholds")
        if word_of(context.report, entry.key, ROLES)
    }
    overrides = {}
    for sku, entry in top.entries("overrides"):
        context.known("product", sku, context.products, entry.key.place)
        roles = [word_of(context.report, item, ROLES) for item in list_of(context.report, entry.node)]
        overrides[sku] = tuple(role for role in roles if role)
    return RoleRules(thresholds, overrides, _price_level(context, top) if "price_level" in top else None)


def _threshold(context: Context, node: Node) -> RoleThreshold:
    fields = Fields(context.report, node, "a threshold", (), ("score", "evidence", "confidence"))
    default = RoleThreshold()
    return RoleThreshold(
        score=fields.decimal("score", 0, LARGEST, default.score),
        evidence=fields.whole("evidence", 0, MOST_EVIDENCE, default.evidence),
        confidence=fields.decimal("confidence", 0, LARGEST, default.confidence),
    )


def _price_level(context: Context, top: Fields) -> tuple[float, float]:
    fields = top.sub("price_level", "the price level", ("from", "to"))
    low, high = fields.decimal("from", 0, 1, 0), fields.decimal("to", 1, LARGEST, LARGEST)
    return low, high


def read_measured_roles(context: Context, node: Node) -> MeasuredRoles:
    optional = ("refused", "products", "categories", "neighbours")
    top = Fields(context.report, node, "roles.yaml", ("measured",), optional)
    measured = top.sub("measured", "measured", _MEASURED)
    measured.whole("version", 1, 1)
    for name in ("customers", "purchases"):
        measured.whole(name, 0, MOST_EVIDENCE)
    for name in ("from", "until", "source"):
        measured.text(name)
    for role, entry in top.entries("refused"):
        if word_of(context.report, entry.key, ROLES):
            text_of(context.report, entry.node, f"why {role} is not shown")
    products = _table(context, top, "products")
    _warn_of_unknown(context, products, top.place_of("products"))
    neighbours = _neighbours(context, top) if "neighbours" in top else None
    return MeasuredRoles(products, _table(context, top, "categories"), neighbours)


def _table(context: Context, top: Fields, key: str) -> Table:
    table: dict[str, dict[str, Score]] = {}
    for name, entry in top.entries(key):
        scores = Fields(context.report, entry.node, f"the roles of {name[:60]}", (), ROLES)
        table[name] = {}
        for role in scores.keys:
            of = scores.sub(role, role, ("score", "evidence", "confidence"))
            table[name][role] = Score(
                of.decimal("score", 0, LARGEST),
                of.whole("evidence", 0, MOST_EVIDENCE),
                of.decimal("confidence", 0, LARGEST),
            )
    return table


def _warn_of_unknown(context: Context, products: Table, place: Place) -> None:
    unknown = [sku for sku in products if sku not in context.products]
    if unknown and "product" not in context.unsure:
        message = f"{len(unknown):,} of {len(products):,} products are not in catalogue.yaml, such as {unknown[0][:60]}"
        context.report.warning(
            "unknown-product", place, message, "measure again: patron analyze roles EVENTS --out rules/roles.yaml"
        )


def _neighbours(context: Context, top: Fields) -> dict[str, tuple[str, ...]]:
    """Category -> the others with their lift; read in the order of the lift, the strongest first."""
    found: dict[str, tuple[str, ...]] = {}
    for category, entry in top.entries("neighbours"):
        lifts = {
            other: parsed(context.report, of.node, lambda raw: parse_decimal(raw, "a lift is a number"), 0.0)
            for other, of in entries_of(context.report, entry.node)
        }
        found[category] = tuple(sorted(lifts, key=lambda other: (-lifts[other], other)))
    return found


def with_roles(products: Mapping[str, Product], rules: RoleRules, measured: MeasuredRoles) -> dict[str, Product]:
    """The products with the roles that they have in effect."""
    return {sku: replace(product, roles=_effective(product, rules, measured)) for sku, product in products.items()}


def _effective(product: Product, rules: RoleRules, measured: MeasuredRoles) -> tuple[str, ...]:
    override = rules.overrides.get(product.sku)
    if override is not None:
        return override
    scores = measured.products.get(product.sku)
    if scores is None:
        scores = {} if product.roles else measured.categories.get(product.category, {})
    reached = {role for role, score in scores.items() if score.reaches(rules.thresholds.get(role, RoleThreshold()))}
    return tuple(role for role in ROLES if role in reached or role in product.roles)


def selection(scenes: Mapping[str, Scene], rules: RoleRules, measured: MeasuredRoles) -> Selection:
    """Neighbours as measured; where they were not, the categories that share a scene."""
    if measured.neighbours is not None:
        return Selection(measured.neighbours, rules.price_level, rules.thresholds)
    together: dict[str, dict[str, None]] = {}
    for scene in scenes.values():
        for one in scene.categories:
            together.setdefault(one, {}).update((other, None) for other in scene.categories if other != one)
    return Selection({one: tuple(others) for one, others in together.items()}, rules.price_level, rules.thresholds)
