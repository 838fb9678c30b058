"""What is written differently is said by id and in the words of the files; what says nothing is no difference."""

from collections.abc import Mapping

import pytest

from authoring.rulebook_diff import differences
from tests.support.small_book import BOOK, changed


def words(after: Mapping[str, str], before: Mapping[str, str] = BOOK) -> list[str]:
    one, other = ({name: text.encode() for name, text in book.items()} for book in (before, after))
    return [each.words for each in differences(one, other)]


CHANGES = [
    (
        "operation.yaml",
        "customer.orders: {at_least: 2}",
        "customer.orders: {at_least: 3}",
        "quiet-check-in: customer.orders at_least 2 -> 3",
    ),
    (
        "operation.yaml",
        "{more_than: 30}",
        "{more_than: 45}",
        "quiet-check-in: any #2 history.check-in.days_since_shown more_than 30 -> 45",
    ),
    (
        "operation.yaml",
        "once: per inactivity spell",
        "once: per year",
        "quiet-check-in: once per inactivity spell -> per year",
    ),
    ("operation.yaml", "    status: draft", "    status: live", "no-price-cuts: status draft -> live"),
    (
        "operation.yaml",
        "until: 2026-12-31",
        "until: 2027-12-31",
        "quiet-check-in: valid until 2026-12-31 -> 2027-12-31",
    ),
    ("actions/care.yaml", "value: 12 EUR", "value: 9 EUR", "action check-in: value 12 EUR -> 9 EUR"),
    (
        "actions/care.yaml",
        "per_contact: 0.02 EUR",
        "per_contact: 0.05 EUR",
        "action check-in: cost per_contact 0.02 EUR -> 0.05 EUR",
    ),
    (
        "actions/care.yaml",
        "2 in 365 days",
        "1 in 365 days",
        "action check-in: limits per_customer 2 in 365 days -> 1 in 365 days",
    ),
    (
        "actions/care.yaml",
        'de: {title: "Hallo"}',
        'de: {title: "Guten Tag"}',
        "action check-in: treatments web texts de title Hallo -> Guten Tag",
    ),
    (
        "tables/churn_risk.yaml",
        "< 0.05",
        "< 0.1",
        "table churn_risk: rows #2 [-, < 0.05, high] -> [-, < 0.1, high]",
    ),
    (
        "tables/churn_risk.yaml",
        '  - ["0", "-", none]\n',
        "",
        "table churn_risk: rows #1 removed: [0, -, none]",
    ),
    (
        "tables/churn_risk.yaml",
        "otherwise: low",
        '  - ["9", "-", low]\notherwise: low',
        "table churn_risk: rows #3 added: [9, -, low]",
    ),
    (
        "segments.yaml",
        "customer.days_since_last_order: {at_least: 20 days}",
        "customer.days_since_last_order: {at_least: 30 days}",
        "segment quiet: customer.days_since_last_order at_least 20 days -> 30 days",
    ),
    ("tiers.yaml", "enter_top: 20 %", "enter_top: 10 %", "tiers.yaml: tiers levels gold enter_top 20 % -> 10 %"),
    (
        "contact_policy.yaml",
        "at_most: 3, in: 7 days",
        "at_most: 2, in: 7 days",
        "contact_policy.yaml: frequency_caps #1 at_most 3 -> 2",
    ),
    (
        "arbitration.yaml",
        "half_life: 60 days",
        "half_life: 30 days",
        "arbitration.yaml: learning half_life 60 days -> 30 days",
    ),
    ("catalogue.yaml", "price: 49 EUR", "price: 39 EUR", "product K-1: price 49 EUR -> 39 EUR"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), CHANGES, ids=[said for *_, said in CHANGES])
def test_a_change_is_said_in_the_words_of_the_file(file: str, old: str, new: str, said: str) -> None:
    assert words(changed(file, old, new)) == [said]


def test_comments_layout_quotes_and_the_order_of_keys_are_no_difference() -> None:
    segments = "# Who is worth it\nsegments:\n"
    segments += '  quiet: {customer.days_since_last_order: {at_least: "20 days"}, segment: valued}\n'
    segments += "  valued:\n    customer.tier:  gold   # the best\n"
    assert words({**BOOK, "segments.yaml": segments}) == []


def test_a_rule_that_stands_in_another_file_is_no_difference() -> None:
    head, first, second = BOOK["operation.yaml"].partition("  - id: no-price-cuts")
    assert words({**BOOK, "operation.yaml": head, "products.yaml": f"rules:\n{first}{second}"}) == []


def test_a_rule_more_and_a_rule_less_are_said_by_id() -> None:
    renamed = BOOK["operation.yaml"].replace("no-price-cuts", "no-cuts")
    assert words({**BOOK, "operation.yaml": renamed}) == ["rule no-cuts: added", "rule no-price-cuts: removed"]


def test_tests_are_no_difference() -> None:
    assert words({**BOOK, "tests/story.yaml": "tests: []"}) == []


def test_a_long_text_is_cut() -> None:
    (said,) = words(changed("actions/care.yaml", 'title: "Hallo"', f'title: "{"Hallo " * 100}"'))
    assert len(said) < 300 and said.endswith("...")


def test_true_and_one_are_not_the_same() -> None:
    assert words({"a.yaml": "x: true"}, {"a.yaml": "x: 1"}) == ["a.yaml: x 1 -> true"]


def test_the_order_of_rows_is_a_difference_of_a_table() -> None:
    rows = '  - ["0", "-", none]\n  - ["-", "< 0.05", high]\n'
    turned = '  - ["-", "< 0.05", high]\n  - ["0", "-", none]\n'
    assert words(changed("tables/churn_risk.yaml", rows, turned)) != []
