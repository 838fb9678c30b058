"""Money as whole minor units of the one shop currency: no floats, so no drift."""

import re
from dataclasses import dataclass

MAX_MINOR = 10**13

_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 code and its decimal places (EUR 2, JPY 0)."""

    code: str
    decimals: int = 2

    def parse(self, amount: object) -> int:
        """Minor units of a decimal string ("12.30") or of an integer that already counts minor units.

        ValueError for anything else: floats, NaN, exponents, too many decimals, over 10^13 minor units.
        """
        if isinstance(amount, int) and not isinstance(amount, bool):
            minor = amount
        elif isinstance(amount, str):
            minor = self._from_text(amount)
        else:
            raise ValueError('an amount is a decimal string ("12.30") or an integer in minor units (1230)')
        if abs(minor) > MAX_MINOR:
            raise ValueError("the amount is too large")
        return minor

    def _from_text(self, text: str) -> int:
        if len(text) > 24 or not _DECIMAL.fullmatch(text):  # int takes more, "1_000" and " 1" among it
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
