"""A wrong value costs itself, not the rest of the event, unless money, ids, times or consents depend on it."""

from typing import Any

import pytest

from engine.domain.errors import InvalidInput
from engine.domain.events import Event
from engine.domain.money import Currency
from engine.rulebook.shop import Shop
from engine.schemas import load_event, load_event_strictly, load_request, load_traits
from tests.support.requests import event, order, request

SHOP = Shop(Currency("EUR"), "Europe/Berlin", ("en",))
LINE = {"line_id": "1", "amount": "60.00"}


def load(kind: str, /, **properties: Any) -> Event:
    return load_event(event(type=kind, properties=properties), SHOP)


def identified(**traits: Any) -> Event:
    return load("identified", traits=traits)


def refused(raw: Any) -> dict[str, str]:
    """Pointer -> message of each problem."""
    with pytest.raises(InvalidInput) as caught:
        load_event(raw, SHOP)
    return {problem.pointer: problem.message for problem in caught.value.problems}


# ---- wrong values ----


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("birthday", "1990-02-30"),
        ("birthday", None),
        ("language", "en_GB"),
        ("zone", "Berlin"),
        ("interests", "books"),
        ("interests", [7]),
    ],
)
def test_a_wrong_trait_costs_no_other_trait(name: str, wrong: Any) -> None:
    got = identified(**{"first_name": "Mei", name: wrong})
    assert got.properties == {"traits": {"first_name": "Mei"}}
    (warning,) = got.warnings
    assert warning.startswith(f"/properties/traits/{name}") and warning.endswith("; left out")


def test_a_warning_states_what_is_wrong() -> None:
    got = identified(first_name="Mei", birthday="1990-02-30")
    assert got.warnings == ("/properties/traits/birthday: is not a valid date; left out",)


def test_traits_that_are_all_wrong_are_refused_since_nothing_is_left() -> None:
    raw = event(type="identified", properties={"traits": {"birthday": "1990-02-30", "first_name": 7}})
    assert set(refused(raw)) == {"/properties/traits/birthday", "/properties/traits/first_name"}


def test_a_wrong_interest_costs_no_other_interest() -> None:
    got = identified(interests=["tea", "a\x07b", "", "books"])
    assert got.properties["traits"]["interests"] == ("tea", "books")
    assert got.warnings == (
        "/properties/traits/interests/1: must not contain control or invisible characters; left out",
    )


def test_of_too_many_interests_the_first_are_kept() -> None:
    got = identified(interests=[f"i{n}" for n in range(60)])
    assert len(got.properties["traits"]["interests"]) == 50
    assert got.warnings == ("/properties/traits/interests/50: must have at most 50 items; left out",)


def test_interests_that_are_removed_on_purpose_stay_an_empty_list() -> None:
    assert identified(interests=[], birthday="soon").properties == {"traits": {"interests": ()}}


@pytest.mark.parametrize("label", ["sku", "category"])
@pytest.mark.parametrize("wrong", ["x" * 101, 7, None, ["a"], "a\x00"])
def test_a_wrong_label_costs_no_order(label: str, wrong: Any) -> None:
    got = load_event(order(lines=[{**LINE, label: wrong}]), SHOP)
    assert (got.properties["total"], len(got.properties["lines"])) == (6000, 1)
    assert label not in got.properties["lines"][0]
    assert got.warnings[0].startswith(f"/properties/lines/0/{label}: ")


def test_a_wrong_recommendation_id_costs_neither_the_order_nor_the_others() -> None:
    got = load_event(order(recommendation_ids=["undefined", "r-00aa-1"]), SHOP)
    assert got.properties["recommendation_ids"] == ("r-00aa-1",)
    assert got.warnings[0].startswith("/properties/recommendation_ids/0: ")


@pytest.mark.parametrize(
    ("kind", "properties", "name"),
    [
        ("visited", {"surface": 7}, "surface"),
        ("product_viewed", {"sku": "s", "category": 7}, "category"),
        ("searched", {"query": "tea", "results": -1}, "results"),
        ("content_engaged", {"content_id": "c", "kind": 7}, "kind"),
        ("complaint_opened", {"complaint_id": "k", "about": 7}, "about"),
        ("complaint_closed", {"complaint_id": "k", "about": 7}, "about"),
        ("rated", {"score": 5, "about": 7}, "about"),
        ("feedback_given", {"topic": "t", "text": "x" * 2001}, "text"),
        ("wish_expressed", {"category": "tea", "text": 7}, "text"),
        ("cart_updated", {"lines": [{"sku": "s", "line_id": 7}]}, "lines/0/line_id"),
    ],
)
def test_every_event_type_can_do_without_a_wrong_detail(kind: str, properties: dict[str, Any], name: str) -> None:
    (warning,) = load(kind, **properties).warnings
    assert warning.startswith(f"/properties/{name}: ")


