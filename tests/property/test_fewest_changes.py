"""What an explanation says would have to change is enough and as little as possible, and found wherever it exists."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.facts import Fact, FactType, Missing, Value
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, NoneOf, Op
from engine.rulebook.reference import holds, trace
from explain.changes import fewest_changes
from explain.nearness import unmet
from tests.support.small_worlds import SEGMENT, VOCABULARY, WORLD, comparisons, conditions, customers

NAMES = ("orders", "silent", "tier", "name", "links")
FEW = ("orders", "tier", "name")


def facts(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Value]]:
    return st.fixed_dictionaries({name: st.sampled_from(WORLD[name]) for name in names})


def changed(condition: Condition, have: dict[str, Value], segment: Condition) -> dict[str, Value] | None:
    """The facts after the changes that are said to be needed; None where none are said to help."""
    changes = fewest_changes(condition, have, {SEGMENT: segment}, VOCABULARY)
    return None if changes is None else {**have, **{change.fact: change.to for change in changes}}


@given(conditions(tuple(VOCABULARY)), comparisons(), facts(tuple(VOCABULARY)))
def test_with_the_changes_the_rule_holds(condition: Condition, segment: Condition, have: dict[str, Value]) -> None:
    after = changed(condition, have, segment)
    if after is not None:
        assert holds(condition, after, {SEGMENT: segment})


@given(conditions(tuple(VOCABULARY)), comparisons(), facts(tuple(VOCABULARY)))
def test_nothing_is_to_be_changed_exactly_where_it_holds(
    condition: Condition, segment: Condition, have: dict[str, Value]
) -> None:
    changes = fewest_changes(condition, have, {SEGMENT: segment}, VOCABULARY)
    assert (changes == ()) is holds(condition, have, {SEGMENT: segment})


@given(conditions(FEW, segments=False), facts(FEW))
def test_there_is_no_smaller_set_of_changes(condition: Condition, have: dict[str, Value]) -> None:
    after = changed(condition, have, AllOf(()))
    others = [one for one in customers(FEW) if holds(condition, one, {})]
    assert (after is None) is (not others)
    if after is not None:
        assert apart(after, have) == min(apart(one, have) for one in others)


def apart(one: dict[str, Value], other: dict[str, Value]) -> int:
    return sum(one[name] != other[name] for name in one)


@given(conditions(tuple(VOCABULARY)), comparisons(), facts(tuple(VOCABULARY)))
def test_a_rule_is_at_no_distance_exactly_where_it_holds(
    condition: Condition, segment: Condition, have: dict[str, Value]
) -> None:
    assert (unmet(trace(condition, have, {SEGMENT: segment})) == 0) is holds(condition, have, {SEGMENT: segment})


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 400), st.data())
def test_a_rule_with_hundreds_of_alternatives_is_answered(number: int, data: Any) -> None:
    either = AnyOf(tuple(Compare("orders", Op.IS, n) for n in range(number)))
    both = AllOf((either, NoneOf((Compare("orders", Op.AT_LEAST, number),)), either))
    (change,) = fewest_changes(both, {"orders": data.draw(st.integers(number, 500))}, {}, VOCABULARY) or ()
    assert change.to in range(number)


@pytest.mark.parametrize(
    "parts",
    [
        [Compare(f"f{n}", Op.AT_LEAST, 2) for n in range(5_000)],
        [Compare("f0", Op.IS_NOT, n) for n in range(5_000)],
        [NoneOf((Compare("f0", Op.IS, n),)) for n in range(5_000)],
        [AnyOf((Compare(f"f{n}", Op.AT_LEAST, 2), Compare(f"f{n + 1}", Op.AT_LEAST, 2))) for n in range(0, 1_000, 2)],
    ],
    ids=["facts", "values of one fact", "groups of one", "alternatives"],
)
def test_a_rule_with_thousands_of_conditions_is_answered(parts: list[Condition]) -> None:
    vocabulary = {f"f{n}": Fact(f"f{n}", FactType.COUNT, Missing.ZERO, "A fact") for n in range(5_000)}
    facts: dict[str, Value] = dict.fromkeys(vocabulary, 0)
    changes = fewest_changes(AllOf(tuple(parts)), facts, {}, vocabulary)
    assert changes is not None
    assert holds(AllOf(tuple(parts)), {**facts, **{change.fact: change.to for change in changes}}, {})
