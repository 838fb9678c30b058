"""The algebra of conditions says what counting all customers of a small world says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from authoring.logic.formula import Formula
from authoring.logic.solver import Solver
from authoring.logic.space import Ground, Space
from engine.rulebook.condition import Condition
from engine.rulebook.predicates import comparisons as comparisons_in
from engine.rulebook.reference import holds
from tests.support.small_worlds import SEGMENT, VOCABULARY, conditions, customers

NAMES = ("orders", "silent", "share", "links")
MORE = ("tier", "name", "day", "links")
SOME = st.sampled_from((NAMES, MORE))


def made(written: list[Condition], segment: Condition) -> tuple[Space, Solver, list[Formula]]:
    segments = {SEGMENT: segment}
    space = Space(Ground(VOCABULARY, segments), [c for one in written for c in comparisons_in(one, segments)])
    return space, Solver(space), [space.formula(one) for one in written]


@settings(max_examples=150, deadline=None)
@given(SOME.flatmap(lambda names: st.tuples(st.just(names), conditions(names), conditions(names, segments=False))))
def test_what_never_holds_and_what_always_holds_is_found(
    drawn: tuple[tuple[str, ...], Condition, Condition],
) -> None:
    names, condition, segment = drawn
    space, solver, (formula,) = made([condition], segment)
    truths = {holds(condition, facts, {SEGMENT: segment}) for facts in customers(names)}
    assert (solver.find(formula) is not None) is (True in truths)
    assert (solver.find(space.opposite(formula)) is not None) is (False in truths)


@settings(max_examples=150, deadline=None)
@given(
    SOME.flatmap(
        lambda names: st.tuples(
            st.just(names),
            conditions(names),
            st.lists(conditions(names), max_size=4),
            conditions(names, segments=False),
        )
    )
)
def test_what_several_together_cover_is_found(
    drawn: tuple[tuple[str, ...], Condition, list[Condition], Condition],
) -> None:
    names, condition, others, segment = drawn
    space, solver, (formula, *covers) = made([condition, *others], segment)
    segments = {SEGMENT: segment}
    uncovered = any(
        holds(condition, facts, segments) and not any(holds(one, facts, segments) for one in others)
        for facts in customers(names)
    )
    assert (solver.find(formula, *map(space.opposite, covers)) is not None) is uncovered
