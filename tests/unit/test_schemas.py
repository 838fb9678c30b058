"""What `load_event`, `load_request` and `load_outcomes` let in, and as what."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine.domain.errors import InvalidInput
from engine.domain.events import EVENT_TYPES, DecisionRequest, Event, Outcome, Placed
from engine.domain.money import Currency
from engine.rulebook.shop import Shop
from engine.schemas import (
    CONTEXT_KEYS,
    event_json_schema,
    load_customer,
    load_event,
    load_outcomes,
    load_request,
    outcome_json_schema,
    request_json_schema,
)
from tests.support.requests import event, order, outcome, request

SHOP = Shop(Currency("EUR"), "Europe/Berlin", ("en",))
NINE = 1_772_355_600_000  # 2026-03-01T09:00:00Z

LEAST = {
    "order_completed": {"order_id": "o", "total": "1.00"},
    "merged": {"merged": {"id": "other"}},
    "order_updated": {"order_id": "o", "total": "1.00"},
    "order_returned": {"order_id": "o", "amount": "1.00"},
    "order_cancelled": {"order_id": "o"},
    "delivery_completed": {"order_id": "o"},
    "delivery_failed": {"order_id": "o"},
    "visited": {},
    "product_viewed": {"sku": "s"},
    "searched": {"query": "q"},
    "cart_updated": {"lines": []},
    "checkout_started": {"lines": [{"sku": "s"}]},
    "content_engaged": {"content_id": "c"},
    "community_joined": {"community": "c"},
    "community_contributed": {"kind": "test"},
    "identified": {"traits": {}},
    "aliased": {"anonymous_id": "a"},
    "channel_address_added": {"channel": "email"},
    "channel_address_removed": {"channel": "email"},
    "consent_changed": {"channel": "email", "purposes": ["marketing"], "granted": True},
    "complaint_opened": {"complaint_id": "k"},
    "complaint_closed": {"complaint_id": "k"},
    "rated": {"score": 5},
    "feedback_given": {"topic": "t"},
    "wish_expressed": {"category": "c"},
    "referral_made": {"referred": {"id": "friend"}},
    "referral_converted": {"referred": {"id": "friend"}},
    "referral_reversed": {"referred": {"id": "friend"}},
    "outcome": {"recommendation_id": "r-00aa-1", "outcome": "click"},
}


def load(raw: object, shop: Shop = SHOP) -> Event:
    return load_event(raw, shop, NINE)


def wrong(raw: object, shop: Shop = SHOP) -> dict[str, str]:
    """Pointer -> code of each problem."""
    with pytest.raises(InvalidInput) as caught:
        load(raw, shop)
    return {problem.pointer: problem.code for problem in caught.value.problems}


def properties(kind: str, **said: object) -> dict:
    return dict(load(event(type=kind, properties=said)).properties)


# ---- the envelope ----


def test_an_event_is_read_into_a_value():
    raw = event(channel="web", decide=["home.banner", "home.side"])
    assert load(raw) == Event("e-1", "visited", NINE, "c/c-1", "web", {"surface": "web"}, ("home.banner", "home.side"))


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_event_type_is_taken_with_the_least_it_needs(kind):
    assert load(event(type=kind, properties=LEAST[kind])).type == kind


@pytest.mark.parametrize("kind", [kind for kind in EVENT_TYPES if LEAST[kind]])
def test_every_event_type_that_needs_something_is_refused_without_it(kind):
    raw = event(type=kind)
    del raw["properties"]
    assert wrong(raw) == {"/properties": "required"}


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_no_event_type_takes_a_property_that_it_does_not_know(kind):
    assert wrong(event(type=kind, properties=LEAST[kind] | {"colour": "red"})) == {"/properties/colour": "unknown"}


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-01T10:00:00+01:00", NINE),
        ("2026-03-01T09:00:00Z", NINE),
        ("2026-03-01t09:00:00z", NINE),
        ("2026-03-01T09:00:00.123456789Z", NINE + 123),
        ("1970-01-01T00:00:00Z", 0),
    ],
)
def test_a_time_is_read_to_milliseconds(text, at):
    assert load(event(time=text)).time == at


def test_a_time_may_be_five_minutes_ahead_and_no_more():
    assert load(event(time="2026-03-01T09:05:00Z"))
    assert wrong(event(time="2026-03-01T09:05:00.001Z")) == {"/time": "ahead"}


def test_a_replayed_event_brings_its_own_clock():
    assert load_event(event(time="2199-01-01T00:00:00Z"), SHOP, None).time > NINE


def test_a_time_ahead_is_named_along_with_the_rest():
    assert wrong(event(time="2027-01-01T00:00:00Z", id="")) == {"/id": "length", "/time": "ahead"}


def test_an_anonymous_customer_has_a_key_of_its_own_kind():
    assert load(event(customer={"anonymous_id": "x"})).customer == "a/x"


def test_ids_may_be_in_any_script():
    assert load(event(customer={"id": "顾客 7"})).customer == "c/顾客 7"


# ---- money ----


def test_amounts_become_minor_units_of_the_shop():
    said = load(order()).properties
    assert said["total"] == 6000
    assert [line["amount"] for line in said["lines"]] == [2000, 4000]
    assert said["lines"][1]["cost"] == 2500


@pytest.mark.parametrize("total", [1234, 1234.0, "1234", "1234.00", 1233.9999999999998])
def test_a_number_is_an_amount_in_the_shops_currency(total):
    assert load(order(total=total, lines=[])).properties["total"] == 123400


def order_in_minor_units(**more):
    properties = {**order()["properties"], **more}
    del properties["total"]
    return event(type="order_completed", properties=properties)


def test_a_missing_amount_is_reported_once():
    for raw in (order_in_minor_units(), order(lines=[{"line_id": "1"}])):
        with pytest.raises(InvalidInput) as refused:
            load_event(raw, SHOP)
        assert len(refused.value.problems) == 1


def test_the_published_schema_wants_one_of_both_fields():
    valid = Draft202012Validator(event_json_schema()).is_valid
    assert valid(order(total="60.00")) and valid(order_in_minor_units(total_minor=6000))
    assert not valid(order(total_minor=6000)) and not valid(order_in_minor_units())
    assert not valid(order(shop_total="60.00", shop_total_minor=6000))


def test_minor_units_have_fields_of_their_own():
    line = {"line_id": "1", "amount_minor": 990, "cost_minor": 250}
    said = load(order_in_minor_units(total_minor=990, lines=[line])).properties
    assert (said["total"], said["lines"][0]["amount"], said["lines"][0]["cost"]) == (990, 990, 250)
    assert not {"total_minor", "amount_minor"} & {*said, *said["lines"][0]}


def test_an_amount_is_sent_in_one_of_its_fields():
    assert wrong(order(total_minor=6000)) == {"/properties/total_minor": "repeated"}
    assert wrong(order_in_minor_units()) == {"/properties/total": "required"}


@pytest.mark.parametrize("minor", [12.5, "1250", True, -1, 10**14])
def test_minor_units_are_a_whole_number(minor):
    assert list(wrong(order_in_minor_units(total_minor=minor))) == ["/properties/total_minor"]


def test_a_missing_amount_is_named_beside_other_mistakes():
    assert wrong(order_in_minor_units(order_id="")) == {
        "/properties/order_id": "length",
        "/properties/total": "required",
    }


def test_an_amount_between_two_cents_is_refused():
    assert wrong(order(total=12.345)) == {"/properties/total": "amount"}


@pytest.mark.parametrize(("integers", "total"), [("major", 5000), ("minor", 50)])
def test_a_log_says_what_its_whole_numbers_count(integers, total):
    assert load_event(order(total=50, lines=[]), SHOP, integers=integers).properties["total"] == total
    request = {"request_id": "q", "customer": {"id": "c"}, "context": {"cart": {"lines": [{"sku": "K", "amount": 50}]}}}
    assert load_request(request, SHOP, logged=True, integers=integers).context["cart"]["lines"][0]["amount"] == total


def test_a_whole_number_of_a_log_is_refused_with_both_readings_while_nobody_says():
    with pytest.raises(InvalidInput) as refused:
        load_event(order(total=50, lines=[]), SHOP, integers="unknown")
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.code) == ("/properties/total", "amount-unit")
    assert "50 minor units (cents)" in problem.message and "--amounts minor or --amounts major" in problem.message


def test_a_log_with_texts_and_decimals_needs_no_word_about_units():
    assert load_event(order(total=49.9, lines=[]), SHOP, integers="unknown").properties["total"] == 4990


def test_a_shop_without_decimals_takes_none():
    yen = Shop(Currency("JPY", 0), "Asia/Tokyo", ("ja",))
    assert load(order(total="1200", lines=[]), yen).properties["total"] == 1200
    assert wrong(order(total="12.5", lines=[]), yen) == {"/properties/total": "amount"}


def test_the_shops_own_currency_may_be_named():
    assert load(order(currency="EUR")).properties == load(order()).properties


def test_another_currency_needs_the_amount_in_the_shops():
    assert wrong(order(currency="USD")) == {"/properties/currency": "currency"}


def test_amounts_in_another_currency_are_scaled_to_the_shops_total():
    said = load(order(currency="USD", shop_total="54.00")).properties
    assert (said["total"], [line["amount"] for line in said["lines"]]) == (5400, [1800, 3600])
    assert said["lines"][1]["cost"] == 2250
    assert not {"currency", "shop_total"} & set(said)


def test_another_currency_may_have_other_decimals():
    lines = [{"line_id": "1", "amount": "1.500"}, {"line_id": "2", "amount": "0.500"}]
    said = load(order(currency="KWD", total="2.000", shop_total="6.00", lines=lines)).properties
    assert [line["amount"] for line in said["lines"]] == [450, 150]


@settings(max_examples=200)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any), st.integers(0, 10**7))
def test_scaled_lines_add_up_to_the_total_exactly(amounts, shop_total):
    lines = [{"line_id": str(n), "amount_minor": amount} for n, amount in enumerate(amounts)]
    foreign = {"currency": "USD", "total_minor": sum(amounts), "shop_total_minor": shop_total, "lines": lines}
    said = load(order_in_minor_units(**foreign)).properties
    scaled = [line["amount"] for line in said["lines"]]
    assert sum(scaled) == said["total"] == shop_total
    assert all(abs(s * sum(amounts) - a * shop_total) <= sum(amounts) for s, a in zip(scaled, amounts, strict=True))


def test_nothing_cannot_be_scaled_to_something():
    assert wrong(order(currency="USD", total=0, shop_total=100)) == {"/properties/shop_total": "currency"}


def test_two_totals_in_one_currency_must_agree():
    assert load(order(shop_total="60.00")).properties["total"] == 6000
    assert wrong(order(shop_total="61.00")) == {"/properties/shop_total": "currency"}


def test_a_return_without_an_amount_is_the_sum_of_its_lines():
    lines = [{"line_id": "1", "amount": "2.00"}, {"line_id": "2", "amount": "3.00"}]
    assert properties("order_returned", order_id="o", lines=lines)["amount"] == 500


def test_a_return_in_another_currency_is_scaled_too():
    said = properties("order_returned", order_id="o", currency="USD", amount="10.00", shop_total="9.00")
    assert said == {"order_id": "o", "amount": 900, "sent": ("USD", 1000)}


def test_a_return_of_nothing_is_refused():
    assert wrong(event(type="order_returned", properties={"order_id": "o"})) == {"/properties": "required"}


def test_no_two_lines_of_an_order_have_the_same_id():
    line = {"line_id": "1", "amount": "2.00"}
    assert wrong(order(lines=[line, line])) == {"/properties/lines": "repeated"}


# ---- the other properties ----


def test_a_quantity_is_one_unless_it_is_said():
    assert properties("cart_updated", lines=[{"sku": "s"}])["lines"] == ({"sku": "s", "quantity": 1},)


@pytest.mark.parametrize("quantity", [0, -1, 1.0, 1.5, True, "1", None])
def test_a_quantity_is_a_whole_number_from_one(quantity):
    lines = [{"sku": "s", "quantity": quantity}]
    assert "/properties/lines/0/quantity" in wrong(event(type="cart_updated", properties={"lines": lines}))


@pytest.mark.parametrize("score", [0, 6, 3.0, "3", True])
def test_a_score_is_one_to_five(score):
    assert list(wrong(event(type="rated", properties={"score": score}))) == ["/properties/score"]


@pytest.mark.parametrize("birthday", ["1990-02-28", "02-29", "2000-02-29", "12-31"])
def test_a_birthday_may_keep_its_year_to_itself(birthday):
    assert properties("identified", traits={"birthday": birthday})["traits"]["birthday"] == birthday


@pytest.mark.parametrize("birthday", ["1990-02-30", "13-01", "00-10", "1990-1-1", "29.02.", "1700-01-01", 229])
def test_a_birthday_is_a_day_that_exists(birthday):
    raw = event(type="identified", properties={"traits": {"birthday": birthday}})
    assert list(wrong(raw)) == ["/properties/traits/birthday"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires"])
def test_a_zone_is_an_iana_zone(zone):
    assert properties("identified", traits={"zone": zone})["traits"]["zone"] == zone


@pytest.mark.parametrize("zone", ["Europe", "Berlin", "../../etc/passwd", "Europe/Berlin\x00", "", 1, "+01:00"])
def test_what_is_no_zone_is_refused(zone):
    assert list(wrong(event(type="identified", properties={"traits": {"zone": zone}}))) == ["/properties/traits/zone"]


@pytest.mark.parametrize("language", ["en", "zh-Hans", "de-CH", "zh-Hans-CN"])
def test_a_language_is_a_tag(language):
    assert properties("identified", traits={"language": language})["traits"]["language"] == language


@pytest.mark.parametrize("language", ["english", "e", "en_GB", "en-", "", "中文", 5])
def test_what_is_no_language_tag_is_refused(language):
    raw = event(type="identified", properties={"traits": {"language": language}})
    assert list(wrong(raw)) == ["/properties/traits/language"]


def test_a_text_may_have_line_breaks_and_2000_characters():
    assert properties("wish_expressed", text="a\nb\t" + "c" * 1996)
    assert wrong(event(type="wish_expressed", properties={"text": "a" * 2001})) == {"/properties/text": "length"}
    assert wrong(event(type="wish_expressed", properties={"text": "a\x07"})) == {"/properties/text": "characters"}


def test_an_empty_wish_is_refused():
    assert wrong(event(type="wish_expressed", properties={})) == {"/properties": "required"}


def test_only_a_known_customer_takes_over_an_anonymous_one():
    raw = event(type="aliased", properties={"anonymous_id": "x"}, customer={"anonymous_id": "y"})
    assert wrong(raw) == {"/customer": "customer"}


def test_a_friend_is_read_to_a_customer_key():
    assert properties("referral_made", referred={"anonymous_id": "f"})["referred"] == "a/f"


@pytest.mark.parametrize("given_id", ["r-", "r-zz00", "d-00aa", "r-00AA", "r-00aa\n", 5])
def test_a_recommendation_id_is_one_of_ours(given_id):
    raw = event(type="outcome", properties={"recommendation_id": given_id, "outcome": "click"})
    assert list(wrong(raw)) == ["/properties/recommendation_id"]


@pytest.mark.parametrize(("said", "meant"), [("order_complete", "order_completed"), ("visit", "visited")])
def test_a_near_miss_gets_a_hint(said, meant):
    with pytest.raises(InvalidInput, match=f'did you mean "{meant}"'):
        load(event(type=said))


def test_a_mistyped_property_gets_a_hint():
    with pytest.raises(InvalidInput, match=r'/properties/surfce: .*did you mean "surface"'):
        load(event(properties={"surfce": "web"}))


@pytest.mark.parametrize("raw", [None, 1, "text", [], [event()], True])
def test_what_is_no_object_is_no_event(raw):
    assert wrong(raw) == {"": "type"}


# ---- requests and outcomes ----


def test_a_request_is_read_into_a_value():
    raw = request(
        placements=[{"id": "a"}, {"id": "b", "count": 3}], language="en", dry_run=True, now="2026-03-01T09:00:00Z"
    )
    assert load_request(raw, SHOP) == DecisionRequest(
        "q-1", "c/c-1", (Placed("a"), Placed("b", 3)), "en", {}, NINE, True
    )


def test_a_request_without_placements_is_for_outbound():
    assert load_request({"request_id": "q", "customer": {"id": "c"}}, SHOP).placements == ()


def test_the_cart_of_a_request_is_read_like_that_of_an_event():
    context = load_request(request(context={"cart": {"lines": [{"sku": "s", "amount": "9.99"}]}}), SHOP).context
    assert context == {"cart": {"lines": ({"sku": "s", "quantity": 1, "amount": 999},)}}


def test_undeclared_context_is_let_through_by_name_only():
    context = load_request(request(context={"mood": {"deep": [1]}, "order_id": "o"}), SHOP).context
    assert context == {"mood": None, "order_id": "o"}
    assert set(context) - CONTEXT_KEYS == {"mood"}


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"request_id": ""}, "/request_id"),
        ({"placements": [{"id": "a"}, {"id": "a"}]}, "/placements"),
        ({"placements": [{"id": str(n)} for n in range(11)]}, "/placements"),
        ({"placements": ["a"]}, "/placements/0"),
        ({"placements": [{"id": "a", "count": 0}]}, "/placements/0/count"),
        ({"context": []}, "/context"),
        ({"context": {"distance_km": "4"}}, "/context/distance_km"),
        ({"context": {"distance_km": -1}}, "/context/distance_km"),
        ({"context": {"distance_km": float("nan")}}, "/context/distance_km"),
        ({"context": {"distance_km": float("inf")}}, "/context/distance_km"),
        ({"context": {"distance_km": 10**400}}, "/context/distance_km"),
        ({"context": {"in_stock_nearby": 1}}, "/context/in_stock_nearby"),
        ({"context": {"cart": {"lines": [{"skuu": "s"}]}}}, "/context/cart/lines/0/sku"),
        ({"timeout_ms": 0}, "/timeout_ms"),
        ({"dry_run": "yes"}, "/dry_run"),
        ({"now": "2026-03-01T09:00:00Z"}, "/now"),
        ({"include": "profile"}, "/include"),
        ({"language": "english"}, "/language"),
        ({"placement": []}, "/placement"),
    ],
)
def test_a_wrong_request_is_refused_where_it_is_wrong(changed, pointer):
    with pytest.raises(InvalidInput) as caught:
        load_request(request(**changed), SHOP)
    assert pointer in [problem.pointer for problem in caught.value.problems]


def test_outcomes_come_alone_or_in_a_list():
    assert load_outcomes(outcome(), SHOP) == [Outcome("r-00aa-1", "click")]
    full = outcome(at="2026-03-01T09:00:00Z", outcome_id="x")
    assert load_outcomes([outcome(), full], SHOP)[1] == Outcome("r-00aa-1", "click", NINE, "x")


def test_outcomes_are_named_by_their_place():
    with pytest.raises(InvalidInput) as caught:
        load_outcomes([outcome(), outcome(outcome="clicks"), 5], SHOP)
    assert [problem.pointer for problem in caught.value.problems] == ["/1/outcome", "/2"]


def test_a_customer_in_a_path_is_held_to_the_same_rules():
    assert load_customer("c-1") == "c/c-1"
    assert load_customer("c-1", anonymous=True) == "a/c-1"
    with pytest.raises(InvalidInput):
        load_customer("a\x00")


# ---- published schemas ----


def test_the_published_schemas_are_json_schema_2020_12():
    for schema in (event_json_schema(), request_json_schema(), outcome_json_schema()):
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_what_we_take_the_published_schema_takes(kind):
    Draft202012Validator(event_json_schema()).validate(event(type=kind, properties=LEAST[kind]))


@pytest.mark.parametrize(
    "raw",
    [
        event(id=""),
        event(type="x"),
        event(customer={}),
        event(decide="x"),
        event(extra=1),
        order(total=[1.5]),
        order(lines=1),
    ],
)
def test_what_the_published_schema_refuses_we_refuse(raw):
    assert not Draft202012Validator(event_json_schema()).is_valid(raw)
    assert wrong(raw)


# ---- ids ----


@pytest.mark.parametrize("id_", ["undefined", "NULL", "NaN", "[object Object]", "None"])
@pytest.mark.parametrize("key", ["id", "anonymous_id"])
def test_what_broken_code_sends_in_place_of_an_id_is_no_customer(id_, key):
    assert wrong(event(customer={key: id_})) == {"/customer": "broken-id"}


def test_a_zero_is_no_anonymous_id_and_may_be_a_known_one():
    assert wrong(event(customer={"anonymous_id": "0"})) == {"/customer": "broken-id"}
    assert load(event(customer={"id": "0"})).customer == "c/0"


def test_broken_ids_of_events_orders_and_requests_are_refused():
    assert wrong(event(id="undefined")) == {"/id": "broken-id"}
    assert wrong(order(order_id="null")) == {"/properties/order_id": "broken-id"}
    with pytest.raises(InvalidInput, match="undefined"):
        load_request(request(request_id="undefined"), SHOP)


def test_an_anonymous_id_that_a_customer_takes_over_is_no_broken_one():
    raw = event(type="aliased", customer={"id": "c"}, properties={"anonymous_id": "undefined"})
    assert wrong(raw) == {"/properties/anonymous_id": "broken-id"}


def test_a_shop_lists_more_ids_that_its_senders_share():
    shop = replace(SHOP, broken_ids=frozenset(("guest",)))
    assert wrong(event(customer={"anonymous_id": "Guest"}), shop) == {"/customer": "broken-id"}
    raw = event(type="aliased", customer={"id": "c"}, properties={"anonymous_id": "guest"})
    assert wrong(raw, shop) == {"/properties/anonymous_id": "broken-id"}
    with pytest.raises(InvalidInput, match="guest"):
        load_request(request(customer={"id": "guest"}), shop)


@pytest.mark.parametrize("id_", [" a", "a ", "\u00a0a", "a\u200b", "a\u00ad", "\ufeffa", "a\u0301", "\u0378"])
def test_an_id_that_only_looks_like_another_is_refused(id_):
    assert wrong(event(customer={"id": id_})) == {"/customer": "characters"}


@pytest.mark.parametrize("id_", ["a b", "\u00e1", "陈丽", "user@shop.example", "0001"])
def test_an_id_of_any_script_is_taken_as_it_is(id_):
    assert load(event(customer={"id": id_})).customer == f"c/{id_}"


def test_whatever_is_stored_under_a_broken_id_can_be_read_and_erased():
    assert load_customer("undefined", anonymous=True, stored=True) == "a/undefined"
    with pytest.raises(InvalidInput):
        load_customer("undefined", anonymous=True)
