import pytest

from engine.domain.facts import NEVER, Fact, FactType, Missing, Value
from engine.domain.money import Currency
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, Op
from engine.rulebook.findings import Place
from engine.rulebook.read.tables import parse_cell
from engine.rulebook.reference import holds

EUR = Currency("EUR")
FACTS = {
    "orders": Fact("orders", FactType.COUNT, Missing.ZERO, "Orders"),
    "spend": Fact("spend", FactType.MONEY, Missing.ZERO, "Spend"),
    "silent": Fact("silent", FactType.DAYS, Missing.NEVER, "Silent", unit="days"),
    "momentum": Fact("momentum", FactType.NUMBER, Missing.UNKNOWN, "Momentum"),
    "share": Fact("share", FactType.NUMBER, Missing.UNKNOWN, "Share", unit="%"),
    "member": Fact("member", FactType.BOOLEAN, Missing.NO, "Member"),
    "tier": Fact("tier", FactType.TEXT, Missing.NONE, "Tier", values=("gold", "silver", "none", "unknown")),
    "name": Fact("name", FactType.TEXT, Missing.UNKNOWN, "Name"),
    "today": Fact("today", FactType.DATE, Missing.UNKNOWN, "Today"),
    "links": Fact("links", FactType.SET, Missing.NONE, "Links", values=("email", "app")),
}


def cell(text: str, fact: str) -> Condition | None:
    return parse_cell(text, FACTS[fact], EUR)


def compare(fact: str, op: Op, value: object) -> Compare:
    return Compare(fact, op, value)


def test_a_dash_is_no_condition() -> None:
    assert cell(" - ", "orders") is None


@pytest.mark.parametrize(
    ("text", "fact", "expected"),
    [
        ("gold", "tier", compare("tier", Op.IS, "gold")),
        ("gold, silver", "tier", compare("tier", Op.ONE_OF, ("gold", "silver"))),
        ("not(gold)", "tier", compare("tier", Op.IS_NOT, "gold")),
        ("not (gold,silver)", "tier", compare("tier", Op.NONE_OF, ("gold", "silver"))),
        ('"Mei, 梅"', "name", compare("name", Op.IS, "Mei, 梅")),
        (r'"a \"b\" \\"', "name", compare("name", Op.IS, r'a "b" \ '.strip())),
        ('"null"', "name", compare("name", Op.IS, "null")),
        (r'"a\n\t\u4e2d\U01F600"', "name", compare("name", Op.IS, "a\n\t中😀")),
        (r'"\ud83d\ude00"', "name", compare("name", Op.IS, "😀")),
        ("2026-12-24", "today", compare("today", Op.IS, "2026-12-24")),
        ('date("2026-12-24")', "today", compare("today", Op.IS, "2026-12-24")),
        ('@"2026-12-24"', "today", compare("today", Op.IS, "2026-12-24")),
        ('[date("2026-12-01") .. 2026-12-24]', "today", compare("today", Op.BETWEEN, ("2026-12-01", "2026-12-24"))),
        ('< date( "2026-12-24" )', "today", compare("today", Op.LESS_THAN, "2026-12-24")),
        ("> .5", "momentum", compare("momentum", Op.MORE_THAN, 0.5)),
        ("TRUE", "member", compare("member", Op.IS, True)),
        ("wait...", "name", compare("name", Op.IS, "wait...")),
        ("5", "orders", compare("orders", Op.IS, 5)),
        ("1, 2,3", "orders", compare("orders", Op.ONE_OF, (1, 2, 3))),
        (">= 5", "orders", compare("orders", Op.AT_LEAST, 5)),
        (">5", "orders", compare("orders", Op.MORE_THAN, 5)),
        ("<= 14 days", "silent", compare("silent", Op.AT_MOST, 14)),
        ("< 60.50 EUR", "spend", compare("spend", Op.LESS_THAN, 6050)),
        ("< 5 %", "share", compare("share", Op.LESS_THAN, 0.05)),
        (">= -0.5", "momentum", compare("momentum", Op.AT_LEAST, -0.5)),
        ("yes", "member", compare("member", Op.IS, True)),
        ("false", "member", compare("member", Op.IS, False)),
        ("email", "links", compare("links", Op.HAS, "email")),
        ("email, app", "links", compare("links", Op.HAS_ANY, ("email", "app"))),
        ("not(email)", "links", compare("links", Op.HAS_NONE, ("email",))),
        ("null", "momentum", compare("momentum", Op.KNOWN, False)),
        ("never", "silent", compare("silent", Op.KNOWN, False)),
        ("not(unknown)", "momentum", compare("momentum", Op.KNOWN, True)),
    ],
)
def test_a_cell_is_one_comparison(text: str, fact: str, expected: Compare) -> None:
    assert cell(text, fact) == expected


