"""The compiled matcher gives what the plain-Python one gives, for random rulebooks and facts."""

import random
from collections.abc import Mapping
from threading import Lock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.facts import NEVER, FactType, Value
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, InSegment, NoneOf, Op
from engine.rulebook.matcher import DurableMatcher, available
from engine.rulebook.model import Rulebook, RuleTrigger
from engine.rulebook.predicates import comparisons, predicate
from engine.rulebook.reference import ReferenceMatcher, holds
from tests.support.matching import VOCABULARY, rule, rulebook

pytestmark = pytest.mark.skipif(not available(), reason="durable_rules is not importable here")

FACTS_PER_RULEBOOK = 100
TRIGGERS = (
    RuleTrigger("requested"),
    RuleTrigger("inactive"),
    RuleTrigger("after", "delivery_completed", 14 * 86_400_000),
)
WORDS = (
    *("gold", "silver", "none", "", " ", "Gold", "g", "yes", "true", "1", "null"),
    *("您好", "好您", "用得顺手吗?", "👩‍👩‍👧", "👩", "e\u0301", "\u00e9", "ß", "ss"),
    *('"', "\\", '\\"', "a\\nb", "a\nb", "\t", "\u0000", "a\u0000b", "\x07", "\u2028", "{", "}", "$and", "\ud800"),
    "x" * 300,
)
WHOLE = (0, 1, 2, 3, 7, 30, 255, 256, 65_535, 2**31, 2**32 + 1, 2**53, 2**53 + 1, 10**15, -1, -40)
DECIMAL = (0.0, 0.05, 0.1, 0.2, 0.3, 1.0, 1.000001, 0.000001, 999_999_999.999999, -0.5)
DATES = ("2026-02-28", "2026-03-01", "2026-12-24", "2027-01-01")
SEGMENTS = ("one", "two")

OPS: Mapping[FactType, tuple[Op, ...]] = {
    FactType.TEXT: (Op.IS, Op.IS_NOT, Op.ONE_OF, Op.NONE_OF, Op.KNOWN),
    FactType.BOOLEAN: (Op.IS, Op.IS_NOT, Op.KNOWN),
    FactType.SET: (Op.HAS, Op.HAS_ANY, Op.HAS_NONE, Op.KNOWN),
}
NUMERIC_OPS = (
    *(Op.IS, Op.IS_NOT, Op.ONE_OF, Op.NONE_OF, Op.AT_LEAST, Op.MORE_THAN, Op.AT_MOST, Op.LESS_THAN),
    *(Op.BETWEEN, Op.KNOWN),
)


def constants(kind: FactType) -> st.SearchStrategy[object]:
    if kind is FactType.BOOLEAN:
        return st.booleans()
    if kind in (FactType.TEXT, FactType.SET):
        return st.sampled_from(WORDS)
    if kind is FactType.DATE:
        return st.sampled_from(DATES)
    return st.sampled_from(DECIMAL if kind is FactType.NUMBER else WHOLE)


@st.composite
def compare(draw: st.DrawFn) -> Compare:
    fact = draw(st.sampled_from(list(VOCABULARY.values())))
    op = draw(st.sampled_from(OPS.get(fact.type, NUMERIC_OPS)))
    constant = constants(fact.type)
    if op is Op.KNOWN:
        return Compare(fact.name, op, draw(st.booleans()))
    if op is Op.BETWEEN:
        return Compare(fact.name, op, tuple(sorted((draw(constant), draw(constant)))))
    if op in (Op.ONE_OF, Op.NONE_OF, Op.HAS_ANY, Op.HAS_NONE):
        return Compare(fact.name, op, tuple(draw(st.lists(constant, min_size=1, max_size=4))))
    return Compare(fact.name, op, draw(constant))


