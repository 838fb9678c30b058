"""Conditions over time: a condition as a function from a profile to the moments at which it changes.

Negations are pushed down to the comparisons, and table outputs are replaced by the rows that decide them, so that only
`every` and `some` remain. A subcondition that occurs twice is evaluated once per profile.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, assert_never

from engine.domain.facts import Value
from engine.domain.profile.counters import CounterPlan
from engine.facts.tables import MANY
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, InSegment, NoneOf, Op
from engine.rulebook.model import Row, Rulebook, Table
from engine.rulebook.predicates import test_of, without_places
from engine.scheduling.projection import steps
from engine.scheduling.projection.facts import TIER, built_in, is_still, tier_projection
from engine.scheduling.projection.steps import (
    ALWAYS,
    NOT_EVER,
    NOW,
    Comparison,
    Projection,
    Steps,
    Test,
    View,
    changing,
    numbers,
)
from engine.scheduling.projection.windows import counter_projection, history_projection

HISTORY = "history."
CHEAP = 1
"""The cost below which evaluating again is as fast as caching."""
_OF_SETS = (Op.HAS, Op.HAS_ANY, Op.HAS_NONE)


@dataclass(eq=False, slots=True)
class Part:
    """A compiled condition. `look` None: `every` or `some` (not `every`) of the `items`; constant without items.
    `join`: another way to combine the items.

    `cost`: cheap parts are evaluated first, as one often decides.
    """

    look: Projection | None = None
    items: tuple["Part", ...] = ()
    is_every: bool = True
    cost: int = 0
    join: Callable[[Sequence[Projection]], Projection] | None = None


TRUE, FALSE = Part(), Part(is_every=False)


def every(parts: Iterable[Part]) -> Part:
    """All of them."""
    return joined(parts, True)


def some(parts: Iterable[Part]) -> Part:
    """At least one of them."""
    return joined(parts, False)


def joined(parts: Iterable[Part], is_every: bool) -> Part:
    """Folds constants and flattens nested groups of the same kind."""
    neutral, decisive = (TRUE, FALSE) if is_every else (FALSE, TRUE)
    items: dict[Part, None] = {}
    for part in parts:
        if part is decisive:
            return decisive
        if part.look is None and part.join is None and part.is_every is is_every:
            items.update(dict.fromkeys(part.items))
        elif part is not neutral:
            items[part] = None
    if len(items) <= 1:
        return next(iter(items), neutral)
    return Part(None, tuple(items), is_every, 1 + sum(item.cost for item in items))


def parts_of(parts: Sequence[Part]) -> dict[Part, int]:
    """These parts and all parts in them, with the number of uses."""
    uses: dict[Part, int] = {}
    waiting = list(parts)
    while waiting:
        part = waiting.pop()
        if part not in uses:
            waiting.extend(part.items)
        uses[part] = uses.get(part, 0) + 1
    return uses


def ready(parts: Sequence[Part]) -> list[Projection]:
    """A function for each. Shared parts are evaluated once per profile."""
    uses = parts_of(parts)
    made: dict[Part, Projection] = {}
    return [_ready(part, made, uses) for part in parts]


def _ready(part: Part, made: dict[Part, Projection], uses: Mapping[Part, int]) -> Projection:
    if part not in made:
        look = part.look or _join(part, made, uses)
        made[part] = _once(look, len(made)) if uses[part] > 1 and part.cost > CHEAP else look
    return made[part]


def _join(part: Part, made: dict[Part, Projection], uses: Mapping[Part, int]) -> Projection:
    if part.join is not None:
        return part.join([_ready(item, made, uses) for item in part.items])
    projections = [_ready(item, made, uses) for item in sorted(part.items, key=lambda item: item.cost)]
    return _every(projections) if part.is_every else _some(projections)


def _every(projections: Sequence[Projection]) -> Projection:
    def every_look(view: View) -> Steps:
        found = []
        for look in projections:
            this = look(view)
            if not this:
                return NOT_EVER
            if this is not ALWAYS:
                found.append(this)
        return steps.every(found) if found else ALWAYS

    return every_look


def _some(projections: Sequence[Projection]) -> Projection:
    def some_look(view: View) -> Steps:
        found = []
        for look in projections:
            this = look(view)
            if this == ALWAYS:
                return ALWAYS
            if this:
                found.append(this)
        return steps.some(found) if found else NOT_EVER

    return some_look


def _once(look: Projection, number: int) -> Projection:
    def once(view: View) -> Steps:
        found = view.memo.get(number)
        if found is None:
            found = view.memo[number] = look(view)
        return found

    return once


class Projector:
    """Compiles conditions of one rulebook."""

    def __init__(self, book: Rulebook, counters: Iterable[CounterPlan], groups: Mapping[str, tuple[str, ...]]) -> None:
        self._book = book
        self._counters = {counter.name: counter for counter in counters}
        self._actions = {**{action: (action,) for action in book.actions}, **groups}
        self._tables = {table.decides: table for table in book.tables}
        self._made: dict[tuple[Condition, bool], Part] = {}
        self.facts: set[str] = set()
        """The facts used so far."""

    def part(self, condition: Condition, positive: bool = True) -> Part:
        """The condition, or its negation."""
        key = (without_places(condition), positive)
        if key not in self._made:
            self._made[key] = self._part(condition, positive)
        return self._made[key]

    def _part(self, condition: Condition, positive: bool) -> Part:
        match condition:
            case Compare():
                return self._compare(condition, positive)
            case InSegment(segment):
                return self.part(self._book.segments[segment], positive)
            case AllOf(items):
                parts = [self.part(item, positive) for item in items]
                return every(parts) if positive else some(parts)
            case AnyOf(items):
                parts = [self.part(item, positive) for item in items]
                return some(parts) if positive else every(parts)
            case NoneOf(items):
                return self.part(AnyOf(items), not positive)
            case _:
                assert_never(condition)

    def _compare(self, compare: Compare, positive: bool) -> Part:
        test = test_of(compare.op, compare.value, positive)
        fact = compare.fact
        if fact == TIER:
            self.facts.add(fact)
            return Part(tier_projection(test, self._book.tiers), cost=1)
        if fact in self._tables:
            return self._decided(self._tables[fact], compare, positive, test)
        self.facts.add(fact)
        comparison = Comparison(fact, numbers(compare.value), test)
        if fact in self._counters:
            return Part(counter_projection(comparison, self._counters[fact]), cost=4)
        if fact.startswith(HISTORY):
            actions = self._actions[fact.removeprefix(HISTORY).rpartition(".")[0]]
            return Part(history_projection(comparison, actions, self._book.vocabulary[fact].default), cost=1)
        return Part(built_in(comparison), cost=1 if is_still(fact) else 3)

    # ---- tables ----

    def _decided(self, table: Table, compare: Compare, positive: bool, test: Test) -> Part:
        if len(table.rows) > MANY:
            return self._of_many(table, compare, positive, test)
        if table.pick == "all":
            return self._among(table, compare, positive)
        found, others = list[Part](), TRUE
        for row in table.in_order:
            if test(row.output):
                found.append(every([self._row(row, True), others]))
            else:
                # Only rows with other outputs interfere. One part covers all of them so far and extends the previous
                # one: they are evaluated once, however many rows follow.
                others = every([self._row(row, False), others])
        if test(table.otherwise):
            found.append(others)
        return some(found)

    def _of_many(self, table: Table, compare: Compare, positive: bool, test: Test) -> Part:
        """Like the two others, without a part for each row."""
        if table.pick == "all" and compare.op not in _OF_SETS:
            return TRUE
        rows = LargeTable(table)
        if table.pick == "all":
            wanted = rows.some_give(_members(compare), (compare.op is not Op.HAS_NONE) is positive)
        else:
            wanted = rows.first_is(test)
        items = tuple(self.part(cell) for cell in rows.cells)
        return Part(None, items, cost=1 + sum(i.cost for i in items), join=lambda parts: rows.look(wanted, parts))

    def _row(self, row: Row, positive: bool) -> Part:
        return self.part(AllOf(tuple(cell for cell in row.cells if cell is not None)), positive)

    def _among(self, table: Table, compare: Compare, positive: bool) -> Part:
        """The fact is the set of outputs of all matching rows."""
        if compare.op not in _OF_SETS:
            return TRUE
        wanted = _members(compare)
        rows = [row for row in table.rows if row.output in wanted]
        if (compare.op is not Op.HAS_NONE) is positive:
            return some([self._row(row, True) for row in rows])
        return every([self._row(row, False) for row in rows])


def _members(compare: Compare) -> set[Value]:
    return {compare.value} if compare.op is Op.HAS else set(compare.value)


Wanted = Callable[[int], bool]
"""Whether the test of the table's fact passes when these rows match."""


