"""The facts that a decision computes: only those that its rules, tables and texts name.

A plan is made once per trigger key when a rulebook is compiled. The full plan computes every declared fact.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.domain.facts import Value
from engine.domain.profile.counters import CounterPlan, totals
from engine.facts import GROUPS, Given, Group, history_facts
from engine.facts.tables import CompiledTable, decide_all
from engine.rulebook.model import Rulebook

HISTORY = "history."


@dataclass(frozen=True, slots=True)
class FactPlan:
    """`defaults` has every name in the plan; `surplus` are further names that its groups compute."""

    defaults: Mapping[str, Value]
    groups: tuple[Group, ...]
    surplus: frozenset[str]
    counters: tuple[CounterPlan, ...]
    history: tuple[tuple[str, tuple[str, ...]], ...]
    tables: tuple[CompiledTable, ...]

    def compute(self, given: Given) -> dict[str, Value]:
        """The facts before tables, over the defaults."""
        facts = dict(self.defaults)
        for group in self.groups:
            facts.update(group(given))
        if self.counters:
            facts.update(totals(given.profile.counters, self.counters, given.book.shop.days.of(given.now)))
        if self.history:
            facts.update(history_facts(given, self.history))
        for name in self.surplus:
            del facts[name]
        return facts

    def build(self, given: Given) -> dict[str, Value]:
        """All facts of the plan."""
        facts = self.compute(given)
        decide_all(self.tables, facts)
        return facts


class Planner:
    """Makes plans for one rulebook."""

    def __init__(
        self,
        book: Rulebook,
        counters: Iterable[CounterPlan],
        tables: tuple[CompiledTable, ...],
        groups: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._book = book
        self._counters = tuple(counters)
        self._tables = tables
        self._actions = {**{action: (action,) for action in book.actions}, **groups}
        self._columns = {table.decides: table.columns for table in book.tables}

    def plan(self, names: Iterable[str]) -> FactPlan:
        """A plan for at least these facts and the inputs of their tables. Unknown names are ignored."""
        needed = self._with_columns(names)
        groups = tuple(group for group, given in GROUPS.items() if given & needed)
        computed = frozenset().union(*(GROUPS[group] for group in groups))
        vocabulary = self._book.vocabulary
        kept = needed | (computed & vocabulary.keys())
        history = {name.removeprefix(HISTORY).rpartition(".")[0] for name in needed if name.startswith(HISTORY)}
        return FactPlan(
            defaults={name: vocabulary[name].default for name in sorted(kept)},
            groups=groups,
            surplus=computed - vocabulary.keys(),
            counters=tuple(counter for counter in self._counters if counter.name in needed),
            history=tuple((name, self._actions[name]) for name in sorted(history)),
            tables=tuple(table for table in self._tables if table.decides in needed),
        )

    def full(self) -> FactPlan:
        """A plan for every declared fact, and no other."""
        return self.plan(self._book.vocabulary)

    def _with_columns(self, names: Iterable[str]) -> frozenset[str]:
        needed = {name for name in names if name in self._book.vocabulary}
        waiting = list(needed)
        while waiting:
            for column in self._columns.get(waiting.pop(), ()):
                if column not in needed:
                    needed.add(column)
                    waiting.append(column)
        return frozenset(needed)
