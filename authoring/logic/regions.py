"""The regions of rules in the space of their rulebook: where the `when` of a rule holds at one of its triggers."""

from collections.abc import Iterable, Sequence
from typing import Final

from authoring.logic.formula import Formula, all_of
from authoring.logic.point import Point
from authoring.logic.solver import Solver
from authoring.logic.space import Ground, Space
from authoring.logic.tables import cell_tests, put_in_place
from authoring.logic.witness import Witnesses
from engine.domain.times import DAY, format_rfc3339
from engine.rulebook.condition import Compare, Op
from engine.rulebook.model import Forbid, Rule, Rulebook, Table
from engine.rulebook.predicates import comparisons

DATE: Final = "time.date"
CHECKED: Final = ("draft", "shadow", "live")
"""The statuses of checked rules: all but retired."""


class RuleLogic:
    """The regions of a rulebook's rules, with a solver for questions about them."""

    def __init__(self, book: Rulebook, ground: Ground) -> None:
        self.book = book
        self.rules = [rule for rule in book.rules.values() if rule.status in CHECKED]
        caps = [cap.when for cap in book.contact_policy.caps if cap.when]
        written = [*(rule.when for rule in self.rules), *caps]
        tests = [test for condition in written for test in comparisons(condition, book.segments)]
        tables = tables_for({test.fact for test in tests}, book)
        tests += [test for table in tables for test in cell_tests(table)]
        if any(test.fact == DATE for test in tests):
            tests += [test for rule in self.rules for test in dates_of(rule)]
        self.space = Space(ground, tests)
        for table in tables:
            put_in_place(self.space, table)
        self.solver = Solver(self.space)
        self.witnesses = Witnesses(self.space, self.solver, tables, book.shop.currency)
        self._tables = frozenset(table.decides for table in tables)
        self._regions: dict[str, Formula] = {}
        self._elsewhere: dict[str, Formula] = {}
        self._forbidden: dict[str, frozenset[str]] = {}

    def region(self, rule: Rule) -> Formula:
        """Where it holds at one of its triggers."""
        if rule.id not in self._regions:
            self._regions[rule.id] = all_of((self.trigger(rule), self.space.formula(rule.when)))
        return self._regions[rule.id]

    def trigger(self, rule: Rule) -> Formula:
        """When it is evaluated: on its triggers, on its valid days."""
        at = self.space.at(trigger.key for trigger in rule.trigger)
        days = dates_of(rule) if (DATE, None) in self.space.number else []
        return all_of((at, *map(self.space.formula, days)))

    def elsewhere(self, rule: Rule) -> Formula:
        """Everywhere else."""
        if rule.id not in self._elsewhere:
            self._elsewhere[rule.id] = self.space.opposite(self.region(rule))
        return self._elsewhere[rule.id]

    def forbidden_by(self, rule: Rule) -> frozenset[str]:
        """The actions that a rule forbids, where it holds."""
        if rule.id not in self._forbidden:
            then, actions = rule.then, self.book.actions.values()
            covered = (a.id for a in actions if then.covers(a)) if isinstance(then, Forbid) else ()
            self._forbidden[rule.id] = frozenset(covered)
        return self._forbidden[rule.id]

    def covering(self, rule: Rule, candidates: Sequence[Rule]) -> list[Rule] | None:
        """A minimal set of candidates of which one always holds where the rule does; None when there is
        none."""
        left, found = list(candidates), list[Rule]()
        while True:
            box = self.solver.find(self.region(rule), *map(self.elsewhere, found))
            if box is None:
                return self._needed(rule, found)
            point = Point(self.space, box)
            one = next((other for other in left if point.is_in(self.region(other))), None)
            if one is None:
                return None
            left.remove(one)
            found.append(one)

    def _needed(self, rule: Rule, found: list[Rule]) -> list[Rule]:
        for one in list(found):
            others = [self.elsewhere(other) for other in found if other is not one]
            if len(found) > 1 and self.solver.find(self.region(rule), *others) is None:
                found.remove(one)
        return found

    def decided_in(self, rule: Rule) -> list[str]:
        """The facts that tables decide and the rule tests."""
        tested = (test.fact for test in comparisons(rule.when, self.book.segments))
        return [fact for fact in dict.fromkeys(tested) if fact in self._tables]


def dates_of(rule: Rule) -> list[Compare]:
    """The days on which a rule is valid, in any time zone: local dates may be a day earlier or later."""
    found: list[Compare] = []
    if rule.valid_from is not None:
        found.append(Compare(DATE, Op.AT_LEAST, _day(rule.valid_from - DAY)))
    if rule.valid_until is not None:
        found.append(Compare(DATE, Op.AT_MOST, _day(rule.valid_until + DAY)))
    return found


def _day(at: int) -> str:
    return format_rfc3339(at)[:10]


def tables_for(facts: Iterable[str], book: Rulebook) -> list[Table]:
    """The tables that decide these facts, and those that they use, in order."""
    needed, found = set(facts), list[Table]()
    for table in reversed(book.tables):
        if table.decides in needed:
            needed |= set(table.columns)
            found.append(table)
    return found[::-1]
