"""Declared facts and their values: inputs of rules, and counters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

Constant = bool | int | float | str | frozenset[str]
"""A canonical value that is not unknown."""
NEVER: Final = float("inf")
"""The value of a days-since fact without an occurrence: larger than any number."""

Value = Constant | None
"""The value of a fact: None for unknown."""
Facts = Mapping[str, Value]


class FactType(StrEnum):
    COUNT = "count"  # whole number
    MONEY = "money"  # minor units, whole
    DAYS = "days"  # whole days, may be negative or NEVER
    NUMBER = "number"  # decimal, rounded to 6 places, at most 10^9
    DATE = "date"  # a day as 2026-12-24: as text, days sort chronologically
    BOOLEAN = "boolean"
    TEXT = "text"  # one of `values` where given
    SET = "set"  # a set of texts, from `values` where given


class Missing(StrEnum):
    ZERO = "0"
    NEVER = "never"
    NO = "no"  # boolean facts: false if unknown
    NONE = "none"  # text facts: the word `none`; set facts: the empty set
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fact:
    """A declared fact: what a rule may test."""

    name: str
    type: FactType
    missing: Missing
    sentence: str
    example: Value = None
    unit: str | None = None
    values: tuple[str, ...] = ()

    @property
    def default(self) -> Value:
        """The canonical value if nothing is known."""
        defaults: dict[Missing, Value] = {
            Missing.ZERO: 0,
            Missing.NEVER: NEVER,
            Missing.NO: False,
            Missing.NONE: frozenset() if self.type is FactType.SET else "none",
            Missing.UNKNOWN: None,
        }
        return defaults[self.missing]


@dataclass(frozen=True, slots=True)
class Counter:
    """A fact that marketers declare: events of a type counted, or a number summed, within a window.

    `sums` is a property of the event ("total") or None to count. `where` are property values that must be equal.
    """

    name: str
    event: str
    within: int
    sums: str | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
