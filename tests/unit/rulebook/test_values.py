"""Values with units become canonical ones, or are refused in words that help."""

import pytest

from engine.domain.facts import NEVER, Fact, FactType, Missing, Value
from engine.domain.money import Currency
from engine.domain.times import DAY, HOUR, MINUTE
from engine.rulebook.offers import Limit, Quota
from engine.rulebook.values import (
    BadValue,
    Raw,
    did_you_mean,
    parse_budget,
    parse_decimal,
    parse_duration,
    parse_limit,
    parse_money,
    parse_percent,
    parse_stock,
    parse_total,
    parse_value,
    shown_length,
)

EUR = Currency("EUR")
COUNT = Fact("f.count", FactType.COUNT, Missing.ZERO, "")
MONEY = Fact("f.money", FactType.MONEY, Missing.ZERO, "")
DAYS = Fact("f.days", FactType.DAYS, Missing.NEVER, "")
DUE = Fact("f.due", FactType.DAYS, Missing.UNKNOWN, "")
NUMBER = Fact("f.number", FactType.NUMBER, Missing.UNKNOWN, "")
SHARE = Fact("f.share", FactType.NUMBER, Missing.UNKNOWN, "", unit="%")
BOOLEAN = Fact("f.boolean", FactType.BOOLEAN, Missing.NO, "")
TEXT = Fact("f.text", FactType.TEXT, Missing.NONE, "")
TIER = Fact("f.tier", FactType.TEXT, Missing.NONE, "", values=("gold", "none"))
SET = Fact("f.set", FactType.SET, Missing.NONE, "")


