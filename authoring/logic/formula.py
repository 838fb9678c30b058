"""Conditions as formulas over boxes: for each dimension (a fact, or a member of a set fact) the classes that fit.

A dimension has finitely many classes of values, and a set of classes is a whole number with a bit for each: a mask. A
box is a mask per dimension; a dimension that it does not name may have any class."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from authoring.logic.space import TRIGGER, Space

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
    """The disjunction. `full`: by dimension the mask of all its classes. TRUE where one dimension takes them all."""
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


# ---- One customer of a box, looked at class by class, as far as somebody asks ----


class Point:
    """A customer in a box that the solver found: as if nothing were known of them where the box leaves that open."""

    def __init__(self, space: Space, box: Box) -> None:
        self._space = space
        moments = box.get(TRIGGER, space.full[TRIGGER])
        self.trigger = (moments & -moments).bit_length() - 1
        self._box = box
        self._bits = {TRIGGER: 1 << self.trigger}

    def class_of(self, number: int) -> int:
        """The number of the customer's class in a dimension."""
        return self._bit(number).bit_length() - 1

    def is_in(self, formula: Formula) -> bool:
        """Whether the formula is true for the customer."""
        if type(formula) is All:
            return all(self._bit(at) & mask for at, mask in formula.literals.items()) and all(
                map(self.is_in, formula.rest)
            )
        return any(self._bit(at) & mask for at, mask in formula.literals.items()) or any(map(self.is_in, formula.rest))

    def _bit(self, number: int) -> int:
        bit = self._bits.get(number)
        if bit is None:
            bit = self._bits[number] = self._decided(number) or self._chosen(number)
        return bit

    def _decided(self, number: int) -> int:
        """What tables make of the rest; 0 for a fact that they do not decide."""
        for at, output in enumerate(self._space.decided.get(number, ())):
            if self.is_in(output):
                return 1 << at
        return 0

    def _chosen(self, number: int) -> int:
        """The class of who nothing is known of, where it fits; else the first that does."""
        space = self._space
        mask = self._box.get(number, space.full[number])
        if number in space.given_at:
            triggers = space.given_at[number]
            mask &= sum(1 << at for at, possible in enumerate(triggers) if possible >> self.trigger & 1)
        default = space.classes[number].default
        return 1 << default if default >= 0 and mask >> default & 1 else mask & -mask
