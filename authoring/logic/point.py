"""One customer of a box, evaluated class by class on demand."""

from authoring.logic.formula import All, Box, Formula
from authoring.logic.space import TRIGGER, Space


class Point:
    """A customer in a box found by the solver: unknown in every dimension that the box leaves open."""

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
        """The outputs of tables for the rest; 0 for a fact that they do not decide."""
        for at, output in enumerate(self._space.decided.get(number, ())):
            if self.is_in(output):
                return 1 << at
        return 0

    def _chosen(self, number: int) -> int:
        """The class of an unknown customer, where it fits; else the first that does."""
        space = self._space
        mask = self._box.get(number, space.full[number])
        if number in space.given_at:
            triggers = space.given_at[number]
            mask &= sum(1 << at for at, possible in enumerate(triggers) if possible >> self.trigger & 1)
        default = space.classes[number].default
        return 1 << default if default >= 0 and mask >> default & 1 else mask & -mask
