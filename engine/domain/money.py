"""Money as whole minor units of the one shop currency: no floats, so no drift."""

import re
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Final

MAX_MINOR = 10**13
TOLERANCE: Final = Decimal("1e-6")
"""A number this close to an amount of the currency is read as it: 3.3000000000000003 is 3.30."""

_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 code and its decimal places (EUR 2, JPY 0)."""

    code: str
    decimals: int = 2

    def parse(self, amount: object) -> int:
        """Minor units of an amount: a number (50 is 50.00, 49.9 is 49.90) or a decimal string ("12.30").

        ValueError for anything else: NaN, exponents in a string, too many decimals, over 10^13 minor units.
        """
        if isinstance(amount, int) and not isinstance(amount, bool):
            minor = amount * int(10**self.decimals)
        elif isinstance(amount, float):
            minor = self._from_float(amount)
        elif isinstance(amount, str):
            minor = self._from_text(amount)
        else:
            raise ValueError('an amount is a number (12.3) or a decimal string ("12.30")')
        if abs(minor) > MAX_MINOR:
            raise ValueError("the amount is too large")
        return minor

    def _from_float(self, amount: float) -> int:
        """Uses the shortest decimal, which the sender wrote or meant."""
        if not isfinite(amount):
            raise ValueError("not a decimal amount")
        exact = Decimal(repr(amount)).scaleb(self.decimals)
        minor = exact.to_integral_value()
        if abs(exact - minor) > TOLERANCE.scaleb(self.decimals):
            raise ValueError(f"{self.code} amounts have at most {self.decimals} decimals")
        return int(minor)

    def _from_text(self, text: str) -> int:
        if len(text) > 24 or not _DECIMAL.fullmatch(text):  # int accepts more, such as "1_000" and " 1"
            raise ValueError("not a decimal amount")
        whole, _, part = text.partition(".")
        if part[self.decimals :].strip("0"):
            raise ValueError(f"{self.code} amounts have at most {self.decimals} decimals")
        return int(whole + part[: self.decimals].ljust(self.decimals, "0"))

    def format(self, minor: int) -> str:
        """1230 -> "12.30"; exact."""
        if not self.decimals:
            return str(minor)
        sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).zfill(self.decimals + 1)
        return f"{sign}{digits[: -self.decimals]}.{digits[-self.decimals :]}"


def share(part: int, whole: int, of: int) -> int:
    """part / whole of `of`, in minor units, half up. `whole` is not 0."""
    return (2 * part * of + whole) // (2 * whole)
