"""Products are chosen by role, category and scene, near the customer, and not what they just bought."""

from dataclasses import replace
from typing import Any

import pytest

from engine.decisioning.products import SoldOut, choose
from engine.domain.profile import Profile
from engine.facts import FactsDict
from engine.rulebook.model import ProductChoice, Rulebook
from engine.rulebook.offers import Selection
from tests.support.books import NOW, action, book, days_ago, order, rule, who

BOOK: Rulebook = book([action("a")], [rule("r", "a")])
LINE = {"line_id": "1", "amount": 100}


def skus(
    choice: ProductChoice, profile: Profile | None = None, facts: FactsDict | None = None, cart: Any = ()
) -> list[str]:
    chosen = choose(choice, facts or {}, frozenset(cart), profile or who(), (BOOK, NOW))
    return [product.sku for product in chosen]


def bought(sku: str, days: float, times: int = 1) -> Profile:
    lines = ({**LINE, "sku": sku, "category": "kitchen", "quantity": 1},)
    return who(*(order(f"o{n}", days_ago(days), 100, lines=lines) for n in range(times)))


def test_a_role_chooses_in_the_order_of_the_catalogue_what_is_in_stock() -> None:
    assert skus(ProductChoice(9, role="activation")) == ["K-1", "K-3", "L-1"]


def test_no_more_products_than_asked_for_are_chosen() -> None:
    assert skus(ProductChoice(2, role="activation")) == ["K-1", "K-3"]


def test_a_chosen_product_carries_the_role_that_it_was_chosen_for() -> None:
    (chosen,) = choose(ProductChoice(1, role="profit"), {}, frozenset(), who(), (BOOK, NOW))
    assert (chosen.sku, chosen.role) == ("L-1", "profit")


def test_a_category_narrows() -> None:
    assert skus(ProductChoice(9, category="kitchen")) == ["K-1", "K-3"]
    assert skus(ProductChoice(9, role="profit", category="textiles")) == ["T-1"]


def test_near_narrows_to_the_customers_categories() -> None:
    facts: FactsDict = {"customer.categories": frozenset(("lighting",))}
    assert skus(ProductChoice(9, role="activation", near="customer.categories"), facts=facts) == ["L-1"]


@pytest.mark.parametrize("known", [frozenset(), None], ids=["none", "unknown"])
def test_near_does_not_narrow_for_who_has_no_categories_yet(known: Any) -> None:
    choice = ProductChoice(9, role="profit", near="customer.categories")
    assert skus(choice, facts={"customer.categories": known}) == ["L-1", "T-1"]


def test_near_and_category_that_exclude_each_other_choose_nothing() -> None:
    facts: FactsDict = {"customer.categories": frozenset(("lighting",))}
    assert skus(ProductChoice(9, category="kitchen", near="customer.categories"), facts=facts) == []


RECENT = ProductChoice(9, category="kitchen", exclude=("bought_recently",))


@pytest.mark.parametrize(
    ("days", "times", "chosen"),
    [(5, 1, ["K-3"]), (89, 1, ["K-3"]), (91, 1, ["K-1", "K-3"]), (5, 2, ["K-3"]), (5, 3, ["K-1", "K-3"])],
)
def test_what_was_bought_within_90_days_is_left_out_unless_it_is_bought_regularly(
    days: float, times: int, chosen: list[str]
) -> None:
    assert skus(RECENT, bought("K-1", days, times)) == chosen


def test_what_is_in_the_cart_is_left_out_where_the_rule_says_so() -> None:
    assert skus(ProductChoice(9, category="kitchen", exclude=("in_cart",)), cart=["K-1"]) == ["K-3"]
    assert skus(ProductChoice(9, category="kitchen"), cart=["K-1"]) == ["K-1", "K-3"]


def test_a_begun_scene_asks_for_its_missing_part() -> None:
    facts: FactsDict = {"cart.categories": frozenset(("kitchen", "lighting"))}
    assert skus(ProductChoice(9, scene="missing"), facts=facts) == ["T-1"]


@pytest.mark.parametrize("have", [(), ("garden",), ("kitchen", "lighting", "textiles")])
def test_without_a_begun_scene_nothing_is_missing(have: tuple[str, ...]) -> None:
    assert skus(ProductChoice(9, scene="missing"), facts={"cart.categories": frozenset(have)}) == []


def test_what_fits_and_is_sold_out_is_said_to_be_so() -> None:
    emptied = {sku: replace(product, stock=0) for sku, product in BOOK.products.items()}
    with pytest.raises(SoldOut):
        choose(ProductChoice(1, role="profit"), {}, frozenset(), who(), (replace(BOOK, products=emptied), NOW))


NEIGHBOURS = replace(
    BOOK, selection=Selection(neighbours={"kitchen": ("lighting", "textiles"), "lighting": ("kitchen",)})
)
NEXT = ProductChoice(9, next_to="customer.categories")


def in_book(book: Rulebook, choice: ProductChoice, profile: Profile, *categories: str) -> list[str]:
    facts: FactsDict = {"customer.categories": frozenset(categories)}
    return [product.sku for product in choose(choice, facts, frozenset(), profile, (book, NOW))]


def test_next_to_chooses_from_the_categories_that_go_with_the_customers() -> None:
    assert in_book(NEIGHBOURS, NEXT, who(), "kitchen") == ["L-1", "T-1"]


def test_next_to_leaves_out_what_the_customer_has_already() -> None:
    assert in_book(NEIGHBOURS, NEXT, who(), "kitchen", "lighting") == ["T-1"]


@pytest.mark.parametrize("known", [(), ("garden",)], ids=["nothing known", "no neighbours"])
def test_where_there_is_nothing_to_be_next_to_nothing_is_chosen(known: tuple[str, ...]) -> None:
    assert in_book(NEIGHBOURS, NEXT, who(), *known) == []


IN_STOCK = [sku for sku, product in BOOK.products.items() if product.stock != 0]


def priced(least: float, most: float, units: int) -> list[str]:
    book = replace(BOOK, selection=Selection(price_level=(least, most)))
    return in_book(book, ProductChoice(9), bought("K-3", 400, units))


def test_a_product_far_from_the_customers_usual_price_is_left_out() -> None:
    usual = BOOK.products["K-3"].price
    fitting = [sku for sku in IN_STOCK if 0.5 * usual <= BOOK.products[sku].price <= 2 * usual]
    assert priced(0.5, 2, 3) == fitting != IN_STOCK


def test_a_price_level_that_is_hardly_known_leaves_nothing_out() -> None:
    assert priced(0.5, 2, 2) == IN_STOCK


def test_the_usual_price_is_the_mean_of_the_units_that_were_bought() -> None:
    book = replace(BOOK, selection=Selection(price_level=(1, 1)))
    prices = dict.fromkeys(BOOK.products, 100) | {"K-1": 200, "L-1": 150}
    book = replace(book, products={sku: replace(of, price=prices[sku]) for sku, of in BOOK.products.items()})
    both = who().but(skus={"K-1": (2, 1), "K-3": (2, 1), "gone": (50, 1)})
    assert in_book(book, ProductChoice(9), both) == ["L-1"]