class LargeTable:
    """The rows of a table by their cells' conditions."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._anything = [0] * len(table.columns)
        self._rows: dict[tuple[int, Condition], int] = {}
        for number, row in enumerate(table.in_order):
            for column, cell in enumerate(row.cells):
                if cell is None:
                    self._anything[column] |= 1 << number
                else:
                    key = column, without_places(cell)
                    self._rows[key] = self._rows.get(key, 0) | 1 << number

    @property
    def cells(self) -> list[Condition]:
        """The distinct conditions of each column."""
        return [cell for _, cell in self._rows]

    def first_is(self, test: Test) -> Wanted:
        """The deciding row, or `otherwise`, outputs a value that passes."""
        wanted, without = self._where(lambda row: test(row.output)), test(self._table.otherwise)
        return lambda found: bool(found & -found & wanted) if found else without

    def some_give(self, outputs: Collection[Value], truth: bool) -> Wanted:
        """Whether "some matching row outputs one of these" is `truth`."""
        wanted = self._where(lambda row: row.output in outputs)
        return lambda found: bool(found & wanted) is truth

    def _where(self, test: Callable[[Row], bool]) -> int:
        return sum(1 << number for number, row in enumerate(self._table.in_order) if test(row))

    def look(self, is_wanted: Wanted, projections: Sequence[Projection]) -> Projection:
        """`projections`: when each of the `cells` holds."""
        asked = [(column, rows) for (column, _), rows in self._rows.items()]

        def look(view: View) -> Steps:
            holding, turns = list(self._anything), list[tuple[int, int, int]]()
            for (column, rows), ask in zip(asked, projections, strict=True):
                for moment in ask(view):
                    if moment == NOW:
                        holding[column] |= rows
                    else:
                        turns.append((moment, column, rows))
            now, later = is_wanted(_all(holding)), list[tuple[int, bool]]()
            for moment, turning in groupby(sorted(turns), key=lambda turn: turn[0]):
                for _, column, rows in turning:  # no two cells of a column share a row
                    holding[column] ^= rows
                later.append((moment, is_wanted(_all(holding))))
            return changing(now, later)

        return look


def _all(holding: Sequence[int]) -> int:
    found = -1
    for rows in holding:
        found &= rows
    return found


Answers = tuple[bool | None, ...]
"""For the parts evaluated first: always, never, or (None) changing."""
Left = tuple[tuple[int, Projection], ...]
"""The numbers of the conditions that may hold at some time, and their remaining parts."""

KINDS_KEPT: Final = 256
"""The shipped rules distinguish a few dozen kinds."""


class Prospect:
    """Conditions are numbered from 0. Beyond `kinds` kinds of profiles, every condition is evaluated in full."""

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


def _answer(number: int) -> Projection:
    return lambda view: view.first[number]


def _without(part: Part, made: dict[Part, Part]) -> Part:
    """The remaining part. `made`: results for parts already met."""
    if part not in made:
        items = [_without(item, made) for item in part.items]
        if part.join is not None:
            made[part] = replace(part, items=tuple(items))
        else:
            made[part] = part if part.look else joined(items, part.is_every)
    return made[part]
