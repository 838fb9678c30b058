"""Witnesses: customers who demonstrate a finding, described with as few facts as possible."""

from collections.abc import Iterable, Mapping
from typing import Final

from authoring.logic.formula import TRUE, All, Box, Formula
from authoring.logic.point import Point
from authoring.logic.solver import Solver
from authoring.logic.space import TRIGGER, Space
from engine.domain.facts import NEVER, Fact, FactType, Value
from engine.domain.money import Currency
from engine.facts.tables import CompiledTable, compile_table, decide_all
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, Expected, InSegment, NoneOf, Op
from engine.rulebook.findings import Witness
from engine.rulebook.model import Table
from engine.rulebook.predicates import predicate

# ---- Values, conditions and triggers, spelled as in rule files ----


_LONGEST: Final = 160
_GROUPS: Final = {AllOf: "all", AnyOf: "any", NoneOf: "none"}


def value_words(value: Expected | None, fact: Fact, currency: Currency) -> str:  # noqa: PLR0911 - one line a type
    """`60 EUR`, `14 days`, `5 %`, `yes`, `[email, app]`, `never`, `unknown`."""
    if value is None:
        return "unknown"
    if isinstance(value, frozenset | tuple):
        items = sorted(value) if isinstance(value, frozenset) else value
        return f"[{', '.join(value_words(item, fact, currency) for item in items)}]"
    if value == NEVER and not isinstance(value, str):
        return "never"
    match fact.type, value:
        case FactType.BOOLEAN, _:
            return "yes" if value else "no"
        case FactType.MONEY, int():
            return f"{currency.format(value)} {currency.code}"
        case FactType.DAYS, _:
            return f"{value} day" if value == 1 else f"{value} days"
        case FactType.NUMBER, int() | float():
            return f"{_plain(value * 100)} %" if fact.unit == "%" else _plain(value)
        case _:
            return str(value)


def _plain(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")


def condition_words(condition: Condition, vocabulary: Mapping[str, Fact], currency: Currency) -> str:
    """A condition as written, on one line; cut where it is long."""
    text = _words(condition, vocabulary, currency)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _words(condition: Condition, vocabulary: Mapping[str, Fact], currency: Currency) -> str:
    match condition:
        case Compare(fact, op, value):
            said = ("yes" if value else "no") if op is Op.KNOWN else value_words(value, vocabulary[fact], currency)
            return f"{fact}: {said}" if op in (Op.IS, Op.ONE_OF) else f"{fact}: {{{op.value}: {said}}}"
        case InSegment(segment):
            return f"segment: {segment}"
        case _:
            items = "; ".join(_words(item, vocabulary, currency) for item in condition.items)
            return f"{_GROUPS[type(condition)]}: [{items}]"


def trigger_words(key: str) -> str:
    """A trigger (by its key) in words: `requested`, `inactive`, `14 days after delivery_completed`."""
    after, _, rest = key.partition(":")
    if after != "after":
        return key
    event, _, days = rest.partition(":")
    return f"{days} {'day' if days == '1' else 'days'} after {event}"


class Witnesses:
    """Finds them in one space, and renders them in a currency. `tables`: those of the space, in order."""

    def __init__(self, space: Space, solver: Solver, tables: Iterable[Table], currency: Currency) -> None:
        self._space = space
        self._solver = solver
        self._currency = currency
        self._tables: tuple[CompiledTable, ...] = tuple(
            compile_table(table, lambda cells: predicate(cells, {})) for table in tables
        )

    def of(self, *goals: Formula, also: Iterable[str] = ()) -> Witness | None:
        """A customer for whom all goals hold; None when there is none. May raise TooLarge.

        `also`: facts decided by tables, to include in the description.
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
        text = f"a customer with {text}" if text else "an unknown customer"
        if follow:
            text += f", and so {', '.join(f'{name} {value}' for name, value in follow)}"
        if TRIGGER not in box:
            return Witness(None, tuple(given), text)
        return Witness(trigger, tuple(given), f"{text} (on {trigger_words(trigger)})")

    def customer(self, box: Box) -> tuple[str, dict[str, Value]]:
        """The trigger key, and all facts in the space, of one customer in the box."""
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
        """A box of the goals with as many facts as possible as for an unknown customer."""
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
