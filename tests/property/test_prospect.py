"""Several conditions at once hold when each of them does by itself, whatever was asked of other customers before."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rulebook.condition import AllOf, AnyOf, NoneOf
from engine.scheduling.projection.conditions import KINDS_KEPT, Projector, Prospect, ready
from engine.scheduling.projection.steps import View
from tests.property.test_foresight import comparisons, given_at
from tests.support.books import shipped
from tests.support.silent import NOW, silent

FEW = settings(max_examples=30, deadline=None)
REQUESTED = (
    "customer.days_since_last_order",
    "customer.orders",
    "customer.open_complaints",
    "customer.pause_chance",
    "history.quiet-check-in.days_since_shown",
    "history.quiet-check-in.last_outcome",
)


def conditions() -> Any:
    leaves: Any = st.sampled_from(REQUESTED).flatmap(comparisons)
    return st.recursive(
        leaves,
        lambda inner: st.builds(
            lambda kind, items: kind(tuple(items)),
            st.sampled_from((AllOf, AnyOf, NoneOf)),
            st.lists(inner, min_size=1, max_size=3),
        ),
        max_leaves=5,
    )


@pytest.mark.parametrize("kept", [0, KINDS_KEPT])
@FEW
@given(data=st.data())
def test_conditions_together_hold_when_each_does_by_itself(kept: int, data: st.DataObject) -> None:
    compiled = shipped()
    projector = Projector(compiled.rulebook, (), compiled.groups)
    parts = [projector.part(condition) for condition in data.draw(st.lists(conditions(), min_size=1, max_size=4))]
    together = Prospect(parts, kept)
    for profile in data.draw(st.lists(silent(compiled, ("quiet-check-in",)), min_size=1, max_size=3)):
        given = given_at(profile, compiled, NOW)
        alone = [(number, look(View(given))) for number, look in enumerate(ready(parts))]
        assert list(together.of(View(given))) == [(number, steps) for number, steps in alone if steps]
