"""Several conditions over time, for one profile after another.

Most of what conditions ask changes with events alone. That is asked first; what is left of the conditions then is the
same for all profiles that answer alike, and is made ready once for all of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from engine.foresight.conditions import CHEAP, FALSE, TRUE, Part, joined, parts_of, ready
from engine.foresight.steps import ALWAYS, Steps
from engine.foresight.view import Look, View

Answers = tuple[bool | None, ...]
"""Of what is asked first: holds for ever, never, or (None) it turns."""
Left = tuple[tuple[int, Look], ...]
"""The numbers of the conditions that may hold at some time, and what is left of them."""

KINDS_KEPT: Final = 256
"""The shipped rules tell some dozens of kinds apart."""


class Prospect:
    """The conditions are known by their numbers, from 0. Beyond so many `kinds` of profiles all is asked of each."""

    def __init__(self, parts: Sequence[Part], kinds: int = KINDS_KEPT) -> None:
        self._kinds = kinds
        self._parts = tuple(parts)
        self._first = [part for part in parts_of(parts) if part.look is not None and part.cost <= CHEAP]
        self._looks = [part.look for part in self._first if part.look is not None]
        self._left: dict[Answers, Left] = {}
        self._all = self._left_of((None,) * len(self._first))

    def of(self, view: View) -> Iterator[tuple[int, Steps]]:
        """Each condition that holds at some time, and when."""
        view.first = [look(view) for look in self._looks]
        answers = tuple([True if steps is ALWAYS else None if steps else False for steps in view.first])
        left = self._left.get(answers)
        if left is None:
            left = self._all
            if len(self._left) < self._kinds:
                left = self._left[answers] = self._left_of(answers)
        for number, look in left:
            steps = look(view)
            if steps:
                yield number, steps

    def _left_of(self, answers: Answers) -> Left:
        made = {
            part: Part(_answer(number), cost=CHEAP) if answer is None else TRUE if answer else FALSE
            for number, (part, answer) in enumerate(zip(self._first, answers, strict=True))
        }
        parts = [_without(part, made) for part in self._parts]
        numbers = [number for number, part in enumerate(parts) if part is not FALSE]
        return tuple(zip(numbers, ready([parts[number] for number in numbers]), strict=True))


def _answer(number: int) -> Look:
    return lambda view: view.first[number]


def _without(part: Part, made: dict[Part, Part]) -> Part:
    """What is left of it. `made`: of those that were met before."""
    if part not in made:
        items = [_without(item, made) for item in part.items]
        if part.join is not None:
            made[part] = replace(part, items=tuple(items))
        else:
            made[part] = part if part.look else joined(items, part.is_every)
    return made[part]
