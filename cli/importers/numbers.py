"""Numbers as shops write them: decimal point or comma, thousands separators, currency signs, scientific notation."""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from cli.importers.counts import Dropped, ImportFailure
from cli.importers.values import decimal_of, refuse_spreadsheet_error
from engine.domain.money import Currency

POINT: Final = "."
COMMA: Final = ","
MARKS: Final = {"point": POINT, "comma": COMMA}
"""Values of --decimal -> the sign that begins the decimals."""

_SIGNS: Final = {
    "€": "EUR",
    "£": "GBP EGP GIP",
    "$": "USD AUD ARS BRL CAD CLP COP HKD MXN NZD SGD TWD",
    "R$": "BRL",
    "¥": "JPY CNY",
    "￥": "JPY CNY",
    "元": "CNY",
    "円": "JPY",
    "₹": "INR",
    "₺": "TRY",
    "₽": "RUB",
    "₩": "KRW",
    "₫": "VND",
    "₪": "ILS",
    "₴": "UAH",
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
    "kr": "SEK NOK DKK ISK",
    "kr.": "DKK",
    "Fr.": "CHF",
    "Fr": "CHF",
}
"""Currency sign -> the codes of the currencies that are written with it."""

_SIGN: Final = r"[^0-9\s.,'’()+-]{1,3}\.?"
_SHAPE: Final = re.compile(
    rf"(?P<open>\()?\s*(?P<left>[+-]?)\s*(?P<before>(?:{_SIGN})?)\s*(?P<middle>[+-]?)\s*"
    r"(?P<number>[0-9.,](?:[0-9.,'’\s]*[0-9.,])?(?:[Ee][+-]?[0-9]{1,2})?)"
    rf"\s*(?P<right>-?)\s*(?P<after>(?:{_SIGN})?)\s*(?P<end>-?)\s*(?P<close>\))?"
)
_NO_CENTS: Final = re.compile(r"(?<=[0-9])[.,](?:--?|[–—])(?![0-9])")
"""The dash in "12.–" and "12,-", which stands for zero cents and is no minus."""
_EXPONENT: Final = re.compile(r"[Ee][+-]?[0-9]")
_WHOLE: Final = {
    POINT: re.compile(
        r"[0-9]*|[1-9][0-9]{0,2}(?P<sign>[,'’\s])[0-9]{3}(?:(?P=sign)[0-9]{3})*|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"
    ),
    COMMA: re.compile(r"[0-9]*|[1-9][0-9]{0,2}(?P<sign>[.'’\s])[0-9]{3}(?:(?P=sign)[0-9]{3})*"),
}
"""Decimal sign -> digits before it, with or without thousands separators (the first form of India, too: 12,34,567)."""
_LONGEST: Final = 40
_LIMIT: Final = 10**15


class Written(NamedTuple):
    """A cell taken apart: its digits and separators, whether it is negative, and the currency sign beside it."""

    number: str
    negative: bool
    sign: str


def taken_apart(text: str) -> Written | None:
    """None where the text has not the shape of an amount."""
    text = _NO_CENTS.sub("", text.strip().replace("−", "-"))
    found = _SHAPE.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None or bool(found["open"]) != bool(found["close"]) or (found["before"] and found["after"]):
        return None
    marks = found["left"] + found["middle"] + found["right"] + found["end"] + ("-" if found["open"] else "")
    return Written(found["number"], marks == "-", found["before"] + found["after"]) if len(marks) <= 1 else None


def value_of(number: str, mark: str) -> Decimal | None:
    """The digits and separators as a number, if `mark` begins the decimals; None if they cannot be read so."""
    exponent = _EXPONENT.search(number)
    mantissa = number[: exponent.start()] if exponent else number
    power = number[exponent.start() + 1 :] if exponent else "0"
    whole, _, part = mantissa.partition(mark)
    if not _WHOLE[mark].fullmatch(whole) or not re.fullmatch("[0-9]*", part) or not whole + part:
        return None
    value = Decimal(f"{re.sub('[^0-9]', '', whole) or '0'}.{part or '0'}E{power}")
    return value if value < _LIMIT else None


