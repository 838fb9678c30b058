"""catalogue.yaml and scenes.yaml: a small catalogue with roles, and the categories that are used together."""

from engine.rulebook.offers import Product, Scene
from engine.rulebook.place import Place
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields, Ids, text_of
from engine.rulebook.read.words import ROLES
from engine.rulebook.source import Node

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
