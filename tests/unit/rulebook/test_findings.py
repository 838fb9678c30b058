"""What people see of a finding."""

import pytest

from authoring.checking import check_texts
from engine.rulebook.findings import Finding, Place, Report, RulebookError, Severity, Witness, in_order, render
from tests.support.small_book import changed


def rendered(file: str, old: str, new: str) -> str:
    return render(check_texts(changed(file, old, new))[1])


def test_an_unknown_operator_is_shown_with_line_caret_and_hint() -> None:
    assert rendered("operation.yaml", "{at_least: 2}", "{gte: 2}") == (
        "operation.yaml:10:25: error unknown-operator: gte is not an operator\n"
        "          customer.orders: {gte: 2}\n"
        "                            ^\n"
        "  did you mean at_least?\n"
        "  docs/errors.md#unknown-operator"
    )


def test_money_without_its_currency_is_explained() -> None:
    assert rendered("operation.yaml", "when: {}", "when: {customer.spend: {more_than: 500}}") == (
        "operation.yaml:25:40: error bad-unit: an amount of money needs its currency, not 500\n"
        "        when: {customer.spend: {more_than: 500}}\n"
        "                                           ^\n"
        "  write it as 500 EUR\n"
        "  docs/errors.md#bad-unit"
    )


def test_a_second_id_names_the_place_of_the_first() -> None:
    assert rendered("operation.yaml", "- id: no-price-cuts", "- id: quiet-check-in") == (
        "operation.yaml:19:5: error duplicate-id: the rule quiet-check-in is already declared at operation.yaml:2:5\n"
        "      - id: quiet-check-in\n"
        "        ^\n"
        "  give one of the two another id, or delete it\n"
        "  docs/errors.md#duplicate-id"
    )


def test_a_missing_key_is_named() -> None:
    assert rendered("operation.yaml", "    status: draft\n", "") == (
        "operation.yaml:19:5: error missing-key: a rule needs the key status\n"
        "      - id: no-price-cuts\n"
        "        ^\n"
        "  docs/errors.md#missing-key"
    )


def test_an_unknown_fact_is_met_with_the_closest() -> None:
    assert rendered("tables/churn_risk.yaml", "customer.pause_chance", "customer.pause_chanse") == (
        "tables/churn_risk.yaml:4:28: error unknown-fact: there is no fact customer.pause_chanse in the vocabulary\n"
        "    columns: [customer.orders, customer.pause_chanse]\n"
        "                               ^\n"
        "  did you mean customer.pause_chance?\n"
        "  docs/errors.md#unknown-fact"
    )


def test_a_warning_says_that_it_is_one() -> None:
    finding = Finding("key-order", "when stands before id", Place("a.yaml", 1, 1), Severity.WARNING)
    assert finding.render().splitlines()[0] == "a.yaml:1:1: warning key-order: when stands before id"


def test_a_witness_stands_before_the_hint() -> None:
    witness = Witness(None, (("customer.orders", "3"),), "a customer with customer.orders 3")
    finding = Finding("table-gap", "m", Place("a.yaml", 1, 1), hint="add otherwise:", witness=witness)
    assert finding.render().splitlines()[1:] == [
        "  for example: a customer with customer.orders 3",
        "  add otherwise:",
        "  docs/errors.md#table-gap",
    ]


def test_the_caret_stands_under_the_column_after_wide_characters() -> None:
    finding = Finding("wrong-type", "m", Place("a.yaml", 1, 5), line_text="金牌: x")
    assert finding.render().splitlines()[1:3] == ["    金牌: x", "          ^"]


def test_a_long_line_is_shown_as_a_window_around_the_column() -> None:
    finding = Finding("wrong-type", "m", Place("a.yaml", 1, 501), line_text="a" * 500 + "!" + "b" * 500)
    _, line, caret, _ = finding.render().splitlines()
    assert line.startswith("    ...aaa")
    assert line.endswith("bbb...")
    assert line[caret.index("^")] == "!"


def test_findings_come_in_the_order_of_file_and_line() -> None:
    places = [Place("b.yaml", 1, 1), Place("a.yaml", 10, 1), Place("a.yaml", 2, 9), Place("a.yaml", 2, 1)]
    found = in_order(Finding("bad-id", "m", place) for place in places)
    assert [str(f.place) for f in found] == ["a.yaml:2:1", "a.yaml:2:9", "a.yaml:10:1", "b.yaml:1:1"]


def test_the_error_carries_all_findings_and_shows_them() -> None:
    report = Report()
    report.error("bad-id", Place("a.yaml", 1, 1), "one")
    report.warning("key-order", Place("a.yaml", 2, 1), "two")
    with pytest.raises(RulebookError, match=r"error bad-id: one\n.*\n\na\.yaml:2:1: warning key-order: two"):
        raise RulebookError(report.findings)
