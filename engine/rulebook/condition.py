"""Conditions as values: a tree that mirrors the source. Rules, segments, tables and caps hold them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.domain.facts import Constant
from engine.rulebook.findings import Place

# bool, int, float (6 decimals at most), str, frozenset of str, or NEVER
Expected = Constant | tuple[Constant, ...]
"""The operand of a comparison: one value, or those of a list."""


class Op(StrEnum):
    IS = "is"
    IS_NOT = "is_not"
    ONE_OF = "one_of"  # a list: one of
    NONE_OF = "none_of"
    AT_LEAST = "at_least"
    MORE_THAN = "more_than"
    AT_MOST = "at_most"
    LESS_THAN = "less_than"
    BETWEEN = "between"  # both ends count
    KNOWN = "known"
    HAS = "has"
    HAS_ANY = "has_any"
    HAS_NONE = "has_none"


@dataclass(frozen=True, slots=True)
class Compare:
    """`fact op value`. value: canonical; a tuple for one_of, none_of, has_any, has_none and between (low, high)."""

    fact: str
    op: Op
    value: Any
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class InSegment:
    segment: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    items: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    items: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    items: tuple["Condition", ...]


Condition = Compare | InSegment | AllOf | AnyOf | NoneOf


def listed(expected: Expected) -> tuple[Constant, ...]:
    """The values of a list. TypeError for a single value: no rule file can have one there."""
    if not isinstance(expected, tuple):
        raise TypeError(f"{expected!r} is not a list of values")
    return expected
