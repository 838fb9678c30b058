"""What comparisons over time look at, and what they are made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import inf

from engine.facts import Given, Group
from engine.foresight.steps import ALWAYS, NOT_EVER, Steps
from engine.rulebook.condition import Constant, Expected
from engine.rulebook.model import Value
from engine.rulebook.values import DATE

Look = Callable[["View"], Steps]
"""When something holds for one profile, from one moment on."""
Test = Callable[[Value], bool]


@dataclass(slots=True)
class View:
    """One profile at one moment: what comparisons look at, and what was computed for them already.

    `first`: the answers to what is asked of every profile, see `prospect`.
    """

    given: Given
    values: dict[str, Value] = field(default_factory=dict)
    memo: dict[int, Steps] = field(default_factory=dict)
    first: Sequence[Steps] = ()

    def value(self, name: str, group: Group) -> Value:
        """A fact at this moment. `group` computes it, together with others."""
        if name not in self.values:
            self.values.update(group(self.given))
        return self.values[name]


@dataclass(frozen=True, slots=True)
class Asked:
    """A comparison made ready: the fact, the `numbers` that it is compared with, whether it holds for a value."""

    fact: str
    cuts: tuple[float, ...]
    test: Test


def numbers(value: Expected) -> tuple[float, ...]:
    """The numbers of a comparison, ascending, a date as its ordinal; none where it is compared with something else."""
    found = value if isinstance(value, tuple | frozenset) else (value,)
    return tuple(sorted({number for one in found if (number := _number(one)) is not None}))


def _number(value: Constant) -> float | None:
    if isinstance(value, str):
        return date.fromisoformat(value).toordinal() if DATE.fullmatch(value) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < inf else None


def still(asked: Asked, group: Group) -> Look:
    """A fact that only events change."""
    fact, test = asked.fact, asked.test

    def look(view: View) -> Steps:
        values = view.values
        if fact not in values:
            values.update(group(view.given))
        return ALWAYS if test(values[fact]) else NOT_EVER

    return look
