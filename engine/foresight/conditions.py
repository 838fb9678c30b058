"""Conditions over time: a written condition as a function of a profile to the moments at which it turns.

Negations are carried down to the comparisons, and what a table decides is replaced by the rows that decide it, so that
`every` and `some` are all that is left. What is asked twice of one profile is worked out once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from engine.foresight import steps
from engine.foresight.facts import TIER, built_in, is_still, tier_look
from engine.foresight.large_tables import LargeTable
from engine.foresight.steps import ALWAYS, NOT_EVER, Steps
from engine.foresight.view import Asked, Look, Test, View, numbers
from engine.foresight.windows import counter_look, history_look
from engine.profile.counters import CounterPlan
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, InSegment, NoneOf, Op
from engine.rulebook.conditions import test_of, without_places
from engine.rulebook.model import Row, Rulebook, Table, Value
from engine.tables import MANY

HISTORY = "history."
CHEAP = 1
"""The cost of what is as quickly asked again as remembered."""
_OF_SETS = (Op.HAS, Op.HAS_ANY, Op.HAS_NONE)


@dataclass(eq=False, slots=True)
class Part:
    """A condition made ready. `look` None: `every` or `some` (not `every`) of the `items`; without any it is constant.
    `join`: another way to make one of the items.

    `cost`: what is cheap is asked first, as it often answers for all.
    """

    look: Look | None = None
    items: tuple["Part", ...] = ()
    is_every: bool = True
    cost: int = 0
    join: Callable[[Sequence[Look]], Look] | None = None


TRUE, FALSE = Part(), Part(is_every=False)


def every(parts: Iterable[Part]) -> Part:
    """All of them."""
    return joined(parts, True)


def some(parts: Iterable[Part]) -> Part:
    """At least one of them."""
    return joined(parts, False)


def joined(parts: Iterable[Part], is_every: bool) -> Part:
    """Constants are worked in, and what stands within its like stands beside it."""
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
    """These and all that they are made of, and how often each is used."""
    uses: dict[Part, int] = {}
    waiting = list(parts)
    while waiting:
        part = waiting.pop()
        if part not in uses:
            waiting.extend(part.items)
        uses[part] = uses.get(part, 0) + 1
    return uses


def ready(parts: Sequence[Part]) -> list[Look]:
    """A function for each. What several of them ask of one profile is worked out once."""
    uses = parts_of(parts)
    made: dict[Part, Look] = {}
    return [_ready(part, made, uses) for part in parts]


def _ready(part: Part, made: dict[Part, Look], uses: Mapping[Part, int]) -> Look:
    if part not in made:
        look = part.look or _join(part, made, uses)
        made[part] = _once(look, len(made)) if uses[part] > 1 and part.cost > CHEAP else look
    return made[part]


def _join(part: Part, made: dict[Part, Look], uses: Mapping[Part, int]) -> Look:
    if part.join is not None:
        return part.join([_ready(item, made, uses) for item in part.items])
    looks = [_ready(item, made, uses) for item in sorted(part.items, key=lambda item: item.cost)]
    return _every(looks) if part.is_every else _some(looks)


def _every(looks: Sequence[Look]) -> Look:
    def every_look(view: View) -> Steps:
        found = []
        for look in looks:
            this = look(view)
            if not this:
                return NOT_EVER
            if this is not ALWAYS:
                found.append(this)
        return steps.every(found) if found else ALWAYS

    return every_look


def _some(looks: Sequence[Look]) -> Look:
    def some_look(view: View) -> Steps:
        found = []
        for look in looks:
            this = look(view)
            if this == ALWAYS:
                return ALWAYS
            if this:
                found.append(this)
        return steps.some(found) if found else NOT_EVER

    return some_look


def _once(look: Look, number: int) -> Look:
    def once(view: View) -> Steps:
        found = view.memo.get(number)
        if found is None:
            found = view.memo[number] = look(view)
        return found

    return once


class Foreseer:
    """Makes conditions of one rulebook ready."""

    def __init__(self, book: Rulebook, counters: Iterable[CounterPlan], groups: Mapping[str, tuple[str, ...]]) -> None:
        self._book = book
        self._counters = {counter.name: counter for counter in counters}
        self._actions = {**{action: (action,) for action in book.actions}, **groups}
        self._tables = {table.decides: table for table in book.tables}
        self._made: dict[tuple[Condition, bool], Part] = {}
        self.facts: set[str] = set()
        """The facts that are looked at so far."""

    def part(self, condition: Condition, positive: bool = True) -> Part:
        """The condition, or its opposite."""
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
            return Part(tier_look(test, self._book.tiers), cost=1)
        if fact in self._tables:
            return self._decided(self._tables[fact], compare, positive, test)
        self.facts.add(fact)
        asked = Asked(fact, numbers(compare.value), test)
        if fact in self._counters:
            return Part(counter_look(asked, self._counters[fact]), cost=4)
        if fact.startswith(HISTORY):
            actions = self._actions[fact.removeprefix(HISTORY).rpartition(".")[0]]
            return Part(history_look(asked, actions, self._book.vocabulary[fact].default), cost=1)
        return Part(built_in(asked), cost=1 if is_still(fact) else 3)

    # ---- tables ----

    def _decided(self, table: Table, compare: Compare, positive: bool, test: Test) -> Part:
        if len(table.rows) > MANY:
            return self._of_many(table, compare, positive, test)
        if table.pick == "all":
            return self._among(table, compare, positive)
        found, others = list[Part](), TRUE
        for row in table.asked:
            if test(row.output):
                found.append(every([self._row(row, True), others]))
            else:
                # Only rows with other outputs come in the way. One part for all of them so far, made of the one before
                # it: they are asked once, however many rows follow.
                others = every([self._row(row, False), others])
        if test(table.otherwise):
            found.append(others)
        return some(found)

    def _of_many(self, table: Table, compare: Compare, positive: bool, test: Test) -> Part:
        """As the two others have it, without a part for each row."""
        if table.pick == "all" and compare.op not in _OF_SETS:
            return TRUE
        rows = LargeTable(table)
        if table.pick == "all":
            wanted = rows.some_give(_members(compare), (compare.op is not Op.HAS_NONE) is positive)
        else:
            wanted = rows.first_is(test)
        items = tuple(self.part(cell) for cell in rows.cells)
        return Part(None, items, cost=1 + sum(i.cost for i in items), join=lambda looks: rows.look(wanted, looks))

    def _row(self, row: Row, positive: bool) -> Part:
        return self.part(AllOf(tuple(cell for cell in row.cells if cell is not None)), positive)

    def _among(self, table: Table, compare: Compare, positive: bool) -> Part:
        """The fact is the set of what all rows give that hold."""
        if compare.op not in _OF_SETS:
            return TRUE
        wanted = _members(compare)
        rows = [row for row in table.rows if row.output in wanted]
        if (compare.op is not Op.HAS_NONE) is positive:
            return some([self._row(row, True) for row in rows])
        return every([self._row(row, False) for row in rows])


def _members(compare: Compare) -> set[Value]:
    return {compare.value} if compare.op is Op.HAS else set(compare.value)
