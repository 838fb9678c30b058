"""Conditions over time: a written condition as a function of a profile to the moments at which it turns.

Negations are carried down to the comparisons, and what a table decides is replaced by the rows that decide it, so that
`every` and `some` are all that is left. What is asked twice of one profile is worked out once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from engine.foresight import steps
from engine.foresight.facts import WHATEVER, built_in
from engine.foresight.steps import ALWAYS, NOT_EVER, Steps
from engine.foresight.view import Asked, Look, View, numbers
from engine.foresight.windows import counter_look, history_look
from engine.profile.counters import CounterPlan
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, InSegment, NoneOf, Op
from engine.rulebook.conditions import predicate, without_places
from engine.rulebook.model import Row, Rulebook, Table, Value

HISTORY = "history."
_OF_SETS = (Op.HAS, Op.HAS_ANY, Op.HAS_NONE)


@dataclass(frozen=True, slots=True)
class Part:
    """A condition made ready. `cost`: what is cheap is asked first, as it often answers for all."""

    look: Look
    cost: int


def anything(_: View) -> Steps:
    return ALWAYS


def nothing(_: View) -> Steps:
    return NOT_EVER


class Foreseer:
    """Makes conditions of one rulebook ready."""

    def __init__(self, book: Rulebook, counters: Iterable[CounterPlan], groups: Mapping[str, tuple[str, ...]]) -> None:
        self._book = book
        self._counters = {counter.name: counter for counter in counters}
        self._actions = {**{action: (action,) for action in book.actions}, **groups}
        self._tables = {table.decides: table for table in book.tables}
        self._made: dict[tuple[Condition, bool], Part] = {}
        self._numbered = 0

    def part(self, condition: Condition, positive: bool = True) -> Part:
        """The condition, or its opposite."""
        key = (without_places(condition), positive)
        if key not in self._made:
            self._made[key] = self._part(condition, positive)
        return self._made[key]

    def every(self, parts: Sequence[Part]) -> Part:
        """All of them."""
        ordered = _cheapest_first(parts)

        def look(view: View) -> Steps:
            found = []
            for part in ordered:
                this = part(view)
                if not this:
                    return NOT_EVER
                if this != ALWAYS:
                    found.append(this)
            return steps.every(found) if found else ALWAYS

        return self._once(look, parts)

    def some(self, parts: Sequence[Part]) -> Part:
        """At least one of them."""
        ordered = _cheapest_first(parts)

        def look(view: View) -> Steps:
            found = []
            for part in ordered:
                this = part(view)
                if this == ALWAYS:
                    return ALWAYS
                if this:
                    found.append(this)
            return steps.some(found) if found else NOT_EVER

        return self._once(look, parts)

    def _part(self, condition: Condition, positive: bool) -> Part:
        match condition:
            case Compare():
                return self._compare(condition, positive)
            case InSegment(segment):
                return self.part(self._book.segments[segment], positive)
            case AllOf(items):
                parts = [self.part(item, positive) for item in items]
                return self.every(parts) if positive else self.some(parts)
            case AnyOf(items):
                parts = [self.part(item, positive) for item in items]
                return self.some(parts) if positive else self.every(parts)
            case NoneOf(items):
                return self.part(AnyOf(items), not positive)
            case _:
                assert_never(condition)

    def _compare(self, compare: Compare, positive: bool) -> Part:
        holds = predicate(compare, self._book.segments)

        def test(value: Value) -> bool:
            return holds({compare.fact: value}) is positive

        fact = compare.fact
        if fact in WHATEVER:
            return Part(anything, 0)
        if fact in self._tables:
            return self._decided(self._tables[fact], compare, positive, test)
        asked = Asked(fact, numbers(compare.value), test)
        if fact in self._counters:
            return self._memoized(counter_look(asked, self._counters[fact]), 3)
        if fact.startswith(HISTORY):
            actions = self._actions[fact.removeprefix(HISTORY).rpartition(".")[0]]
            return self._memoized(history_look(asked, actions, self._book.vocabulary[fact].default), 1)
        return self._memoized(built_in(asked), 2)

    # ---- tables ----

    def _decided(self, table: Table, compare: Compare, positive: bool, test: object) -> Part:
        assert callable(test)
        if table.pick == "all":
            return self._among(table, compare, positive)
        found, before = list[Part](), list[Part]()
        for row in table.rows:
            if test(row.output):
                found.append(self.every([self._row(row, True), *before[-1:]]))
            # One part for all rows so far, made of the one before it: they are asked once, however many rows follow.
            before.append(self.every([self._row(row, False), *before[-1:]]))
        if test(table.otherwise):
            found.append(before[-1])
        return self.some(found)

    def _row(self, row: Row, positive: bool) -> Part:
        return self.part(AllOf(tuple(cell for cell in row.cells if cell is not None)), positive)

    def _among(self, table: Table, compare: Compare, positive: bool) -> Part:
        """The fact is the set of what all rows give that hold."""
        if compare.op not in _OF_SETS:
            return Part(anything, 0)
        wanted = {compare.value} if compare.op is Op.HAS else set(compare.value)
        rows = [row for row in table.rows if row.output in wanted]
        if (compare.op is not Op.HAS_NONE) is positive:
            return self.some([self._row(row, True) for row in rows])
        return self.every([self._row(row, False) for row in rows])

    # ---- once ----

    def _once(self, look: Look, parts: Sequence[Part]) -> Part:
        if not parts:
            return Part(look, 0)
        if len(parts) == 1:
            return parts[0]
        return self._memoized(look, 1 + sum(part.cost for part in parts))

    def _memoized(self, look: Look, cost: int) -> Part:
        number = self._numbered = self._numbered + 1

        def once(view: View) -> Steps:
            found = view.memo.get(number)
            if found is None:
                found = view.memo[number] = look(view)
            return found

        return Part(once, cost)


def _cheapest_first(parts: Sequence[Part]) -> tuple[Look, ...]:
    return tuple(part.look for part in sorted(parts, key=lambda part: part.cost))
