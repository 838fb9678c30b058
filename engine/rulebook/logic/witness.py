"""Witnesses: customers for whom something shows, told by as few facts as can be."""

from collections.abc import Iterable

from engine.compiled.tables import CompiledTable, compile_table, decide_all
from engine.domain.money import Currency
from engine.rulebook.conditions import predicate
from engine.rulebook.findings import Witness
from engine.rulebook.logic.formula import TRUE, All, Box, Formula
from engine.rulebook.logic.point import Point
from engine.rulebook.logic.solver import Solver
from engine.rulebook.logic.space import TRIGGER, Space
from engine.rulebook.logic.words import trigger_words, value_words
from engine.rulebook.model import Table, Value


class Witnesses:
    """Finds them in one space, and tells them in a currency. `tables`: those that the space knows, in their order."""

    def __init__(self, space: Space, solver: Solver, tables: Iterable[Table], currency: Currency) -> None:
        self._space = space
        self._solver = solver
        self._currency = currency
        self._tables: tuple[CompiledTable, ...] = tuple(
            compile_table(table, lambda cells: predicate(cells, {})) for table in tables
        )

    def of(self, *goals: Formula, also: Iterable[str] = ()) -> Witness | None:
        """A customer for whom all goals are true; None when there is none. May raise TooLarge.

        `also`: facts decided by tables that are told with it.
        """
        box = self._fewest(goals)
        return None if box is None else self.told(box, also)

    def told(self, box: Box, also: Iterable[str] = ()) -> Witness:
        """Any customer of a box."""
        trigger, facts = self.customer(box)
        vocabulary = self._space.vocabulary
        named = sorted({self._space.names[at][0] for at in box if at != TRIGGER and at not in self._space.decided})
        given = [(name, self._words(name, facts[name])) for name in named if facts[name] != vocabulary[name].default]
        follow = [(name, self._words(name, facts[name])) for name in dict.fromkeys(also) if name in facts]
        text = ", ".join(f"{name} {value}" for name, value in given)
        text = f"a customer with {text}" if text else "a customer of whom nothing is known"
        if follow:
            text += f", and so {', '.join(f'{name} {value}' for name, value in follow)}"
        if TRIGGER not in box:
            return Witness(None, tuple(given), text)
        return Witness(trigger, tuple(given), f"{text} (at {trigger_words(trigger)})")

    def customer(self, box: Box) -> tuple[str, dict[str, Value]]:
        """The key of a trigger, and all facts that the space knows of one customer in the box."""
        point = Point(self._space, box)
        facts: dict[str, Value] = {}
        for number, (name, member) in enumerate(self._space.names[1:], start=1):
            if number in self._space.decided:
                continue
            value = self._space.classes[number].values[point.class_of(number)]
            if member is None:
                facts[name] = value
            elif (so_far := facts.setdefault(name, frozenset())) is not None and value:
                assert isinstance(so_far, frozenset)
                facts[name] = so_far | {member}
        decide_all(self._tables, facts)
        return self._space.triggers[point.trigger], facts

    def _fewest(self, goals: Iterable[Formula]) -> Box | None:
        """A box of the goals in which as many facts as can be are as for a customer of whom nothing is known."""
        wanted, tried = list(goals), {TRIGGER, *self._space.decided}
        box = self._solver.find(*wanted)
        while box is not None and (left := sorted(box.keys() - tried)):
            tried.add(left[0])
            usual = self._usual(left[0])
            found = self._solver.find(*wanted, usual)
            if found is not None:
                wanted.append(usual)
                box = found
        return box

    def _usual(self, number: int) -> Formula:
        default = self._space.classes[number].default
        return All({number: 1 << default}) if default >= 0 else TRUE

    def _words(self, name: str, value: Value) -> str:
        return value_words(value, self._space.vocabulary[name], self._currency)
