"""A walk through all cases that a decision table distinguishes: dimension by dimension, with the rows that still fit.

Rows are boxes (a row whose cell names several members of a set is several). Classes of a dimension that leave the same
boxes go together, so a table of thousands of rows that differ in their first columns takes little more than one
step per row. The work is bounded; `TooLarge` is raised beyond it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from authoring.logic.formula import All, Box, Formula, all_of
from authoring.logic.solver import TooLarge
from authoring.logic.space import Space

MOST_WORK: Final = 250_000
"""Maximum number of classes on one walk."""
MOST_BITS: Final = 400_000_000
"""Of the index by class: 50 MB."""
MOST_BOXES: Final = 40_000
MOST_DIMENSIONS: Final = 200
_FEW: Final = 48
"""This few boxes are split directly, without the index."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A box of customers, and the rows that fit all of them (numbers from 0, ascending; the first only, where only
    the first counts). No rows: a gap."""

    box: Box
    rows: tuple[int, ...]


class Walk:
    """The rows of one table. `first_only`: of rows that fit together only the first matters."""

    def __init__(self, space: Space, rows: Sequence[Formula], first_only: bool) -> None:
        self._space = space
        self._first_only = first_only
        self._boxes: list[Box] = []
        self._row_of: list[int] = []
        for number, row in enumerate(rows):
            for box in boxes_of(row, space):
                self._boxes.append(box)
                self._row_of.append(number)
                if len(self._boxes) > MOST_BOXES:
                    raise TooLarge
        self._dimensions = sorted({at for box in self._boxes for at in box})
        if len(self._dimensions) > MOST_DIMENSIONS:
            raise TooLarge
        self._named = [self._naming(at) for at in self._dimensions]
        self._done = self._done_from()
        self._index: dict[int, list[tuple[int, int]]] = {}
        self._work = 0
        self._bits = 0

    @property
    def dimensions(self) -> Sequence[int]:
        """The dimensions that some row restricts."""
        return self._dimensions

    def leaves(self, each_once: bool = False) -> Iterator[Leaf]:
        """All cases, which together are everybody, none twice. `each_once`: of cases in which the same rows are left,
        with the same columns to come, only one."""
        seen: set[tuple[int, int]] | None = set() if each_once else None
        yield from self._from(0, self._cut((1 << len(self._boxes)) - 1, 0), {}, seen)

    def _from(self, depth: int, boxes: int, path: Box, seen: set[tuple[int, int]] | None) -> Iterator[Leaf]:
        while depth < len(self._dimensions) and not boxes & self._named[depth]:
            depth += 1
        if seen is not None:
            if (depth, boxes) in seen:
                return
            seen.add((depth, boxes))
        if depth == len(self._dimensions) or not boxes:
            yield Leaf(path, tuple(dict.fromkeys(self._row_of[at] for at in _bits(boxes))))
            return
        number = self._dimensions[depth]
        together: dict[int, int] = {}
        for left, mask in self._parts(depth, boxes):
            cut = self._cut(left, depth + 1)
            together[cut] = together.get(cut, 0) | mask
        for left, mask in together.items():
            narrowed = path if mask == self._space.full[number] else {**path, number: mask}
            yield from self._from(depth + 1, left, narrowed, seen)

    def _cut(self, boxes: int, depth: int) -> int:
        """Without those after the first that nothing can refuse any more, where only the first counts."""
        sure = boxes & self._done[depth]
        return boxes & (((sure & -sure) << 1) - 1) if self._first_only and sure else boxes

    def _parts(self, depth: int, boxes: int) -> list[tuple[int, int]]:
        """(boxes left, classes): the classes of the dimension by the boxes they leave."""
        if boxes.bit_count() <= _FEW:
            return self._split(depth, boxes)
        index = self._indexed(depth)
        self._spend(len(index))
        return [(boxes & left, mask) for left, mask in index]

    def _split(self, depth: int, boxes: int) -> list[tuple[int, int]]:
        number = self._dimensions[depth]
        parts = [(boxes & ~self._named[depth], self._space.full[number])]
        for at in _bits(boxes & self._named[depth]):
            mask, bit = self._boxes[at][number], 1 << at
            split: list[tuple[int, int]] = []
            for left, classes in parts:
                if inside := classes & mask:
                    split.append((left | bit, inside))
                if outside := classes & ~mask:
                    split.append((left, outside))
            self._spend(len(split))
            parts = split
        return parts

    def _indexed(self, depth: int) -> list[tuple[int, int]]:
        """By class of the dimension the boxes that it leaves, equal ones together."""
        if depth not in self._index:
            number = self._dimensions[depth]
            size = len(self._space.classes[number].values)
            changes: list[list[int]] = [[] for _ in range(size + 1)]
            for at in _bits(self._named[depth]):
                for begin, end in _runs(self._boxes[at][number]):
                    changes[begin].append(at)
                    changes[end].append(at)
            everywhere = ((1 << len(self._boxes)) - 1) & ~self._named[depth]
            found: dict[int, int] = {}
            now = everywhere
            for at in range(size):
                for box in changes[at]:
                    now ^= 1 << box
                self._bits += len(self._boxes)
                if self._bits > MOST_BITS:
                    raise TooLarge
                found[now] = found.get(now, 0) | 1 << at
            self._index[depth] = list(found.items())
        return self._index[depth]

    def _naming(self, number: int) -> int:
        """The boxes that restrict a dimension."""
        found = bytearray((len(self._boxes) + 7) // 8)
        for at, box in enumerate(self._boxes):
            if number in box:
                found[at >> 3] |= 1 << (at & 7)
        return int.from_bytes(found, "little")

    def _done_from(self) -> list[int]:
        """By depth, the boxes that no dimension from there on restricts."""
        done = [(1 << len(self._boxes)) - 1]
        for named in reversed(self._named):
            done.append(done[-1] & ~named)
        return done[::-1]

    def _spend(self, work: int) -> None:
        self._work += work
        if self._work > MOST_WORK:
            raise TooLarge


def boxes_of(formula: Formula, space: Space) -> list[Box]:
    """Boxes without a common customer that make up the formula."""
    found: list[Box] = []
    waiting = [formula]
    while waiting:
        one = waiting.pop()
        if type(one) is All and not one.rest:
            found.append(dict(one.literals))
            continue
        first, others = (one.rest[0], (All(one.literals, one.rest[1:]),)) if type(one) is All else (one, ())
        tried: list[Formula] = []
        for way in (*(All({at: mask}) for at, mask in first.literals.items()), *first.rest):
            waiting.append(all_of((*others, way, *map(space.opposite, tried))))
            tried.append(way)
        if len(found) + len(waiting) > MOST_BOXES:
            raise TooLarge
    return found


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _runs(mask: int) -> Iterator[tuple[int, int]]:
    """(begin, end) of the runs of ones."""
    at = 0
    while mask:
        skip = (mask & -mask).bit_length() - 1
        mask >>= skip
        length = ((mask + 1) & ~mask).bit_length() - 1
        yield at + skip, at + skip + length
        mask >>= length
        at += skip + length
