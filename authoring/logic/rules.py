"""Errors in the logic of rules: they never or always fire, change nothing, or are always forbidden."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from authoring.logic.formula import Formula
from authoring.logic.regions import RuleLogic
from authoring.logic.solver import TooLarge
from authoring.logic.tables import report_too_large
from authoring.logic.witness import condition_words, trigger_words
from engine.rulebook.condition import AllOf, Compare, Condition, InSegment
from engine.rulebook.findings import Place, Report
from engine.rulebook.model import Forbid, Recommend, Rule

ACTIVE: Final = ("shadow", "live")
MOST_PAIRED: Final = 300
"""The maximum number of conditions checked pairwise for contradictions."""
_MOST_NAMED: Final = 5


def check_rules(logic: RuleLogic, report: Report) -> None:
    """Warnings for the rules that are not retired, last first: of two equal rules the later is
    redundant."""
    needless: set[str] = set()
    forbids = [rule for rule in logic.rules if isinstance(rule.then, Forbid) and rule.status == "live"]
    by_action = _by_action(logic.rules)
    for rule in reversed(logic.rules):
        try:
            found = _Look(logic, rule, report)
            if found.never():
                continue
            found.always()
            found.forbidden(forbids)
            others = forbids if isinstance(rule.then, Forbid) else by_action.get(_action(rule), [])
            if found.needless([other for other in others if other.id not in needless]):
                needless.add(rule.id)
        except TooLarge:
            report_too_large(report, place_of(rule), f"the rule {rule.id}")


def place_of(rule: Rule) -> Place:
    """The place of a rule."""
    return rule.place or Place("rules", 1, 1)


def lasts_as_long(rule: Rule, other: Rule) -> bool:
    """Whether the other is valid whenever the rule is."""
    begins = other.valid_from is None or (rule.valid_from is not None and other.valid_from <= rule.valid_from)
    ends = other.valid_until is None or (rule.valid_until is not None and other.valid_until >= rule.valid_until)
    return begins and ends


def _action(rule: Rule) -> str:
    return rule.then.action if isinstance(rule.then, Recommend) else ""


def _by_action(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        if isinstance(rule.then, Recommend) and rule.status == "live":
            found.setdefault(rule.then.action, []).append(rule)
    return found


class _Look:
    """All checks of one rule."""

    def __init__(self, logic: RuleLogic, rule: Rule, report: Report) -> None:
        self._logic = logic
        self._rule = rule
        self._report = report

    # ---- by itself ----

    def never(self) -> bool:
        """Whether it can never fire."""
        if self._logic.solver.find(self._logic.region(self._rule)) is not None:
            return False
        condition, reason = self._why_never()
        place = _place_in(condition) if condition else None
        message = f"{self._rule.id} can never fire: {reason}"
        hint = "correct the conditions, or delete the rule"
        self._report.warning("rule-never", place or place_of(self._rule), message, hint)
        return True

    def _why_never(self) -> tuple[Condition | None, str]:
        """What makes it impossible: one condition, two that cannot both hold, or all of them together."""
        items = self._rule.when.items if isinstance(self._rule.when, AllOf) else (self._rule.when,)
        formulas = [self._logic.space.formula(item) for item in items]
        find, at = self._logic.solver.find, self._logic.trigger(self._rule)
        for item, formula in zip(items, formulas, strict=True):
            if find(at, formula) is None:
                if find(formula) is None:
                    return item, f"{self._words(item)} holds for no customer"
                if find(self._at(), formula) is not None:
                    return item, f"{self._words(item)} cannot hold while it is valid"
                return item, f"{self._words(item)} cannot hold on {self._triggers()}"
        for second, item in enumerate(items[:MOST_PAIRED]):
            for first in range(second):
                if find(at, formulas[first], formulas[second]) is None:
                    other = items[first]
                    where = f" at {_place_in(other)}" if _place_in(other) else ""
                    return item, f"{self._words(item)} contradicts {self._words(other)}{where}"
        return None, "its conditions cannot all hold for one customer"

    def always(self) -> None:
        rule, logic = self._rule, self._logic
        if isinstance(rule.when, AllOf) and not rule.when.items:
            return  # so it is meant
        at = logic.trigger(rule)
        if logic.solver.find(at, logic.elsewhere(rule)) is not None:
            return
        message = f"{rule.id} always fires: its conditions hold for every customer on {self._triggers()}"
        hint = "remove the conditions (when: {}), or correct them"
        self._report.warning("rule-always", place_of(rule), message, hint, logic.witnesses.of(at))

    # ---- against others ----

    def forbidden(self, forbids: Sequence[Rule]) -> None:
        rule, book = self._rule, self._logic.book
        if not isinstance(rule.then, Recommend) or rule.status not in ACTIVE:
            return
        action = book.actions[rule.then.action]
        against = [
            other for other in forbids if action.id in self._logic.forbidden_by(other) and lasts_as_long(rule, other)
        ]
        found = self._logic.covering(rule, against) if against else None
        if not found:
            return
        message = f"{rule.id} is always forbidden: whenever it holds, {_named(found)} forbids {action.id}"
        self._tell("rule-forbidden", message, "narrow the forbidding rule, or delete this one")

    def needless(self, others: Sequence[Rule]) -> bool:
        """Whether some of the others leave it no effect."""
        rule = self._rule
        if rule.status != "live":
            return False
        found = self._logic.covering(rule, [other for other in others if self._does_the_same(other)])
        if not found:
            return False
        does = "forbids" if isinstance(rule.then, Forbid) else "recommends"
        message = f"{rule.id} is redundant: whenever it holds, {_named(found)} {does} the same"
        if any(other.once for other in found):
            message += "; as `once` is counted per rule, it can only repeat the recommendation"
        self._tell("rule-shadowed", message, "delete it, or change its conditions")
        return True

    def _does_the_same(self, other: Rule) -> bool:
        """Whether the other, where it holds, leaves this one no effect."""
        rule = self._rule
        if other.id == rule.id or not lasts_as_long(rule, other) or other.once not in (None, rule.once):
            return False
        if isinstance(rule.then, Forbid) and isinstance(other.then, Forbid):
            mine = self._logic.forbidden_by(rule)
            return bool(mine) and mine <= self._logic.forbidden_by(other)
        return rule.then == other.then

    # ---- wording ----

    def _at(self) -> Formula:
        return self._logic.space.at(trigger.key for trigger in self._rule.trigger)

    def _tell(self, code: str, message: str, hint: str) -> None:
        witness = self._logic.witnesses.of(self._logic.region(self._rule), also=self._logic.decided_in(self._rule))
        self._report.warning(code, place_of(self._rule), message, hint, witness)

    def _words(self, condition: Condition) -> str:
        return condition_words(condition, self._logic.book.vocabulary, self._logic.book.shop.currency)

    def _triggers(self) -> str:
        return ", ".join(trigger_words(trigger.key) for trigger in self._rule.trigger[:_MOST_NAMED])


def _place_in(condition: Condition) -> Place | None:
    """Its place, or that of the first condition in the group."""
    if isinstance(condition, Compare | InSegment):
        return condition.place
    return next(_places(condition.items), None)


def _places(items: Iterable[Condition]) -> Iterator[Place]:
    for item in items:
        place = _place_in(item)
        if place is not None:
            yield place


def _named(rules: Sequence[Rule]) -> str:
    names = [rule.id for rule in rules[:_MOST_NAMED]]
    if len(rules) > _MOST_NAMED:
        names.append(f"{len(rules) - _MOST_NAMED} more")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
