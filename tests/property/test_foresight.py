"""The law of foresight: whatever is asked of a fact, its foreseen turns are those found by looking every few hours."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compiled.facts import FactPlan, Planner
from engine.compiled.rulebook import Compiled
from engine.decisioning.contacts import settle
from engine.domain.facts import FactType
from engine.domain.profile import Profile
from engine.domain.times import DAY, HOUR, SECOND
from engine.domain.trigger import Trigger
from engine.facts import BUILT_IN, Given
from engine.facts.tables import MANY, compile_table
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, NoneOf, Op
from engine.rulebook.model import Row, Table
from engine.rulebook.predicates import predicate
from engine.rulebook.reference import holds
from engine.scheduling.projection import conditions
from engine.scheduling.projection.calendars import stepped
from engine.scheduling.projection.conditions import Projector, ready
from engine.scheduling.projection.facts import DAILY, MOVING, STILL, STILL_PREFIXES, TIER
from engine.scheduling.projection.steps import NOW as PRESENT
from engine.scheduling.projection.steps import Comparison, Steps, View, holds_at
from tests.support.books import DAYS, shipped
from tests.support.silent import NOW, SNAPSHOT, silent

FEW = settings(max_examples=15, deadline=None)
STEP = 5 * HOUR
AHEAD = 150 * DAY
LAG = 25 * HOUR
"""A day that is put back has so many."""
ACTIONS = ("quiet-check-in", "light-reminder")
COUNTERS = ("customer.visits_7d", "customer.orders_90d", "customer.spend_365d", "customer.views_14d")
HISTORY = tuple(
    f"history.{name}.{what}"
    for name in (*ACTIONS, "win-back")
    for what in ("days_since_shown", "times_shown_365d", "last_outcome")
)
FACTS = sorted((MOVING.keys() | set(COUNTERS) | set(HISTORY)) & shipped().rulebook.vocabulary.keys())
NUMBERS = {
    FactType.DAYS: st.integers(-40, 130),
    FactType.COUNT: st.integers(0, 24),
    FactType.MONEY: st.integers(0, 60_000),
    FactType.DATE: st.integers(-2, 60).map(
        lambda days: datetime.fromtimestamp((NOW + days * DAY) // SECOND, UTC).date().isoformat()
    ),
    FactType.NUMBER: st.sampled_from((0.01, 0.05, 0.2, 0.3, 0.5, 0.8, 1.0, 1.3)),
}
TEXTS = ("none", "click", "ignore", "monday", "friday")
RANGES = (Op.AT_LEAST, Op.MORE_THAN, Op.AT_MOST, Op.LESS_THAN)


@cache
def plan_of(fact: str) -> FactPlan:
    compiled = shipped()
    counters = [counter for counting in compiled.counters.values() for counter in counting]
    return Planner(compiled.rulebook, counters, (), compiled.groups).plan([fact])


@st.composite
def comparisons(draw: st.DrawFn, fact: str) -> Compare:
    kind = shipped().rulebook.vocabulary[fact].type
    if kind is FactType.BOOLEAN:
        return Compare(fact, Op.IS, draw(st.booleans()))
    if kind is FactType.TEXT:
        return Compare(
            fact, draw(st.sampled_from((Op.ONE_OF, Op.NONE_OF))), tuple(draw(st.sets(st.sampled_from(TEXTS))))
        )
    numbers = NUMBERS[kind]
    op = draw(st.sampled_from((*RANGES, Op.BETWEEN, Op.KNOWN)))
    if op is Op.KNOWN:
        return Compare(fact, op, draw(st.booleans()))
    return Compare(fact, op, tuple(sorted((draw(numbers), draw(numbers)))) if op is Op.BETWEEN else draw(numbers))


def foresee(condition: Condition, profile: Profile, compiled: Compiled) -> Steps:
    counters = [counter for counting in compiled.counters.values() for counter in counting]
    projector = Projector(compiled.rulebook, counters, compiled.groups)
    (look,) = ready([projector.part(condition)])
    return look(View(given_at(profile, compiled, NOW)))


def given_at(profile: Profile, compiled: Compiled, moment: int) -> Given:
    return Given(profile, Trigger("inactive", "", profile.customer), compiled.rulebook, SNAPSHOT, moment)


def moments() -> Iterator[int]:
    yield from range(NOW, NOW + AHEAD, STEP)


def has_turn(steps: Steps, after: int, until: int) -> bool:
    return any(after < turn <= until for turn in steps if turn != PRESENT)


@pytest.mark.parametrize("fact", FACTS)
@FEW
@given(data=st.data())
def test_a_comparison_turns_when_it_was_foreseen(fact: str, data: st.DataObject) -> None:
    compiled = shipped()
    profile: Profile = data.draw(silent(compiled, ACTIONS))
    compare = data.draw(comparisons(fact))
    steps = foresee(compare, profile, compiled)
    assert all(turn == PRESENT or turn > NOW for turn in steps)
    assert list(steps) == sorted(set(steps))
    hours = fact.startswith("time.")
    for moment in moments():
        facts = plan_of(fact).build(given_at(settled(profile, moment, compiled), compiled, moment))
        if holds(compare, facts, {}) is not holds_at(steps, moment) and not (hours and moment > NOW + 7 * DAY):
            # Only momentum climbs a little at midnight: it may be back for some hours.
            assert has_turn(steps, moment - (LAG if fact == "customer.momentum" else 0), moment + LAG), (compare, steps)


def settled(profile: Profile, moment: int, compiled: Compiled) -> Profile:
    return settle(profile, moment, compiled.rulebook)


@FEW
@given(data=st.data())
def test_conditions_of_conditions_turn_when_their_parts_do(data: st.DataObject) -> None:
    compiled = shipped()
    profile: Profile = data.draw(silent(compiled, ACTIONS))
    facts = (
        "customer.days_since_last_order",
        "customer.lapse_overdue_days",
        "customer.days_since_rating",
        "customer.pause_chance",
    )
    leaves: Any = st.sampled_from(facts).flatmap(comparisons)
    tree: Any = st.recursive(
        leaves,
        lambda inner: st.builds(
            lambda kind, items: kind(tuple(items)),
            st.sampled_from((AllOf, AnyOf, NoneOf)),
            st.lists(inner, min_size=1, max_size=3),
        ),
        max_leaves=6,
    )
    condition = data.draw(tree)
    steps = foresee(condition, profile, compiled)
    for moment in moments():
        values = {name: plan_of(name).build(given_at(profile, compiled, moment))[name] for name in facts}
        if holds(condition, values, {}) is not holds_at(steps, moment):
            assert has_turn(steps, moment - LAG, moment + LAG)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = ("customer.days_since_last_order", "customer.pause_chance")
    rows = draw(
        st.lists(
            st.builds(
                lambda first, second, output: Row((first, second), output),
                st.none() | comparisons(columns[0]),
                st.none() | comparisons(columns[1]),
                st.sampled_from(("low", "high")),
            ),
            min_size=1,
            max_size=4,
        )
    )
    pick = draw(st.sampled_from(("first", "priority", "all")))
    order = ("high", "low") if pick == "priority" else ()
    return Table("t", "customer.churn_risk", pick, columns, tuple(rows), "none", order=order)


@pytest.mark.parametrize("many", [MANY, 0])
@FEW
@given(data=st.data())
def test_what_a_table_decides_turns_when_its_rows_do(many: int, data: st.DataObject) -> None:
    compiled = shipped()
    profile: Profile = data.draw(silent(compiled))
    table: Table = data.draw(tables())
    every = table.pick == "all"
    op = data.draw(st.sampled_from((Op.HAS_ANY, Op.HAS_NONE) if every else (Op.ONE_OF, Op.NONE_OF)))
    wanted = tuple(sorted(data.draw(st.sets(st.sampled_from(("low", "high", "none")), min_size=1))))
    condition: Condition = Compare(table.decides, op, wanted)
    if data.draw(st.booleans()):
        condition = NoneOf((condition,))
    book = replace(compiled.rulebook, tables=(table,))
    with patch.object(conditions, "MANY", many):  # above it tables are looked at in another way
        (look,) = ready([Projector(book, (), {}).part(condition)])
    steps = look(View(given_at(profile, compiled, NOW)))
    decided = compile_table(table, lambda cells: predicate(cells, {}))
    for moment in moments():
        facts = {name: plan_of(name).build(given_at(profile, compiled, moment))[name] for name in table.columns}
        if holds(condition, {table.decides: decided.decide(facts)}, {}) is not holds_at(steps, moment):
            assert has_turn(steps, moment, moment + LAG)


def test_of_every_built_in_fact_it_is_said_how_it_moves() -> None:
    """One that is missing here belongs into engine/foresight: with a formula into MOVING, else STILL or DAILY."""
    known = {*MOVING, *STILL, *DAILY, TIER}
    assert [name for name in sorted(BUILT_IN) if name not in known and not name.startswith(STILL_PREFIXES)] == []


def test_a_fact_of_which_nobody_says_how_it_moves_is_looked_at_day_by_day() -> None:
    def silence(given: Given) -> dict[str, Any]:
        return {"customer.new_fact": DAYS.of(given.now)}

    compiled = shipped()
    asked = Comparison("customer.new_fact", (), lambda value: value == DAYS.of(NOW) + 3)
    steps = stepped(asked, silence)(View(given_at(Profile("c/x"), compiled, NOW)))
    assert steps[:2] == (DAYS.start(DAYS.of(NOW) + 3), DAYS.start(DAYS.of(NOW) + 4))
    assert holds_at(steps, NOW + 100 * DAY)