def test_more_than_twenty_warnings_are_summed_up() -> None:
    lines = [{"line_id": str(n), "amount": "1.00", "category": n} for n in range(30)]
    warnings = load_event(order(lines=lines), SHOP).warnings
    assert len(warnings) == 21
    assert warnings[-1] == "and 10 more values are left out"


def test_a_large_cart_has_both_kinds_of_warnings() -> None:
    lines = [{"sku": f"s{n}"} for n in range(201)]
    lines[3]["category"] = 7  # type: ignore[assignment]
    warnings = load("cart_updated", lines=lines).warnings
    assert [warning.partition(": ")[0] for warning in warnings] == ["/properties/lines", "/properties/lines/3/category"]


# ---- what stays strict ----


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"total": "many"}, "/properties/total"),
        ({"currency": "EURO"}, "/properties/currency"),
        ({"shop_total": "60,00"}, "/properties/shop_total"),
        ({"order_id": "a\u00adb"}, "/properties/order_id"),
        ({"lines": [{**LINE, "cost": "?"}]}, "/properties/lines/0/cost"),
        ({"lines": [{**LINE, "quantity": 0}]}, "/properties/lines/0/quantity"),
        ({"lines": [{**LINE, "line_id": ""}]}, "/properties/lines/0/line_id"),
        ({"lines": [{**LINE, "catgory": "tea"}]}, "/properties/lines/0/catgory"),
    ],
)
def test_what_money_and_ids_depend_on_is_refused(changed: dict[str, Any], pointer: str) -> None:
    assert list(refused(order(**changed))) == [pointer]


def test_a_consent_is_refused_for_any_mistake() -> None:
    raw = event(type="consent_changed", properties={"channel": "email", "purposes": [7], "granted": True})
    assert list(refused(raw)) == ["/properties/purposes/0"]


def test_a_refused_event_is_told_of_the_values_that_would_be_left_out() -> None:
    raw = order(order_id="", lines=[{**LINE, "category": 7}])
    assert set(refused(raw)) == {"/properties/order_id", "/properties/lines/0/category"}


def test_the_strict_way_leaves_nothing_out() -> None:
    raw = event(properties={"surface": 7})
    with pytest.raises(InvalidInput, match="/properties/surface"):
        load_event_strictly(raw, SHOP)


# ---- blanks and invisible characters ----


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("Küche\u00a0& Bad", "Küche & Bad"),
        ("Schlaf\u00adzimmer", "Schlafzimmer"),
        ("\ufeffbed", "bed"),
        ("Ku\u0308che", "Küche"),
        ("آشپز\u200cخانه", "آشپز\u200cخانه"),
        ("\U0001f469\u200d\U0001f373", "\U0001f469\u200d\U0001f373"),
        (" tea  and\tcoffee ", "tea and coffee"),
    ],
)
def test_a_label_is_read_in_its_normal_form_without_a_warning(sent: str, read: str) -> None:
    got = load("product_viewed", sku=sent, category=sent)
    assert got.properties == {"sku": read, "category": read}
    assert got.warnings == ()


@pytest.mark.parametrize("blank", ["", " ", "\u00a0\u3000", "\t\n", "\u200b\ufeff", "\u3164"])
def test_a_name_of_blanks_is_none(blank: str) -> None:
    got = identified(first_name=blank, language="en", interests=[blank, "tea"])
    assert got.properties == {"traits": {"language": "en", "interests": ("tea",)}}
    assert got.warnings == ()


def test_a_required_name_of_blanks_is_refused() -> None:
    raw = event(type="product_viewed", properties={"sku": "\u00a0"})
    assert "/properties/sku" in refused(raw)


def test_a_cart_of_a_request_is_read_alike() -> None:
    lines = [{"sku": "K\u00ad1", "category": 7}]
    got = load_request(request(context={"cart": {"lines": lines}}), SHOP)
    assert got.context["cart"]["lines"] == ({"sku": "K1", "quantity": 1},)
    assert got.warnings == ("/context/cart/lines/0/category: must be a text, not a number; left out",)


def test_traits_set_by_a_call_of_their_own_are_read_alike() -> None:
    traits, warnings = load_traits({"first_name": "Mei\u00a0", "birthday": "1990-02-30"})
    assert traits == {"first_name": "Mei"}
    assert warnings == ("/birthday: is not a valid date; left out",)
