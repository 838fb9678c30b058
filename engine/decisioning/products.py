"""Product selection for a recommendation: by role and category, near or next to the customer's categories, at the
customer's price level, without recent purchases (S20-S23).

The catalogue's order is the shop's preference: the first that fit are chosen.
"""

from math import inf

from engine.domain.decision import ChosenProduct
from engine.domain.facts import Facts, Value
from engine.domain.profile.state import Profile
from engine.facts import begun_scene
from engine.rulebook.model import ProductChoice, Rulebook
from engine.rulebook.offers import Product

RECENT_DAYS = 90
REGULAR_FROM_UNITS = 3
"""Bought recently means within 90 days, unless bought regularly: three times or more."""
PRICED_FROM_UNITS = 3
"""The minimum number of units of known products for a price level."""


def choose(
    choice: ProductChoice, facts: Facts, cart: frozenset[str], profile: Profile, context: tuple[Rulebook, int]
) -> tuple[ChosenProduct, ...]:
    """At most `choice.count` products; fewer if fewer fit. `cart`: the skus in it; `context`: rulebook and now.

    Raises SoldOut if some products fit, but none is in stock.
    """
    book, now = context
    wanted = _wanted_categories(choice, facts, book)
    unwanted = _unwanted(choice, cart, profile, book.shop.days.of(now))
    least, most = _prices(profile, book)
    chosen: list[ChosenProduct] = []
    sold_out = False
    for product in book.products.values():
        if len(chosen) == choice.count:
            break
        if _fits(product, choice, wanted) and least <= product.price <= most and product.sku not in unwanted:
            if product.stock is None or product.stock > 0:
                chosen.append(ChosenProduct(product.sku, choice.role))
            else:
                sold_out = True
    if sold_out and not chosen:
        raise SoldOut
    return tuple(chosen)


class SoldOut(Exception):
    """No fitting product is in stock."""


def _fits(product: Product, choice: ProductChoice, wanted: frozenset[str] | None) -> bool:
    return (choice.role is None or choice.role in product.roles) and (wanted is None or product.category in wanted)


def _wanted_categories(choice: ProductChoice, facts: Facts, book: Rulebook) -> frozenset[str] | None:
    """None: any. `near` narrows only if the customer has any; neighbours and a scene's missing part always do."""
    wanted: frozenset[str] | None = None
    if choice.category is not None:
        wanted = frozenset((choice.category,))
    if choice.near is not None:
        near = facts.get(choice.near)
        if isinstance(near, frozenset) and near:
            wanted = near if wanted is None else wanted & near
    if choice.next_to is not None:
        beside = _neighbours(facts.get(choice.next_to), book)
        wanted = beside if wanted is None else wanted & beside
    if choice.scene == "missing":
        categories = facts.get("cart.categories")
        have = categories if isinstance(categories, frozenset) else frozenset()
        scene = begun_scene(have, book)
        missing = frozenset(book.scenes[scene].categories) - have if scene else frozenset()
        wanted = missing if wanted is None else wanted & missing
    return wanted


def _neighbours(known: Value, book: Rulebook) -> frozenset[str]:
    """The neighbours of these categories, without these."""
    have = known if isinstance(known, frozenset) else frozenset()
    return frozenset(other for one in have for other in book.selection.neighbours.get(one, ())) - have


def _prices(profile: Profile, book: Rulebook) -> tuple[float, float]:
    """The price range that fits this customer: around the mean price of the units bought."""
    level = book.selection.price_level
    if level is None:
        return 0, inf
    products = book.products
    known = [(number, products[sku].price) for sku, (number, _) in profile.skus.items() if sku in products]
    units = sum([number for number, _ in known])
    if units < PRICED_FROM_UNITS:
        return 0, inf
    spent = sum([number * price for number, price in known])
    return level[0] * spent / units, level[1] * spent / units


def _unwanted(choice: ProductChoice, cart: frozenset[str], profile: Profile, today: int) -> frozenset[str]:
    unwanted: frozenset[str] = frozenset()
    if "in_cart" in choice.exclude:
        unwanted |= cart
    if "bought_recently" in choice.exclude:
        since = today - RECENT_DAYS
        unwanted |= {sku for sku, (units, day) in profile.skus.items() if day > since and units < REGULAR_FROM_UNITS}
    return unwanted
