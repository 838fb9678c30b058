"""Compiles the rules of one trigger into small rulesets for durable_rules, within what is safe there.

Conditions become alternatives of conjunctions, facts become small whole numbers, and a conjunction becomes tests
`property op number`. Equal tests come first and side by side, so that the engine shares them: that halves its work.
"""

import json
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.domain.facts import NEVER, Fact, Facts, FactType
from engine.rulebook.condition import Compare, Condition, Op
from engine.rulebook.model import Rule, Rulebook
from engine.rulebook.predicates import Conjunction, Literal, Predicate, alternatives, predicate, without_places
from engine.rulebook.reference import compare, rules_by_trigger

# ---- Facts as small whole numbers: a column gives every value of a fact the number of its class ----
#
# Two values are of one class when no comparison written in the rules can distinguish them. durable_rules sees the
# numbers only: no text, no decimals, nothing large, so its handling of those cannot matter.
#
# A comparison becomes a test of the column's number if the engine evaluates it safely, else a flag: a property of
# the message, present exactly when the comparison is true. Sets, segments and large groups have their own columns,
# true or false, evaluated in Python.


UNKNOWN_CODE: Final = 0
_REMEMBERED_VALUES: Final = 4096
_RANKED_TYPES: Final = frozenset({FactType.COUNT, FactType.MONEY, FactType.DAYS, FactType.NUMBER, FactType.DATE})
_SET_OPS: Final = frozenset({Op.HAS, Op.HAS_ANY, Op.HAS_NONE})
_WORD_OPS: Final = frozenset({Op.IS, Op.IS_NOT, Op.ONE_OF, Op.NONE_OF, Op.KNOWN})
_LISTS: Final = frozenset({Op.ONE_OF, Op.NONE_OF, Op.BETWEEN})
_ENGINE_OPS: Final[Mapping[Op, tuple[str, ...]]] = {
    Op.IS: ("",),
    Op.IS_NOT: ("$neq",),
    Op.AT_LEAST: ("$gte",),
    Op.MORE_THAN: ("$gt",),
    Op.AT_MOST: ("$lte",),
    Op.LESS_THAN: ("$lt",),
    Op.BETWEEN: ("$gte", "$lte"),
}


class WordCodes(dict[Any, int]):
    """Codes of a text or boolean fact: 0 unknown, 1 a value that no rule names, from 2 the values they name."""

    def __init__(self, constants: Iterable[Any]) -> None:
        super().__init__({value: code for code, value in enumerate(dict.fromkeys(constants), start=2)})
        self[None] = UNKNOWN_CODE
        self.domain: tuple[int | float | None, ...] = (None, *range(1, len(self) + 1))

    def __missing__(self, value: object) -> int:
        return 1


class RankCodes(dict[Any, int]):
    """Codes of numbers and dates: 0 unknown, then in rising order between, at and beyond the n that rules name.

    The i-th of them (from 0) has the code 2i + 2, values between its predecessor and it 2i + 1; NEVER has the
    last, 2n + 2. So codes compare like the values. Values seen before are cached, up to a bound.
    """

    def __init__(self, constants: Iterable[Any]) -> None:
        self._bounds: list[Any] = sorted({value for value in constants if value != NEVER})
        never = 2 * len(self._bounds) + 2
        super().__init__({None: UNKNOWN_CODE, NEVER: never})
        self.domain: tuple[int | float | None, ...] = (None, *range(1, never), NEVER)

    def __missing__(self, value: int | float | str) -> int:
        code = bisect_left(self._bounds, value) + bisect_right(self._bounds, value) + 1
        if len(self) < _REMEMBERED_VALUES:
            self[value] = code
        return code


Codes = WordCodes | RankCodes
"""A mapping of every value to its code. `domain[code]` stands for the class in comparisons: None for unknown, NEVER,
else the code itself."""


def codes_for(fact: Fact, tested: Iterable[Compare]) -> Codes:
    """The codes that suffice for these comparisons of a fact that is not a set."""
    constants = [constant for comparison in tested for constant in _constants(comparison)]
    return RankCodes(constants) if fact.type in _RANKED_TYPES else WordCodes(constants)


def truths(comparison: Compare, codes: Codes) -> tuple[bool, ...]:
    """By code, whether the comparison holds for the values of that class."""
    expected: Any = comparison.value
    if comparison.op in _LISTS:
        expected = tuple(codes.domain[codes[constant]] for constant in expected)
    elif comparison.op is not Op.KNOWN:
        expected = codes.domain[codes[expected]]
    return tuple(compare(comparison.op, value, expected) for value in codes.domain)


