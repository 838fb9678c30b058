"""What `pick` means, and what makes a table ambiguous. The reader refuses it, so nothing is decided in two ways."""

import pytest

from authoring.checking import check_texts
from engine.domain.facts import Facts, Value
from engine.facts.tables import compile_table
from engine.rulebook.findings import Finding
from engine.rulebook.model import Table
from engine.rulebook.predicates import predicate
from tests.support.small_book import BOOK
from tests.support.small_book import VOCABULARY as VOCABULARY_TEXT

FILE = "tables/mood.yaml"
VOCABULARY = VOCABULARY_TEXT.replace(
    "counters:",
    """\
  customer.mood: {type: text, values: [low, medium, high], missing: unknown, example: high, sentence: Mood}
  customer.bonus: {type: money, missing: unknown, example: 5 EUR, sentence: Bonus}
  customer.moods: {type: set, missing: none, example: [high], sentence: Moods}
counters:""",
    1,
)
OTHERS = {
    "tables/bonus.yaml": "table: bonus\ndecides: customer.bonus\npick: first\ncolumns: [customer.orders]\n"
    'rows:\n  - ["-", 5 EUR]\n',
    "tables/moods.yaml": "table: moods\ndecides: customer.moods\npick: all\ncolumns: [customer.orders]\n"
    'rows:\n  - [">= 1", high]\n',
    FILE: "table: mood\ndecides: customer.mood\npick: first\ncolumns: [customer.orders]\nrows:\n  - ['-', low]\n",
}
OVERLAPPING = '  - ["[0..3]", low]\n  - [">= 2", high]\n'


def loaded(pick: str, rows: str, more: str = "", decides: str = "mood") -> tuple[Table | None, list[Finding]]:
    """The table that decides customer.<decides> with one column, customer.orders."""
    text = (
        f"table: {decides}\ndecides: customer.{decides}\npick: {pick}\n{more}columns: [customer.orders]\nrows:\n{rows}"
    )
    book, findings = check_texts({**BOOK, **OTHERS, "vocabulary.yaml": VOCABULARY, f"tables/{decides}.yaml": text})
    return (next(t for t in book.tables if t.id == decides) if book else None), findings


def decided(table: Table | None, orders: int | None) -> Value:
    assert table is not None
    facts: Facts = {"customer.orders": orders}
    return compile_table(table, lambda condition: predicate(condition, {})).decide(facts)


def errors(pick: str, rows: str, more: str = "", decides: str = "mood") -> list[tuple[str, str]]:
    return [(str(f.place), f.code) for f in loaded(pick, rows, more, decides)[1]]


def test_first_takes_the_row_that_stands_first() -> None:
    table, _ = loaded("first", OVERLAPPING)
    assert [decided(table, orders) for orders in (0, 2, 9)] == ["low", "low", "high"]


def test_only_one_refuses_rows_that_fit_the_same_customers_and_shows_one() -> None:
    table, (finding,) = loaded("only_one", OVERLAPPING)
    assert table is None
    assert (str(finding.place), finding.code) == (f"{FILE}:7:5", "table-overlap")
    assert finding.witness is not None
    assert "customer.orders 2" in finding.witness.text


def test_only_one_takes_rows_that_touch_and_do_not_overlap() -> None:
    table, _ = loaded("only_one", '  - ["< 2", low]\n  - [">= 2", high]\n')
    assert [decided(table, orders) for orders in (1, 2)] == ["low", "high"]


def test_any_takes_rows_that_overlap_and_say_the_same() -> None:
    table, _ = loaded("any", '  - ["[0..3]", low]\n  - ["[2..9]", low]\n  - ["> 9", high]\n')
    assert [decided(table, orders) for orders in (3, 10)] == ["low", "high"]


def test_any_refuses_rows_that_overlap_and_say_different_things() -> None:
    assert errors("any", OVERLAPPING) == [(f"{FILE}:7:5", "table-overlap")]


def test_priority_takes_the_output_that_stands_first_in_the_order() -> None:
    table, _ = loaded("priority", OVERLAPPING, "order: [high, medium, low]\n")
    assert [decided(table, orders) for orders in (0, 2, 9)] == ["low", "high", "high"]


@pytest.mark.parametrize(("pick", "amounts"), [("lowest", [300, 300, 500]), ("highest", [500, 300, 500])])
def test_lowest_and_highest_take_the_number(pick: str, amounts: list[int]) -> None:
    rows = '  - ["<= 1", 5 EUR]\n  - ["<= 2", 3 EUR]\n  - ["> 2", 5 EUR]\n'
    table, _ = loaded(pick, rows, decides="bonus")
    assert [decided(table, orders) for orders in (1, 2, 3)] == amounts


def test_all_gathers_the_outputs_of_all_rows_that_fit() -> None:
    table, _ = loaded("all", '  - [">= 1", high]\n  - [">= 2", low]\n', decides="moods")
    assert [decided(table, orders) for orders in (0, 1, 2)] == [set(), {"high"}, {"low", "high"}]


def test_a_gap_without_otherwise_shows_a_customer_whom_no_row_fits() -> None:
    _, (finding,) = loaded("first", '  - ["[0..3]", low]\n  - ["> 4", high]\n')
    assert (finding.code, finding.witness is not None and finding.witness.text) == (
        "table-gap",
        "a customer with customer.orders 4",
    )


def test_rows_that_leave_nobody_out_need_no_otherwise() -> None:
    assert errors("first", '  - ["[0..3]", low]\n  - ["not([0..3])", high]\n') == []


@pytest.mark.parametrize(
    ("pick", "rows", "more", "decides", "place", "code"),
    [
        ("priority", OVERLAPPING, "", "mood", "1:1", "missing-key"),
        ("priority", OVERLAPPING, "order: [high]\n", "mood", "7:5", "bad-value"),
        ("priority", OVERLAPPING, "order: [high, low, hihg]\n", "mood", "4:20", "bad-value"),
        ("priority", OVERLAPPING, "order: [high, low, high]\n", "mood", "4:20", "duplicate-id"),
        ("first", OVERLAPPING, "order: [high, low]\n", "mood", "4:1", "unknown-key"),
        ("highest", OVERLAPPING, "", "mood", "3:7", "unknown-word"),
        ("lowest", '  - ["-", unknown]\n', "", "bonus", "6:11", "bad-value"),
        ("all", OVERLAPPING, "", "mood", "3:7", "unknown-word"),
        ("first", '  - ["-", high]\n', "", "moods", "3:7", "unknown-word"),
    ],
)
def test_a_pick_that_does_not_fit_is_refused_where_it_stands(
    pick: str, rows: str, more: str, decides: str, place: str, code: str
) -> None:
    assert errors(pick, rows, more, decides) == [(f"tables/{decides}.yaml:{place}", code)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("unique", "only_one"), ("COLLECT", "all"), ("max", "highest"), ("best", "priority"), ("fisrt", "first")],
)
def test_other_words_for_a_pick_get_the_one_that_is_meant(written: str, meant: str) -> None:
    _, findings = loaded(written, '  - ["-", low]\n')
    assert findings[0].hint == f"did you mean {meant}?"


def test_a_wrong_cell_is_named_by_row_and_column() -> None:
    _, (finding,) = loaded("first", '  - ["-", low]\n  - ["=> 5", high]\n')
    assert finding.message == "row 2, column 1 (customer.orders): => 5: unknown comparison"
    assert (str(finding.place), finding.hint) == (f"{FILE}:7:6", "write >=")