@pytest.mark.parametrize(
    ("raw", "fact", "value"),
    [
        (3, COUNT, 3),
        ("3", COUNT, 3),
        (3.0, COUNT, 3),
        (10**15, COUNT, 10**15),
        ("60 EUR", MONEY, 6000),
        ("0.5 EUR", MONEY, 50),
        ("-5 EUR", MONEY, -500),
        (14, DAYS, 14),
        ("14 days", DAYS, 14),
        ("1 day", DAYS, 1),
        ("2 weeks", DAYS, 14),
        ("1 month", DAYS, 30),
        ("1 year", DAYS, 365),
        ("48 hours", DAYS, 2),
        ("never", DAYS, NEVER),
        (-3, DUE, -3),
        (0.1234567, NUMBER, 0.123457),
        (4, NUMBER, 4.0),
        ("5 %", NUMBER, 0.05),
        ("-0.0", NUMBER, 0.0),
        ("5 %", SHARE, 0.05),
        ("12.5%", SHARE, 0.125),
        ("yes", BOOLEAN, True),
        ("no", BOOLEAN, False),
        (True, BOOLEAN, True),
        ("no", TEXT, "no"),
        ("金牌", TEXT, "金牌"),
        ("gold", TIER, "gold"),
        ("kitchen", SET, "kitchen"),
    ],
)
def test_a_value_becomes_canonical(raw: Raw, fact: Fact, value: Value) -> None:
    found = parse_value(raw, fact, EUR)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("raw", "fact", "code"),
    [
        ("two", COUNT, "bad-value"),
        (2.5, COUNT, "bad-value"),
        (True, COUNT, "bad-value"),
        ("1e3", COUNT, "bad-value"),
        ("5 %", COUNT, "bad-value"),
        (None, COUNT, "bad-value"),
        (10**15 + 1, COUNT, "out-of-range"),
        (float("nan"), COUNT, "out-of-range"),
        (float("inf"), NUMBER, "out-of-range"),
        (10**9 + 1, NUMBER, "out-of-range"),
        ("1e-5", NUMBER, "bad-value"),
        ("999999999999 %", NUMBER, "out-of-range"),
        (60, MONEY, "bad-unit"),
        ("60", MONEY, "bad-unit"),
        ("60 USD", MONEY, "bad-unit"),
        ("60 eur", MONEY, "bad-unit"),
        ("1,000 EUR", MONEY, "bad-unit"),
        ("0.001 EUR", MONEY, "bad-value"),
        ("9" * 20 + " EUR", MONEY, "bad-value"),
        ("14 dollars", DAYS, "bad-unit"),
        ("1.5 days", DAYS, "bad-value"),
        ("9" * 400 + " days", DAYS, "bad-unit"),
        ("never", DUE, "bad-unit"),
        (0.2, SHARE, "bad-unit"),
        ("maybe", BOOLEAN, "bad-value"),
        (1, BOOLEAN, "bad-value"),
        (12, TEXT, "bad-value"),
        (True, TEXT, "bad-value"),
        ("x" * 201, TEXT, "out-of-range"),
        ("silver", TIER, "bad-value"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(raw: Raw, fact: Fact, code: str) -> None:
    with pytest.raises(BadValue) as caught:
        parse_value(raw, fact, EUR)
    assert caught.value.code == code


def test_money_follows_the_decimals_of_the_currency() -> None:
    assert parse_money("1200 JPY", Currency("JPY", 0)) == 1200


def test_a_number_for_money_is_answered_with_what_to_write() -> None:
    with pytest.raises(BadValue) as caught:
        parse_money(500, EUR)
    assert (str(caught.value), caught.value.hint) == (
        "an amount of money needs its currency, not 500",
        "write it as 500 EUR",
    )


@pytest.mark.parametrize(
    ("raw", "length"), [("12 hours", 12 * HOUR), ("1.5 days", 36 * HOUR), ("2 weeks", 14 * DAY), ("1 month", 30 * DAY)]
)
def test_a_length_of_time_is_milliseconds(raw: str, length: int) -> None:
    assert parse_duration(raw) == length


@pytest.mark.parametrize("raw", [14, "14", "two days", "-1 days", "11 years", None])
def test_a_length_of_time_without_a_fit_unit_is_refused(raw: Raw) -> None:
    with pytest.raises(BadValue):
        parse_duration(raw)


def test_a_share_is_written_in_percent() -> None:
    assert parse_percent("6 %") == 0.06
    with pytest.raises(BadValue, match=r"a share is written in %, not 0\.06"):
        parse_percent(0.06)


def test_a_limit_is_a_number_in_a_time() -> None:
    assert parse_limit("2 in 365 days") == Limit(2, 365 * DAY)


@pytest.mark.parametrize("raw", ["0 in 5 days", "2 in 0 days", "2", "two in 5 days", 2])
def test_a_limit_of_nothing_is_refused(raw: Raw) -> None:
    with pytest.raises(BadValue):
        parse_limit(raw)


def test_a_limit_holds_as_many_contacts_as_are_remembered() -> None:
    assert parse_limit("32 in 365 days") == Limit(32, 365 * DAY)
    with pytest.raises(BadValue, match="no more than 32 contacts with an action are stored"):
        parse_limit("33 in 365 days")


@pytest.mark.parametrize(("raw", "quota"), [("500 in 1 month", Quota(500, "month")), (500, Quota(500))])
def test_a_total_is_a_whole_number_in_a_period_of_the_calendar(raw: Raw, quota: Quota) -> None:
    assert parse_total(raw) == quota


@pytest.mark.parametrize("raw", [0, -1, 1.5, True, None, "5 in month", "5 in 1 months", "in 1 month", "5 in ", 10**16])
def test_what_is_no_total_is_refused(raw: Raw) -> None:
    with pytest.raises(BadValue):
        parse_total(raw)


def test_a_budget_is_money_in_a_period_of_the_calendar() -> None:
    assert parse_budget("2000 EUR in 1 month", EUR) == Quota(200_000, "month")
    assert parse_budget("2000 JPY", Currency("JPY", 0)) == Quota(2000)


@pytest.mark.parametrize("raw", [2000, "2000", "0 EUR", "-1 EUR", "2000 EUR in 30 days", None, "EUR in 1 day"])
def test_what_is_no_budget_is_refused(raw: Raw) -> None:
    with pytest.raises(BadValue):
        parse_budget(raw, EUR)


def test_a_stock_is_at_least_one_unit() -> None:
    assert parse_stock(200) == 200
    with pytest.raises(BadValue, match="a stock has at least one unit, not 0"):
        parse_stock(0)


@pytest.mark.parametrize(
    ("length", "text"),
    [(365 * DAY, "365 days"), (DAY, "1 day"), (36 * HOUR, "36 hours"), (MINUTE, "1 minute"), (0, "0 days")],
)
def test_a_length_of_time_is_shown_in_its_largest_unit(length: int, text: str) -> None:
    assert shown_length(length) == text


def test_a_decimal_has_no_unit() -> None:
    with pytest.raises(BadValue, match="r is a number, not 5 %"):
        parse_decimal("5 %", "r is a number")


def test_the_closest_word_is_named() -> None:
    assert did_you_mean("Golde", ("silver", "gold")) == "did you mean gold?"


def test_a_last_word_alone_finds_the_full_name() -> None:
    assert (
        did_you_mean("x.y.tier", ("customer.days_since_first_order", "customer.tier")) == "did you mean customer.tier?"
    )


def test_few_words_are_listed_when_none_is_close() -> None:
    assert did_you_mean("zzz", ("silver", "gold")) == "possible: silver, gold"


def test_a_set_of_words_is_listed_in_a_fixed_order() -> None:
    assert did_you_mean("zzz", frozenset({"b", "a", "c"})) == "possible: a, b, c"