def groups(items: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    some = st.lists(items, max_size=4).map(tuple)
    return st.one_of(some.map(AllOf), some.map(AnyOf), some.map(NoneOf))


SEGMENT_CONDITIONS = st.recursive(compare(), groups, max_leaves=5)
CONDITIONS = st.recursive(
    st.one_of(compare(), compare(), compare(), st.sampled_from(SEGMENTS).map(InSegment)), groups, max_leaves=12
)


@st.composite
def rulebooks(draw: st.DrawFn) -> Rulebook:
    first = draw(SEGMENT_CONDITIONS)
    second = draw(st.one_of(SEGMENT_CONDITIONS, SEGMENT_CONDITIONS.map(lambda c: AllOf((InSegment("one"), c)))))
    triggers = st.sets(st.sampled_from(TRIGGERS), min_size=1)
    statuses = st.sampled_from(("live", "live", "live", "test", "draft", "retired"))
    rules = [
        rule(f"rule-{number}", AllOf((condition,)), draw(triggers), draw(statuses))
        for number, condition in enumerate(draw(st.lists(CONDITIONS, min_size=1, max_size=12)))
    ]
    return rulebook(rules, {"one": first, "two": second})


def random_facts(book: Rulebook, rnd: random.Random) -> dict[str, Value]:
    """Values at, just beside and far from the constants that the rules name; some never, unknown or absent."""
    named: dict[str, list[object]] = {name: [] for name in VOCABULARY}
    for condition in [*(one.when for one in book.rules.values()), *book.segments.values()]:
        for found in comparisons(condition, book.segments):
            if found.op is not Op.KNOWN:
                named[found.fact] += found.value if isinstance(found.value, tuple) else (found.value,)
    facts: dict[str, Value] = {}
    for name, constants_named in named.items():
        chance = rnd.random()
        if chance < 0.1:
            continue
        facts[name] = None if chance < 0.2 else random_value(VOCABULARY[name].type, constants_named, rnd)
    return facts


def random_value(kind: FactType, named: list[object], rnd: random.Random) -> Value:
    if kind is FactType.BOOLEAN:
        return rnd.random() < 0.5
    if kind is FactType.TEXT:
        return rnd.choice([*named, *rnd.sample(WORDS, 2)])  # type: ignore[return-value]
    if kind is FactType.SET:
        return frozenset(rnd.sample([*named, *rnd.sample(WORDS, 3)], rnd.randint(0, 3)))  # type: ignore[arg-type]
    if kind is FactType.DAYS and rnd.random() < 0.2:
        return NEVER
    if kind is FactType.DATE:
        return rnd.choice([*named, *DATES, "2026-12-23"])  # type: ignore[return-value]
    near: float | int = rnd.choice([*named, rnd.choice(WHOLE)])  # type: ignore[assignment]
    if kind is FactType.NUMBER:
        return round(near + rnd.choice((0, 0, 0.000001, -0.000001, 1.5, -1.5)), 6)
    return near + rnd.choice((0, 0, 1, -1, 100, -100))


def assert_agree(book: Rulebook, evaluations: int, seed: int) -> None:
    rnd = random.Random(seed)
    reference, durable = ReferenceMatcher(book), DurableMatcher(book, Lock)
    try:
        for _ in range(evaluations):
            facts = random_facts(book, rnd)
            for trigger in TRIGGERS:
                assert durable.match(trigger.key, facts) == reference.match(trigger.key, facts), facts
    finally:
        durable.close()


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(rulebooks(), st.integers(0, 2**32))
def test_the_compiled_matcher_agrees_with_the_reference_on_random_rulebooks(book: Rulebook, seed: int) -> None:
    assert_agree(book, FACTS_PER_RULEBOOK, seed)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(rulebooks(), st.integers(0, 2**32))
def test_a_condition_as_a_function_agrees_with_the_written_tree(book: Rulebook, seed: int) -> None:
    rnd = random.Random(seed)
    functions = [(one.when, predicate(one.when, book.segments)) for one in book.rules.values()]
    for _ in range(20):
        facts = random_facts(book, rnd)
        for written, function in functions:
            assert function(facts) is holds(written, facts, book.segments), (written, facts)
