"""Conditions as formulas over boxes: for each dimension (a fact, or a member of a set fact) the classes that fit.

A dimension has finitely many classes of values, and a set of classes is a whole number with a bit for each: a mask. A
box is a mask per dimension; a dimension that it does not name may have any class.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Box = dict[int, int]
"""Dimension -> mask, never empty and never full."""


@dataclass(frozen=True, slots=True)
class All:
    """True where all literals (dimension -> mask) and all of the rest are. Empty: true everywhere."""

    literals: Mapping[int, int]
    rest: tuple["Some", ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """True where one of the literals or one of the rest is. Empty: true nowhere."""

    literals: Mapping[int, int]
    rest: tuple[All, ...] = ()


Formula = All | Some

TRUE: Final = All({})
FALSE: Final = Some({})


def all_of(parts: Iterable[Formula]) -> Formula:
    """The conjunction, with the literals of one dimension put together. FALSE where they leave no class."""
    literals: Box = {}
    rest: list[Some] = []
    for part in parts:
        if type(part) is All:
            for dimension, mask in part.literals.items():
                narrowed = literals.get(dimension, mask) & mask
                if not narrowed:
                    return FALSE
                literals[dimension] = narrowed
            rest += part.rest
        elif part == FALSE:
            return FALSE
        else:
            rest.append(part)  # type: ignore[arg-type]
    return rest[0] if len(rest) == 1 and not literals else All(literals, tuple(rest))


def some_of(parts: Iterable[Formula], full: Sequence[int]) -> Formula:
    """The disjunction. `full`: by dimension the mask of all its classes. TRUE where one dimension has them all."""
    literals: Box = {}
    rest: list[All] = []
    for part in parts:
        if type(part) is Some:
            alone: Mapping[int, int] = part.literals
            rest += part.rest
        elif not part.rest and len(part.literals) == 1:
            alone = part.literals
        elif part == TRUE:
            return TRUE
        else:
            rest.append(part)  # type: ignore[arg-type]
            continue
        for dimension, mask in alone.items():
            literals[dimension] = widened = literals.get(dimension, 0) | mask
            if widened == full[dimension]:
                return TRUE
    if len(rest) == 1 and not literals:
        return rest[0]
    return All(literals) if len(literals) == 1 and not rest else Some(literals, tuple(rest))


def opposite(formula: Formula, full: Sequence[int]) -> Formula:
    """True exactly where the formula is not."""
    turned: list[Formula] = [All({at: full[at] ^ mask}) for at, mask in formula.literals.items()]
    turned += [opposite(part, full) for part in formula.rest]
    return some_of(turned, full) if type(formula) is All else all_of(turned)
