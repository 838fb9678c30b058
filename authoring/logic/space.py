"""The space of all customers, as far as a rulebook can distinguish them: its dimensions, and conditions in it.

Exact for conditions on independent facts. Facts decided by tables are functions of others: a dimension of such
a fact has a formula per class (`decided`), which the solver substitutes; so has a member of a set that a
table gathers. What a trigger does not set is decided by the trigger, which is a dimension, too. Dependencies
between facts computed from the same purchases (no order, so never a last one) are not modelled.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, assert_never

from authoring.logic.classes import (
    EVENT_TYPE,
    Classes,
    classes_of,
    constants_of,
    given_classes,
    possible_at,
    told_apart,
)
from authoring.logic.formula import FALSE, TRUE, All, Formula, all_of, opposite, some_of
from engine.domain.events import EVENT_TYPES
from engine.domain.facts import Fact, FactType, Missing
from engine.domain.trigger import INACTIVE, REQUESTED
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, InSegment, NoneOf, Op
from engine.rulebook.model import Table

TRIGGER: Final = 0
"""The dimension of the trigger: its classes are the keys of triggers."""
TIER: Final = "customer.tier"
_SET_OPS: Final = frozenset({Op.HAS, Op.HAS_ANY, Op.HAS_NONE})
_YES: Final = 0b10

Dimension = tuple[str, str | None]
"""A fact, and of a set fact the member; None: of any other fact, and whether the set is known at all."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The inputs of a space. `triggers`: keys beyond those of events; `tiers`: all tiers of a customer."""

    vocabulary: Mapping[str, Fact]
    segments: Mapping[str, Condition] = field(default_factory=dict)
    tables: Sequence[Table] = ()
    triggers: Sequence[str] = ()
    tiers: Sequence[str] = ()


class Space:
    """Dimensions by number, with their classes. Built for the comparisons it must distinguish."""

    def __init__(self, ground: Ground, tested: Iterable[Compare]) -> None:
        self.vocabulary = ground.vocabulary
        self.names: list[Dimension] = [("", None)]
        self.triggers = tuple(dict.fromkeys((*ground.triggers, *EVENT_TYPES, REQUESTED, INACTIVE)))
        self.classes: list[Classes] = [Classes(self.triggers)]
        self.number: dict[Dimension, int] = {}
        self.decided: dict[int, tuple[Formula, ...]] = {}
        self._segments = ground.segments
        self._formulas: dict[str, Formula] = {}
        self._tiers = ground.tiers
        self._tables = {table.decides: table for table in ground.tables}
        by_fact: dict[str, list[Compare]] = {}
        for comparison in dict.fromkeys(tested):
            by_fact.setdefault(comparison.fact, []).append(comparison)
        for name, comparisons in by_fact.items():
            self._add(self.vocabulary[name], comparisons)
        self.full: list[int] = [classes.full for classes in self.classes]
        self.given_at: dict[int, tuple[int, ...]] = dict(self._given_at())

    def _add(self, fact: Fact, tested: list[Compare]) -> None:
        if fact.type is not FactType.SET:
            table = self._tables.get(fact.name)
            apart = told_apart(fact, self.triggers)
            words = self._tiers if fact.name == TIER else self.triggers if fact.name == EVENT_TYPE else ()
            self._new((fact.name, None), _outputs(fact, table) if table else classes_of(fact, tested, words, apart))
            return
        if fact.missing is Missing.UNKNOWN:
            self._new((fact.name, None), Classes((frozenset(), None), 1))
        members = dict.fromkeys(str(member) for comparison in tested for member in constants_of(comparison))
        for member in members:
            self._new((fact.name, member), Classes((False, True), 0))

    def _new(self, name: Dimension, classes: Classes) -> None:
        self.number[name] = len(self.names)
        self.names.append(name)
        self.classes.append(classes)

    def _given_at(self) -> Iterable[tuple[int, tuple[int, ...]]]:
        """Of the dimensions that depend on the trigger: by class, the triggers at which it is possible."""
        for number, (name, member) in enumerate(self.names[1:], start=1):
            tests = [possible_at(self.vocabulary[name], trigger) for trigger in self.triggers]
            if name in self._tables or not any(tests):
                continue
            values = [frozenset({member} if value else ()) for value in (False, True)] if member else None
            yield (
                number,
                tuple(
                    sum(1 << at for at, test in enumerate(tests) if test is None or test(value))
                    for value in values or self.classes[number].values
                ),
            )

    # ---- formulas ----

    def at(self, triggers: Iterable[str]) -> Formula:
        """The decision has one of these triggers (keys)."""
        return All({TRIGGER: self.classes[TRIGGER].among(triggers)})

    def formula(self, condition: Condition) -> Formula:
        """Where the condition holds."""
        match condition:
            case Compare():
                return self._compare(condition)
            case InSegment(segment):
                if segment not in self._formulas:
                    self._formulas[segment] = self.formula(self._segments[segment])
                return self._formulas[segment]
            case AllOf(items):
                return all_of(map(self.formula, items))
            case AnyOf(items):
                return some_of(map(self.formula, items), self.full)
            case NoneOf(items):
                return self.opposite(some_of(map(self.formula, items), self.full))
            case _:
                assert_never(condition)

    def opposite(self, formula: Formula) -> Formula:
        """Where it does not."""
        return opposite(formula, self.full)

    def some(self, formulas: Iterable[Formula]) -> Formula:
        """Where one of them is true."""
        return some_of(formulas, self.full)

    def _compare(self, comparison: Compare) -> Formula:
        fact, op, expected = comparison.fact, comparison.op, comparison.value
        if self.vocabulary[fact].type is FactType.SET:
            return self._of_set(fact, op, expected)
        number = self.number[fact, None]
        return self._literal(number, self.classes[number].mask(op, expected))

    def _of_set(self, fact: str, op: Op, expected: object) -> Formula:
        known = self.number.get((fact, None))
        if op is Op.KNOWN:
            if known is None:
                return TRUE if expected else FALSE
            return self._literal(known, 1 if expected else 2)
        members = (expected,) if op is Op.HAS else expected
        assert isinstance(members, tuple)
        has = self.some(All({self.number[fact, member]: _YES}) for member in members)
        found = self.opposite(has) if op is Op.HAS_NONE else has
        return found if known is None else all_of((found, self._literal(known, 1)))

    def _literal(self, number: int, mask: int) -> Formula:
        if not mask:
            return FALSE
        return TRUE if mask == self.full[number] else All({number: mask})


def _outputs(fact: Fact, table: Table) -> Classes:
    return given_classes(fact, [*(row.output for row in table.rows), table.otherwise])
