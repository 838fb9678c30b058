"""Which products go with a recommendation: by role and category, near the customer, not what was just bought (S20-S22).

The catalogue's order is the shop's preference: the first that fit are chosen.
"""

from engine.decision import ChosenProduct
from engine.facts import begun_scene
from engine.profile.state import Profile
from engine.rulebook.model import Facts, ProductChoice, Rulebook
from engine.rulebook.offers import Product
from engine.times import day_of

RECENT_DAYS = 90
REGULAR_FROM_UNITS = 3
"""Bought recently means within 90 days, unless it is bought regularly: three times or more."""


def choose(
    choice: ProductChoice, facts: Facts, cart: frozenset[str], profile: Profile, context: tuple[Rulebook, int]
) -> tuple[ChosenProduct, ...]:
    """At most `choice.count` products; fewer where fewer fit. `cart`: the skus in it; `context`: rulebook and now.

    SoldOut when there are some that fit, and none of them is in stock.
    """
    book, now = context
    wanted = _wanted_categories(choice, facts, book)
    unwanted = _unwanted(choice, cart, profile, now)
    chosen: list[ChosenProduct] = []
    sold_out = False
    for product in book.products.values():
        if len(chosen) == choice.count:
            break
        if _fits(product, choice, wanted) and product.sku not in unwanted:
            if product.stock is None or product.stock > 0:
                chosen.append(ChosenProduct(product.sku, choice.role))
            else:
                sold_out = True
    if sold_out and not chosen:
        raise SoldOut
    return tuple(chosen)


class SoldOut(Exception):
    """What fits is not in stock."""


def _fits(product: Product, choice: ProductChoice, wanted: frozenset[str] | None) -> bool:
    return (choice.role is None or choice.role in product.roles) and (wanted is None or product.category in wanted)


def _wanted_categories(choice: ProductChoice, facts: Facts, book: Rulebook) -> frozenset[str] | None:
    """None: any. `near` narrows only when the customer has any; the missing part of a scene always narrows."""
    wanted: frozenset[str] | None = None
    if choice.category is not None:
        wanted = frozenset((choice.category,))
    if choice.near is not None:
        near = facts.get(choice.near)
        if isinstance(near, frozenset) and near:
            wanted = near if wanted is None else wanted & near
    if choice.scene == "missing":
        categories = facts.get("cart.categories")
        have = categories if isinstance(categories, frozenset) else frozenset()
        scene = begun_scene(have, book)
        missing = frozenset(book.scenes[scene].categories) - have if scene else frozenset()
        wanted = missing if wanted is None else wanted & missing
    return wanted


def _unwanted(choice: ProductChoice, cart: frozenset[str], profile: Profile, now: int) -> frozenset[str]:
    unwanted: frozenset[str] = frozenset()
    if "in_cart" in choice.exclude:
        unwanted |= cart
    if "bought_recently" in choice.exclude:
        since = day_of(now) - RECENT_DAYS
        unwanted |= {sku for sku, (units, day) in profile.skus.items() if day > since and units < REGULAR_FROM_UNITS}
    return unwanted
