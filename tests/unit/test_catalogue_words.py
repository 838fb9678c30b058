"""Categories are those of the catalogue, however senders write them."""

from typing import Any

import pytest

from engine.domain.events import Event
from engine.domain.money import Currency
from engine.rulebook.shop import Shop
from engine.schemas import load_event, load_request
from tests.support.books import shipped
from tests.support.services import Shop as Service
from tests.support.services import answered

SHOP: Shop = shipped().rulebook.shop
DEFAULT = Shop(Currency("EUR"), "Europe/Berlin", ("en",))
TIME = "2026-03-01T10:00:00Z"


def event(kind: str, **properties: Any) -> Event:
    raw = {"id": "e1", "type": kind, "time": TIME, "customer": {"id": "mei"}, "properties": properties}
    return load_event(raw, SHOP)


def bought(**line: Any) -> Event:
    lines = [{"line_id": "1", "amount": 10, **line}]
    return event("order_completed", order_id="o1", total=10, lines=lines)


def category_of(event: Event) -> Any:
    return event.properties["lines"][0].get("category")


@pytest.mark.parametrize("sent", ["kitchen", "Kitchen", "KITCHEN", "kit chen", "kit-chen", "kit_chen"])
def test_letter_case_blanks_and_hyphens_do_not_make_another_category(sent: str) -> None:
    assert category_of(bought(category=sent)) == "kitchen"
    assert event("product_viewed", sku="K-101", category=sent).properties["category"] == "kitchen"


def test_a_line_with_a_known_product_has_its_category() -> None:
    assert category_of(bought(sku="K-101")) == shipped().rulebook.products["K-101"].category
    assert category_of(bought(sku="K-101", category="bedding")) == "bedding"
    assert category_of(bought(sku="unheard-of")) is None


def test_a_similar_category_is_kept_with_a_warning() -> None:
    sent = bought(category="kitchn")
    assert category_of(sent) == "kitchn"
    assert sent.warnings == (
        "/properties/lines/0/category: kitchn is not a category of the catalogue; did you mean kitchen?",
    )


def test_a_category_unlike_all_others_is_kept_without_a_word() -> None:
    sent = bought(category="garden furniture")
    assert (category_of(sent), sent.warnings) == ("garden furniture", ())


def test_the_cart_of_a_request_is_read_alike() -> None:
    lines = [
        {"line_id": "1", "sku": "K-101", "amount": 10},
        {"line_id": "2", "sku": "unheard-of", "category": "kitchn", "amount": 1},
    ]
    raw = {"request_id": "r1", "customer": {"id": "mei"}, "context": {"cart": {"lines": lines}}}
    request = load_request(raw, SHOP)
    assert [line.get("category") for line in request.context["cart"]["lines"]] == ["kitchen", "kitchn"]
    assert request.warnings == (
        "/context/cart/lines/1/category: kitchn is not a category of the catalogue; did you mean kitchen?",
    )


def test_the_sender_gets_the_warning() -> None:
    shop = Service(shipped())
    reply = shop.service.handle_event(bought(category="kitchn"))
    assert answered(reply)["warnings"] == list(bought(category="kitchn").warnings)


def test_a_shop_without_a_catalogue_takes_categories_as_they_come() -> None:
    lines = [{"line_id": "1", "amount": 10, "category": "Kitchn"}]
    raw = {"id": "e1", "type": "order_completed", "time": TIME, "customer": {"id": "mei"}}
    sent = load_event({**raw, "properties": {"order_id": "o1", "total": 10, "lines": lines}}, DEFAULT)
    assert (category_of(sent), sent.warnings) == ("Kitchn", ())
