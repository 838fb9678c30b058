"""Claims for the tests of ledgers: on an action that is limited in every way."""

from collections.abc import Callable
from dataclasses import replace

from engine.domain.times import HOUR
from service.ports import GRACE, Claim, Ledger, Share, Used

NOW = 1_700_000_000_000
EXPIRES = NOW + HOUR
RUN_OUT = EXPIRES + GRACE
ALL = Used(total=1, stock=1, budget=12, reserved=0)
"""What one recommendation takes of everything, once it is more than reserved."""
RESERVED = replace(ALL, reserved=1)


def claim(number: int = 1, holder: str = "one", most: int = 1, period: str = "2023-11", **other: object) -> Claim:
    """A claim on an action with room for `most`, in every way in which an action can be limited."""
    full = Claim(f"r-{number}", "gift", holder, EXPIRES, Share(most, period), most, Share(12 * most, period), 2, 10)
    return replace(full, **other)  # type: ignore[arg-type]


def used(ledger: Ledger, now: int = NOW, period: str = "2023-11") -> Used:
    return ledger.used("gift", period, period, now)


STEPS: dict[str, Callable[[Ledger], object]] = {
    "reserved": lambda ledger: ledger.reserve(claim(), NOW),
    "contact": lambda ledger: ledger.contact(claim(), NOW),
    "spent": lambda ledger: ledger.spend(claim(), NOW),
}
"""What brings the first recommendation there, from wherever it is."""
