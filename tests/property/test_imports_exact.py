"""Amounts are read back as they were formatted, and the ids of events depend on the lines of a log alone."""

import json
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.import_ import import_group
from cli.importers.numbers import COMMA, POINT, Evidence, Numbers, taken_apart, value_of
from engine.domain.money import Currency

EUR = Currency("EUR")
CENTS = st.integers(-(10**12), 10**12)
LINES = st.lists(
    st.builds(
        "{},2026-03-0{}T1{}:00:00,{}.00".format,
        st.sampled_from("ab"),
        st.integers(1, 2),
        st.integers(0, 1),
        st.integers(1, 3),
    ),
    max_size=8,
)


def formatted(cents: int, mark: str, thousands: str) -> str:
    return f"{Decimal(cents).scaleb(-2):,.2f}".replace(",", "T").replace(".", mark).replace("T", thousands)


@pytest.mark.parametrize(
    ("mark", "thousands"), [(POINT, COMMA), (POINT, "'"), (POINT, ""), (COMMA, POINT), (COMMA, "\u202f"), (COMMA, "")]
)
@given(cents=CENTS)
def test_a_formatted_amount_is_read_back(mark: str, thousands: str, cents: int) -> None:
    text = formatted(cents, mark, thousands)
    assert Numbers(mark, EUR).amount(text) == Decimal(cents).scaleb(-2)


@given(cents=st.lists(CENTS, min_size=1), mark=st.sampled_from((POINT, COMMA)))
def test_the_decimal_sign_of_formatted_amounts_is_found(cents: list[int], mark: str) -> None:
    evidence = Evidence(EUR)
    for line, amount in enumerate(cents, 2):
        evidence.add(formatted(amount, mark, COMMA if mark == POINT else POINT), line)
    assert evidence.mark(Path("log.csv")) == mark


@given(text=st.text(alphabet="0123456789.,'E+- ()€$", max_size=14))
def test_any_cell_is_a_finite_number_or_none(text: str) -> None:
    written = taken_apart(text)
    values = [value_of(written.number, mark) for mark in (POINT, COMMA)] if written else []
    assert all(value is None or (value.is_finite() and 0 <= value < 10**15) for value in values)


def ids(lines: list[str]) -> list[str]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "log.csv"
        file.write_text("customer,time,amount\n" + "".join(f"{line}\n" for line in lines), encoding="utf-8")
        options = ["--map", "customer=customer", "--map", "time=time", "--map", "amount=amount", "--group-by", "line"]
        result = CliRunner().invoke(import_group, ["csv", str(file), *options])
    return [json.loads(line)["id"] for line in result.stdout.splitlines()]


@settings(deadline=None, max_examples=30)
@given(lines=LINES, later=LINES, order=st.randoms(use_true_random=False))
def test_lines_keep_their_ids_in_a_longer_export(lines: list[str], later: list[str], order: Random) -> None:
    both = [*lines, *later]
    order.shuffle(both)
    before, after = ids(lines), ids(both)
    assert len(set(after)) == len(both)
    assert set(before) <= set(after)