@dataclass(frozen=True, slots=True)
class Numbers:
    """How numbers are written in a file: `mark` begins the decimals; amounts may carry signs of `currency`."""

    mark: str
    currency: Currency

    def amount(self, cell: object) -> Decimal:
        """An amount of the currency.

        Dropped: bad-amount, other-currency, spreadsheet-error. Scientific notation has to be exact to the last cent,
        because spreadsheets write it for numbers that they have rounded.
        """
        value, written = self._read(cell, "bad-amount")
        if written and written.sign and not is_sign_of(written.sign, self.currency):
            raise Dropped("other-currency")
        minor = value.scaleb(self.currency.decimals)
        if written and _EXPONENT.search(written.number) and minor != minor.to_integral_value():
            raise Dropped("bad-amount")
        return value

    def whole(self, cell: object) -> int:
        """A whole number (also "3.0" or "3,0"). Dropped: bad-quantity, spreadsheet-error."""
        value, written = self._read(cell, "bad-quantity")
        if (written and written.sign) or value != value.to_integral_value() or abs(value) >= 10**9:
            raise Dropped("bad-quantity")
        return int(value)

    def _read(self, cell: object, reason: str) -> tuple[Decimal, Written | None]:
        if not isinstance(cell, str):
            return decimal_of(cell, reason), None
        refuse_spreadsheet_error(cell)
        written = taken_apart(cell)
        value = value_of(written.number, self.mark) if written else None
        if written is None or value is None:
            raise Dropped(reason)
        return (-value if written.negative else value), written


def is_sign_of(sign: str, currency: Currency) -> bool:
    """Whether amounts of the currency are written with this sign or code."""
    return sign.upper() == currency.code or currency.code in _SIGNS.get(sign, "").split()


# ---- The decimal sign of a file, from all its amounts ----


class Cell(NamedTuple):
    """An amount as written, and its line."""

    text: str
    line: int

    def __str__(self) -> str:
        return f"{self.text} in line {self.line:,}"


@dataclass(slots=True)
class Evidence:
    """What the amounts of a file show about its decimal sign: the first cell that allows only this sign, and the first
    that allows both with different results (1.250)."""

    currency: Currency
    only: dict[str, Cell] = field(default_factory=dict)
    either: Cell | None = None

    def add(self, cell: object, line: int) -> None:
        """Consider one amount. Cells that are numbers already, or none, show nothing."""
        written = taken_apart(cell) if isinstance(cell, str) else None
        if written is None:
            return
        shown = Cell(str(cell).strip(), line)
        values = {mark: value for mark in MARKS.values() if (value := value_of(written.number, mark)) is not None}
        if len(values) == 2 and not self.currency.decimals:
            # a currency without decimals: what follows the sign are thousands
            values = {mark: value for mark, value in values.items() if value == value.to_integral_value()}
        if len(values) == 1:
            self.only.setdefault(next(iter(values)), shown)
        elif len(set(values.values())) == 2 and self.either is None:
            self.either = shown

    def mark(self, path: Path) -> str:
        """The decimal sign of the file. ImportFailure that names --decimal where the amounts do not decide it."""
        if len(self.only) == 2:
            raise ImportFailure(
                f"{path} mixes decimal commas and decimal points: {self.only[COMMA]}, {self.only[POINT]}; correct the "
                "file, or write --decimal comma or --decimal point to skip amounts of the other kind"
            )
        if self.only:
            return next(iter(self.only))
        if self.either:
            values = {name: _in_full(self.either.text, mark, self.currency) for name, mark in MARKS.items()}
            raise ImportFailure(
                f"{path} does not show its decimal sign: {self.either} is {values['comma']} with --decimal comma and "
                f"{values['point']} with --decimal point; write one of them"
            )
        return POINT

    def guesses(self) -> list[str]:
        """What was decided, from which cell, and how a cell was read that would allow both signs."""
        if len(self.only) != 1:
            return []
        ((mark, cell),) = self.only.items()
        name = next(name for name, known in MARKS.items() if known == mark)
        read = [f"read {cell} as {_in_full(cell.text, mark, self.currency)}: decimal {name}"]
        if self.either:
            read.append(f"read {self.either} as {_in_full(self.either.text, mark, self.currency)}, too (--decimal)")
        return read


def _in_full(text: str, mark: str, currency: Currency) -> str:
    """A cell as a plain number, with at least the currency's decimals."""
    written = taken_apart(text)
    value = (value_of(written.number, mark) if written else None) or Decimal(0)
    decimals = max(currency.decimals, -int(value.normalize().as_tuple().exponent))
    return f"{-value if written and written.negative else value:.{decimals}f}"
