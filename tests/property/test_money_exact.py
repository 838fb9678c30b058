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


@given(currencies, st.integers(-(10**9), 10**9))
def test_an_integer_is_an_amount_in_the_currency(currency: Currency, amount: int) -> None:
    assert currency.parse(amount) == amount * 10**currency.decimals


@given(currencies, st.integers(-(10**11), 10**11))
def test_a_number_is_the_amount_that_it_is_written_as(currency: Currency, minor: int) -> None:
    assert currency.parse(float(currency.format(minor))) == minor


@given(currencies, st.integers(-(10**8), 10**8), st.floats(-0.9e-6, 0.9e-6))
def test_a_number_within_a_millionth_of_an_amount_is_that_amount(currency: Currency, minor: int, off: float) -> None:
    assert currency.parse(minor / 10**currency.decimals + off) == minor


@given(currencies, st.integers(-(10**8), 10**8), st.floats(1.1e-6, 4e-4))
def test_a_number_further_from_every_amount_is_refused(currency: Currency, minor: int, off: float) -> None:
    with pytest.raises(ValueError, match="decimals"):
        currency.parse(minor / 10**currency.decimals + off)


@pytest.mark.parametrize(("number", "minor"), [(50, 5000), (49.9, 4990), (3.3000000000000003, 330), (0.1 + 0.2, 30)])
def test_numbers_as_shops_send_them(number: float, minor: int) -> None:
    assert Currency("EUR").parse(number) == minor


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_a_number_that_is_no_amount_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="amount"):
        Currency("EUR").parse(number)


@given(currencies, st.one_of(st.booleans(), st.none(), st.binary(), st.decimals()))
def test_what_is_neither_text_nor_number_is_refused(currency: Currency, amount: object) -> None:
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
        Currency("EUR").parse(MAX_MINOR // 100 + 1)


def test_an_amount_with_more_decimals_than_the_currency_has_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 0 decimals"):
        Currency("JPY", 0).parse("1.5")
