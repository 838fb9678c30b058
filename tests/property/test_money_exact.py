"""Money is whole minor units: what is read is what is shown, to the cent, and no float ever gets in."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.money import MAX_MINOR, Currency

currencies = st.builds(Currency, st.just("XXX"), st.sampled_from((0, 2, 3)))
minors = st.integers(-MAX_MINOR, MAX_MINOR)


@given(currencies, minors)
def test_an_amount_that_is_shown_reads_back_as_itself(currency: Currency, minor: int) -> None:
    assert currency.parse(currency.format(minor)) == minor


@given(currencies, minors)
def test_an_amount_is_shown_as_its_exact_decimal(currency: Currency, minor: int) -> None:
    assert Decimal(currency.format(minor)) == Decimal(minor).scaleb(-currency.decimals)


@given(currencies, minors)
def test_an_integer_counts_minor_units(currency: Currency, minor: int) -> None:
    assert currency.parse(minor) == minor


@given(currencies, st.one_of(st.floats(), st.booleans(), st.none(), st.binary(), st.decimals()))
def test_what_is_neither_text_nor_integer_is_refused(currency: Currency, amount: object) -> None:
    with pytest.raises(ValueError, match="an amount is"):
        currency.parse(amount)


@given(currencies, st.text(max_size=30))
def test_a_text_is_read_to_an_integer_or_refused(currency: Currency, text: str) -> None:
    try:
        minor = currency.parse(text)
    except ValueError:
        return
    assert type(minor) is int


@pytest.mark.parametrize(
    "text",
    [
        *("", "1_000", " 1", "1 ", "1\n", "1e2", "1E2", "nan", "sNaN", "inf", "-Infinity", "0x10", "1,50", "１２"),
        *("12.345", "100000000000.01", "-", ".", "+", "1.2.3", "9" * 30),
    ],
)
def test_what_is_no_plain_decimal_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount"):
        Currency("EUR").parse(text)


def test_the_largest_amount_is_accepted_and_one_more_is_not() -> None:
    assert Currency("EUR").parse(f"{MAX_MINOR // 100}.00") == MAX_MINOR
    with pytest.raises(ValueError, match="too large"):
        Currency("EUR").parse(MAX_MINOR + 1)


def test_an_amount_with_more_decimals_than_the_currency_has_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 0 decimals"):
        Currency("JPY", 0).parse("1.5")