def _constants(comparison: Compare) -> tuple[Any, ...]:
    if comparison.op is Op.KNOWN:
        return ()
    return tuple(comparison.value) if comparison.op in _LISTS else (comparison.value,)


@dataclass(frozen=True, slots=True, order=True)
class Test:
    """`property op number`, "" for equality. The property belongs to the column with this number."""

    column: int
    property: str
    op: str
    number: int

    def to_json(self) -> dict[str, Any]:
        """As durable_rules writes it."""
        compared = {self.property: self.number}
        return {self.op: compared} if self.op else compared


class Columns:
    """The columns that some literals need, and the tests that the literals become. Facts come before predicates.

    Properties are called f<column> and g<flag>. The engine knows them by a 32-bit FNV-1 hash only: among f0..f1999,
    g0..g199999 and its own names no two share one.
    """

    def __init__(
        self, literals: Iterable[Literal], vocabulary: Mapping[str, Fact], segments: Mapping[str, Condition]
    ) -> None:
        written = tuple(dict.fromkeys(literals))
        conditions = dict.fromkeys(literal.condition for literal in written)
        by_fact: dict[str, list[Compare]] = {}
        in_python: list[Condition] = []
        for condition in conditions:
            if isinstance(condition, Compare) and _is_coded(condition, vocabulary):
                by_fact.setdefault(condition.fact, []).append(condition)
            else:
                in_python.append(condition)
        self.facts: tuple[tuple[str, Codes], ...] = tuple(
            (fact, codes_for(vocabulary[fact], tested)) for fact, tested in by_fact.items()
        )
        self.predicates: tuple[Predicate, ...] = tuple(predicate(condition, segments) for condition in in_python)
        self._fact_columns = {fact: column for column, fact in enumerate(by_fact)}
        self._python_columns = {condition: column for column, condition in enumerate(in_python, start=len(by_fact))}
        self._flags: dict[str, tuple[bool, ...]] = {}
        self._tests = {literal: self._compile(literal) for literal in written}

    def tests(self, literal: Literal) -> tuple[Test, ...]:
        """The tests that all hold exactly where the literal is true."""
        return self._tests[literal]

    def fragments(self, column: int, properties: Collection[str]) -> tuple[str, ...]:
        """By code of the column, these properties of it as a part of the message."""
        flags = [(name, self._flags[name]) for name in properties if name in self._flags]
        number = next((name for name in properties if name not in self._flags), None)
        size = len(self.facts[column][1].domain) if column < len(self.facts) else 2
        return tuple(
            (f',"{number}":{code}' if number and code != UNKNOWN_CODE else "")
            + "".join(f',"{name}":1' for name, true_at in flags if true_at[code])
            for code in range(size)
        )

    def _compile(self, literal: Literal) -> tuple[Test, ...]:
        condition = literal.condition
        if condition in self._python_columns:
            truth = (False, True) if literal.positive else (True, False)
            return (self._flag(self._python_columns[condition], truth),)
        assert isinstance(condition, Compare)
        column = self._fact_columns[condition.fact]
        codes = self.facts[column][1]
        if literal.positive and condition.op in _ENGINE_OPS:
            constants = condition.value if condition.op is Op.BETWEEN else (condition.value,)
            ops = _ENGINE_OPS[condition.op]
            return tuple(Test(column, f"f{column}", op, codes[c]) for op, c in zip(ops, constants, strict=True))
        return (self._flag(column, tuple(true is literal.positive for true in truths(condition, codes))),)

    def _flag(self, column: int, truth: tuple[bool, ...]) -> Test:
        name = f"g{len(self._flags)}"
        self._flags[name] = truth
        return Test(column, name, "", 1)


def _is_coded(condition: Compare, vocabulary: Mapping[str, Fact]) -> bool:
    """Whether a column of the fact's value can decide this comparison."""
    fact = vocabulary.get(condition.fact)
    if fact is None or fact.type is FactType.SET:
        return False
    return condition.op not in _SET_OPS if fact.type in _RANKED_TYPES else condition.op in _WORD_OPS


MAX_CONJUNCTIONS: Final = 60
"""Of one ruleset. Where more than 64 match at once the engine loses the evaluation."""
MAX_PROPERTIES: Final = 200
"""Of one message. The engine refuses more than 252."""
MAX_LITERALS: Final = 64
"""Of one conjunction; a rule with a longer one is evaluated in Python."""

