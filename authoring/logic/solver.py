"""Finds a customer for whom several formulas hold at once, or proves that there is none.

A case search: formulas with one way left are followed at once; of the others, the one with the fewest ways is tried
way by way, each without the literals tried before it. Exact; a budget bounds the work.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from authoring.logic.formula import FALSE, All, Box, Formula, Some
from authoring.logic.space import TRIGGER, Space

WORK_PER_QUESTION: Final = 100_000
"""Limit of branches per question. Beyond it there is no answer."""
WORK_IN_ALL: Final = 4_000_000
"""Limit for all questions to one solver."""


class TooLarge(Exception):
    """The question cannot be answered within the budget."""


@dataclass(slots=True)
class _State:
    """What holds so far (`box`), the open choices, and the table outputs already substituted."""

    box: Box
    open: list[Some]
    placed: dict[int, int]


@dataclass(slots=True)
class _Choice:
    state: _State
    ways: Iterator[tuple[All, All]]


class Solver:
    """Answers questions about one space."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._left = WORK_IN_ALL
        self._until = 0

    def find(self, *goals: Formula) -> Box | None:
        """A box in which all goals hold for every customer, None when there is no such customer. May raise
        TooLarge. The box names only triggers at which all of it is possible."""
        self._until = max(0, self._left - WORK_PER_QUESTION)
        state = self._settled(_State({}, [], {}), goals)
        choices: list[_Choice] = []
        while True:
            if state is not None:
                if not state.open:
                    placed = self._placed(state)
                    if placed is None:
                        return state.box
                    state = self._settled(state, [placed])
                    continue
                clause = min(state.open, key=lambda one: len(one.literals) + len(one.rest))
                state.open.remove(clause)
                choices.append(_Choice(state, self._ways(clause)))
            state = self._next(choices)
            if state is None and not choices:
                return None

    def _next(self, choices: list[_Choice]) -> _State | None:
        """The state after the next untried way; None when that one fails."""
        while choices:
            choice = choices[-1]
            way = next(choice.ways, None)
            if way is not None:
                state = choice.state
                return self._settled(_State(dict(state.box), list(state.open), dict(state.placed)), way)
            choices.pop()
        return None

    def _ways(self, clause: Some) -> Iterator[tuple[All, All]]:
        """Each way, with the opposites of the literals tried before it."""
        tried: Box = {}
        for dimension, mask in clause.literals.items():
            yield All(dict(tried)), All({dimension: mask})
            tried[dimension] = self._space.full[dimension] & ~mask
        for part in clause.rest:
            yield All(tried), part

    def _placed(self, state: _State) -> Formula | None:
        """The formula of a decided fact that is not yet substituted."""
        for dimension, mask in state.box.items():
            outputs = self._space.decided.get(dimension)
            if outputs is not None and state.placed.get(dimension) != mask:
                state.placed[dimension] = mask
                return self._space.some(output for at, output in enumerate(outputs) if mask >> at & 1)
        return None

    def _settled(self, state: _State, new: Iterable[Formula]) -> _State | None:
        """The state with these formulas as well, followed until there is a choice; None on contradiction."""
        waiting: list[Formula] = list(new)
        while waiting:
            narrowed = self._narrow(state, waiting)
            if narrowed is None:
                return None
            waiting = []
            still: list[Some] = []
            for clause in state.open:
                self._left -= 1
                left = self._reduced(clause, state.box)
                if left is FALSE:
                    return None
                if type(left) is All:
                    waiting.append(left)
                elif type(left) is Some:
                    still.append(left)
            if self._left < self._until:
                raise TooLarge
            state.open = still
        return state

    def _narrow(self, state: _State, formulas: Iterable[Formula]) -> _State | None:
        """Add literals to the box and disjunctions to the open ones."""
        space, box = self._space, state.box
        moments = box.get(TRIGGER, space.full[TRIGGER])
        for formula in formulas:
            if type(formula) is Some:
                state.open.append(formula)
                continue
            for dimension, mask in formula.literals.items():
                narrowed = box.get(dimension, space.full[dimension]) & mask
                if not narrowed:
                    return None
                box[dimension] = narrowed
                if dimension in space.given_at:
                    moments &= self._moments(dimension, narrowed)
                elif dimension == TRIGGER:
                    moments &= narrowed
            state.open += formula.rest  # type: ignore[arg-type]
        if not moments:
            return None
        if moments != space.full[TRIGGER]:
            box[TRIGGER] = moments
        return state

    def _moments(self, dimension: int, mask: int) -> int:
        """The triggers at which one of these classes is possible."""
        found = 0
        for at, triggers in enumerate(self._space.given_at[dimension]):
            if mask >> at & 1:
                found |= triggers
        return found

    def _reduced(self, clause: Some, box: Box) -> Formula | None:
        """The rest of a disjunction within the box: None for true, FALSE, an All where one way is left."""
        literals: Box = {}
        for dimension, mask in clause.literals.items():
            have = box.get(dimension)
            if have is None:
                literals[dimension] = mask
            elif not have & ~mask:
                return None
            elif have & mask:
                literals[dimension] = mask
        rest: list[All] = []
        for part in clause.rest:
            truth = _truth(part, box)
            if truth:
                return None
            if truth is None:
                rest.append(part)
        number = len(literals) + len(rest)
        if not number:
            return FALSE
        if number == 1:
            return rest[0] if rest else All(literals)
        if number == len(clause.literals) + len(clause.rest):
            return clause
        return Some(literals, tuple(rest))


def _truth(part: All, box: Box) -> bool | None:
    """Whether it is true everywhere in the box; None where that is open."""
    truth: bool | None = None if part.rest else True
    for dimension, mask in part.literals.items():
        have = box.get(dimension)
        if have is None:
            truth = None
        elif not have & mask:
            return False
        elif have & ~mask:
            truth = None
    return truth
