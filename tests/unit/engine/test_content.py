"""A text is filled from facts, escaped for its channel, and used whole or not at all."""

from dataclasses import replace
from typing import Any

import pytest

from engine.decisioning.content import Writer, compile_treatment, fallback_content, language_chain, titles
from engine.domain.decision import Content
from engine.domain.facts import NEVER, FactType
from engine.domain.money import Currency
from engine.facts import FactsDict
from engine.rulebook.offers import Channel, ChannelField, Product, Treatment
from tests.support.books import action, book, rule

TYPES = {
    "customer.first_name": FactType.TEXT,
    "customer.tier": FactType.TEXT,
    "customer.days_since_last_order": FactType.DAYS,
    "customer.spend": FactType.MONEY,
    "customer.categories": FactType.SET,
    "customer.interests": FactType.SET,
    "order.id": FactType.TEXT,
}
PAN = Product("K-1", {"en": "Pan", "zh-Hans": "锅"}, "kitchen", 100)
KNIFE = Product("K-2", {"en": "Knife & fork"}, "kitchen", 100)


def render(
    texts: dict[str, dict[str, str]],
    facts: FactsDict | None = None,
    escape: str = "text",
    link: str | None = None,
    chain: tuple[str, ...] = ("en",),
    products: tuple[Product, ...] = (),
) -> Content | None:
    fields = (ChannelField("title", 40), ChannelField("body", 80, required=False))
    channel = Channel("web", "shown", False, None, False, escape, fields)
    base = book([action("a")], [rule("r", "a")])
    treatment = compile_treatment(Treatment("web", texts, link), replace(base, channels={"web": channel}))
    return Writer(facts or {}, TYPES, Currency("EUR")).content(treatment, chain, products)


def title(text: str, facts: FactsDict | None = None, **more: Any) -> str | None:
    content = render({"en": {"title": text}}, facts, **more)
    return content.fields["title"] if content else None


def test_a_placeholder_is_filled_with_the_fact() -> None:
    assert title("Dear {customer.first_name}!", {"customer.first_name": "Mei"}) == "Dear Mei!"


def test_a_default_stands_where_the_fact_is_unknown() -> None:
    assert title("{customer.first_name|Hello}!", {"customer.first_name": None}) == "Hello!"


def test_an_empty_default_leaves_nothing() -> None:
    assert title("Hello{customer.first_name|}") == "Hello"


@pytest.mark.parametrize(
    "facts", [{}, {"customer.first_name": None}, {"customer.first_name": "none"}], ids=["absent", "unknown", "none"]
)
def test_a_text_whose_placeholder_cannot_be_filled_is_not_used(facts: FactsDict) -> None:
    assert title("Dear {customer.first_name}", facts) is None


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("customer.spend", 123_456, "1234.56 EUR"),
        ("customer.spend", 0, "0.00 EUR"),
        ("customer.days_since_last_order", 21, "21"),
        ("customer.categories", frozenset(("b", "a")), "a, b"),
        ("customer.first_name", "张伟", "张伟"),
        ("customer.first_name", "{products}", "{products}"),
    ],
)
def test_a_value_is_shown_as_a_reader_expects_it(name: str, value: Any, shown: str) -> None:
    assert title(f"{{{name}}}", {name: value}) == shown


@pytest.mark.parametrize(
    ("name", "value"), [("customer.days_since_last_order", NEVER), ("customer.categories", frozenset())]
)
def test_never_and_an_empty_set_show_nothing(name: str, value: Any) -> None:
    assert title(f"{{{name}|-}}", {name: value}) == "-"


def test_a_value_cannot_break_out_of_html() -> None:
    shown = title("Hi {order.id}", {"order.id": "<script>\"'&"}, escape="html")
    assert shown == "Hi &lt;script&gt;&quot;&#x27;&amp;"


def test_a_name_is_escaped_in_html() -> None:
    assert title("Hi {customer.first_name}", {"customer.first_name": "\"'&"}, escape="html") == "Hi &quot;&#x27;&amp;"


ADVERTISEMENTS = [
    "<script>",
    "a > b",
    "https://x",
    "WWW.prizes",
    "win-prizes.example",
    "Win at bit.ly/x",
    "ann@prizes.example",
    "приз.рф",
    "奖品。中国",
    "ｐｒｉｚｅｓ．ｅｘａｍｐｌｅ",
    "prizes.\u200dexample",
]


@pytest.mark.parametrize("name", ADVERTISEMENTS)
def test_a_name_with_markup_or_a_web_address_gives_way_to_the_default(name: str) -> None:
    assert title("Dear {customer.first_name|customer}", {"customer.first_name": name}) == "Dear customer"


@pytest.mark.parametrize("name", ADVERTISEMENTS)
def test_without_a_default_such_a_name_rules_the_text_out(name: str) -> None:
    assert title("Dear {customer.first_name}", {"customer.first_name": name}) is None


@pytest.mark.parametrize("name", ["Anne-Marie", "O'Neil", "J.R.", "J. R.", "Jr.", "张伟", "آشپز\u200cخانه", "Zoë"])
def test_an_ordinary_name_is_used(name: str) -> None:
    assert title("{customer.first_name|customer}", {"customer.first_name": name}) == name