SID: Final = "1"
"""The one state of every ruleset."""
RETRACT: Final = f'{{"id":"x","sid":"{SID}"}}'
"""Retracts the only asserted fact."""
_OPENED: Final = RETRACT[:-1]
WARM_UP: Final = f'{_OPENED},"w":1}}'
WARM_UP_RULE: Final = "w"
"""A fact and a rule besides its own that every ruleset has: the fact matches only this rule."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One ruleset. `fragments`: of each column it uses, the part of the message by code. `rules`: their ids; the engine
    knows them by their numbers."""

    ruleset: str
    fragments: tuple[tuple[int, tuple[str, ...]], ...]
    rules: tuple[str, ...]

    def message(self, codes: Sequence[int]) -> str:
        """The fact to assert for these codes, one per column of the program."""
        return _OPENED + "".join([parts[codes[column]] for column, parts in self.fragments]) + "}"


@dataclass(frozen=True, slots=True)
class Program:
    """A trigger's rules, compiled. `always`: ids of those that hold for any facts. Columns: facts, then predicates."""

    always: frozenset[str]
    facts: tuple[str, ...]
    codings: tuple[Codes, ...]
    predicates: tuple[Predicate, ...]
    shards: tuple[Shard, ...]

    def codes(self, facts: Facts) -> list[int]:
        """The code of every column for these facts."""
        found = [codes[value] for codes, value in zip(self.codings, map(facts.get, self.facts), strict=True)]
        found += [holds(facts) for holds in self.predicates]
        return found


def compile_rulebook(rulebook: Rulebook) -> dict[str, Program]:
    """A program per trigger key of live or shadow rules."""
    return {key: _compile(rulebook, rules) for key, rules in rules_by_trigger(rulebook).items()}


def _compile(rulebook: Rulebook, rules: Sequence[Rule]) -> Program:
    written = {rule.id: _bounded(rule.when) for rule in rules}
    always = frozenset(rule for rule, conjunctions in written.items() if frozenset() in conjunctions)
    pairs = [(rule, found) for rule, conjunctions in written.items() if rule not in always for found in conjunctions]
    columns = Columns((literal for _, found in pairs for literal in found), rulebook.vocabulary, rulebook.segments)
    tests = [(rule, frozenset(test for literal in found for test in columns.tests(literal))) for rule, found in pairs]
    shards = tuple(_shard(part, columns) for part in _parts(_shared_first(tests)))
    names, codings = tuple(fact for fact, _ in columns.facts), tuple(codes for _, codes in columns.facts)
    return Program(always, names, codings, columns.predicates, shards)


def _bounded(when: Condition) -> list[Conjunction]:
    conjunctions = alternatives(when)
    if any(len(conjunction) > MAX_LITERALS for conjunction in conjunctions):
        return [frozenset({Literal(without_places(when), True)})]
    return conjunctions


_Conjunction = tuple[str, tuple[Test, ...]]
"""A rule's id and the tests that must all hold."""


def _shared_first(conjunctions: Sequence[tuple[str, frozenset[Test]]]) -> list[_Conjunction]:
    """Within each the most frequent test first, and all in the order of their tests."""
    uses = Counter(test for _, tests in conjunctions for test in tests)
    ordered = [(rule, tuple(sorted(tests, key=lambda test: (-uses[test], test)))) for rule, tests in conjunctions]
    return sorted(ordered, key=lambda pair: [(-uses[test], test) for test in pair[1]])


def _parts(conjunctions: Sequence[_Conjunction]) -> Iterator[list[_Conjunction]]:
    """In order, cut where a ruleset or its message would grow too large."""
    part: list[_Conjunction] = []
    properties: set[str] = set()
    for rule, tests in conjunctions:
        more = properties | {test.property for test in tests}
        if part and (len(part) == MAX_CONJUNCTIONS or len(more) > MAX_PROPERTIES):
            yield part
            part, more = [], {test.property for test in tests}
        part.append((rule, tests))
        properties = more
    if part:
        yield part


def _shard(part: Sequence[_Conjunction], columns: Columns) -> Shard:
    rules = {
        str(number): {"all": [{"m": {"$and": [test.to_json() for test in tests]}}]}
        for number, (_, tests) in enumerate(part)
    }
    used: dict[int, set[str]] = {}
    for _, tests in part:
        for test in tests:
            used.setdefault(test.column, set()).add(test.property)
    return Shard(
        ruleset=json.dumps({**rules, WARM_UP_RULE: {"all": [{"m": {"w": 1}}]}}),
        fragments=tuple((column, columns.fragments(column, sorted(used[column]))) for column in sorted(used)),
        rules=tuple(rule for rule, _ in part),
    )