def test_a_declared_value_called_unknown_is_that_value() -> None:
    assert cell("unknown", "tier") == compare("tier", Op.IS, "unknown")


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("[0.7..1.0]", (0.7, 0.8, 1.0), (0.699999, 1.000001, None)),
        ("[0.7..1.0)", (0.7, 0.999999), (1.0, 0.6, None)),
        ("(0.7..1.0]", (0.700001, 1.0), (0.7, None)),
        ("]0.7..1.0[", (0.8,), (0.7, 1.0, None)),
        ("(-1..1)", (0.0,), (-1.0, 1.0)),
        ("not([0.7..1.0))", (0.6, 1.0), (0.7, 0.8, None)),
        ("not([0.7..1.0])", (0.6, 1.1), (0.7, 1.0, None)),
        ("not(>= 5)", (4.9,), (5.0, None)),
        ("not(1, < 0)", (0.0, 2.0), (1.0, -1.0, None)),
        ("1, >= 5, null", (1.0, 5.0, None), (2.0,)),
    ],
)
def test_a_cell_holds_inside_and_only_there(text: str, inside: tuple[Value, ...], outside: tuple[Value, ...]) -> None:
    condition = cell(text, "momentum")
    assert condition is not None
    assert [value for value in (*inside, *outside) if holds(condition, {"momentum": value}, {})] == [*inside]


def test_never_is_beyond_every_bound() -> None:
    silent = {"silent": NEVER}
    for text, expected in ((">= 99", True), ("not(< 99)", True), ("[1..99]", False), ("not([1..99])", True)):
        condition = cell(text, "silent")
        assert condition is not None
        assert holds(condition, silent, {}) is expected, text


def test_the_unit_of_the_end_of_a_range_serves_its_start() -> None:
    assert cell("[10..60 EUR]", "spend") == compare("spend", Op.BETWEEN, (1000, 6000))


def test_values_and_bounds_in_one_list_are_alternatives() -> None:
    assert cell("1, 2, >= 5", "orders") == AnyOf(
        (compare("orders", Op.ONE_OF, (1, 2)), compare("orders", Op.AT_LEAST, 5))
    )


def test_a_half_open_range_is_two_bounds() -> None:
    assert cell("[1..5)", "orders") == AllOf((compare("orders", Op.AT_LEAST, 1), compare("orders", Op.LESS_THAN, 5)))


def test_the_condition_knows_where_it_was_written() -> None:
    place = Place("tables/x.yaml", 7, 3)
    assert parse_cell(">= 1", FACTS["orders"], EUR, place) == Compare("orders", Op.AT_LEAST, 1, place)


@pytest.mark.parametrize(
    ("text", "fact", "hint"),
    [
        ("", "orders", "write -"),
        ("gold,", "tier", "comma"),
        ("gol", "tier", "gold"),
        ('"gold', "tier", 'write "..."'),
        ("=> 5", "orders", "write >="),
        ("!= 5", "orders", "not("),
        ("= 5", "orders", "alone"),
        (">= 5", "tier", "values"),
        ("[a..b]", "name", "values"),
        ("[1..5", "orders", "[1..5]"),
        ("1..5", "orders", "[1..5]"),
        ("[5..1]", "orders", "smaller"),
        ("[5..5)", "orders", "smaller"),
        ("(5..6)", "orders", "smaller"),
        ("(a..b)", "tier", "values"),
        ("–", "orders", "plain hyphen"),
        ("“Mei”", "name", "plain quotes"),
        ("? > 5", "orders", "alone"),
        ("24.12.2026", "today", "2026-12-24"),
        ('"2026-12-24"', "today", "omit"),
        ("2026-02-30", "today", "2026-12-24"),
        ("not(not(5))", "orders", "row"),
        ("-, 5", "orders", "row"),
        ('"5"', "orders", "omit"),
        (">= never", "silent", "alone"),
        ("< 5", "spend", "EUR"),
    ],
)
def test_a_wrong_cell_is_refused_with_a_hint(text: str, fact: str, hint: str) -> None:
    with pytest.raises(ValueError) as refused:
        cell(text, fact)
    assert hint in str(getattr(refused.value, "hint", ""))