def test_only_the_interests_without_a_web_address_are_listed() -> None:
    facts = {"customer.interests": frozenset(("tea", "win-prizes.example", "books"))}
    assert title("{customer.interests|new things}", facts) == "books, tea"


def test_interests_that_are_all_advertisements_give_way_to_the_default() -> None:
    facts = {"customer.interests": frozenset(("win-prizes.example",))}
    assert title("{customer.interests|new things}", facts) == "new things"


def test_the_shops_own_labels_may_contain_a_greater_than_sign() -> None:
    assert title("{customer.categories}", {"customer.categories": frozenset(("Home > Kitchen",))}) == "Home > Kitchen"


def test_the_shops_own_words_and_defaults_are_not_escaped() -> None:
    assert title("<b>{customer.first_name|R & D}</b>", escape="html") == "<b>R & D</b>"


def test_product_titles_are_escaped_too() -> None:
    assert title("{products}", escape="html", products=(KNIFE,)) == "Knife &amp; fork"


def test_plain_text_channels_escape_nothing() -> None:
    assert title("{customer.first_name}", {"customer.first_name": "A&B"}) == "A&B"


def test_a_long_value_is_cut() -> None:
    assert title("{customer.first_name}", {"customer.first_name": "x" * 500}) is None  # 60 do not fit into 40
    body = render({"en": {"title": "Hi", "body": "{customer.first_name}"}}, {"customer.first_name": "x" * 500})
    assert body is not None
    assert body.fields["body"] == "x" * 60


def test_products_are_listed_in_the_texts_language() -> None:
    assert titles((PAN, KNIFE), "en") == "Pan, Knife & fork"
    assert titles((PAN, KNIFE), "zh-Hans") == "锅、Knife & fork"


def test_without_products_their_placeholder_has_no_value() -> None:
    assert title("Look: {products}") is None


def test_a_text_that_comes_out_too_long_falls_to_the_next_language() -> None:
    texts = {"en": {"title": "{customer.first_name} " + "x" * 36}, "zh-Hans": {"title": "你好"}}
    content = render(texts, {"customer.first_name": "Alexandra"}, chain=("en", "zh-Hans"))
    assert content == Content("zh-Hans", {"title": "你好"})


def test_escaping_counts_into_the_length() -> None:
    assert title("{customer.first_name}", {"customer.first_name": "&" * 9}, escape="html") is None


def test_a_language_is_used_with_all_its_fields_or_not_at_all() -> None:
    texts = {"en": {"title": "Hi", "body": "{customer.first_name}"}, "zh-Hans": {"title": "你好"}}
    content = render(texts, chain=("en", "zh-Hans"))
    assert content == Content("zh-Hans", {"title": "你好"})


def test_no_language_that_can_be_filled_means_no_content() -> None:
    assert render({"en": {"title": "Hi"}}, chain=("de",)) is None


def test_links_are_url_encoded() -> None:
    content = render({"en": {"title": "Hi"}}, {"order.id": "o/1 ?&ü"}, link="https://shop.example/{order.id}")
    assert content is not None
    assert content.link == "https://shop.example/o%2F1%20%3F%26%C3%BC"


def test_a_link_names_the_whole_id() -> None:
    content = render({"en": {"title": "Hi"}}, {"order.id": "o" * 100}, link="https://shop.example/{order.id}")
    assert content is not None
    assert content.link == "https://shop.example/" + "o" * 100


def test_a_link_that_cannot_be_filled_spoils_the_text() -> None:
    assert render({"en": {"title": "Hi"}}, link="https://shop.example/{order.id}") is None


@pytest.mark.parametrize(
    ("asked", "chain"),
    [
        ((), ("en", "zh-Hans")),
        ((None, None), ("en", "zh-Hans")),
        (("none",), ("en", "zh-Hans")),
        (("zh-Hans-CN",), ("zh-Hans-CN", "zh-Hans", "zh", "en")),
        (("de-CH", "zh-Hans"), ("de-CH", "de", "zh-Hans", "zh", "en")),
        (("en",), ("en", "zh-Hans")),
        (("zh-CN",), ("zh-Hans-CN", "zh-Hans", "zh", "en")),
        (("ZH-hans",), ("zh-Hans", "zh", "en")),
        (("zh-tw",), ("zh-Hant-TW", "zh-Hant", "zh", "en", "zh-Hans")),
    ],
)
def test_the_language_chain_is_the_request_the_customer_then_the_shop(
    asked: tuple[str | None, ...], chain: tuple[str, ...]
) -> None:
    assert language_chain(asked, ("en", "zh-Hans")) == chain


def test_a_fallback_is_there_in_some_language_in_any_case() -> None:
    texts = {"en": {"title": "Hi"}, "zh-Hans": {"title": "你好"}}
    assert fallback_content(texts, ("zh-Hans", "en")) == Content("zh-Hans", {"title": "你好"})
    assert fallback_content(texts, ("fr",)) == Content("en", {"title": "Hi"})
    assert fallback_content({}, ("fr",)) is None
