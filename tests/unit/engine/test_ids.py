"""Ids are derived: the same always gives the same, and an id tells its partition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.ids import PARTITIONS, decision_id, decision_of, partition, recommendation_id

customers = st.text(min_size=1, max_size=20, alphabet=st.characters(exclude_categories=["Cs"])).map(
    lambda name: f"c/{name}"
)


@given(customers, st.text(max_size=20, alphabet=st.characters(exclude_categories=["Cs"])))
def test_an_id_tells_the_partition_of_its_customer(customer: str, trigger: str) -> None:
    decision = decision_id(customer, trigger)
    assert len(decision) == 24
    assert int(decision[2:4], 16) == partition(customer) < PARTITIONS
    assert recommendation_id(decision, "a", None)[2:4] == decision[2:4]


@given(customers, st.sampled_from(("home.banner", None)))
def test_a_recommendation_id_tells_its_decision(customer: str, placement: str | None) -> None:
    decision = decision_id(customer, "event/1")
    assert decision_of(recommendation_id(decision, "check-in", placement)) == decision


def test_action_and_placement_tell_recommendations_of_one_decision_apart() -> None:
    decision = decision_id("c/mei", "event/1")
    pairs = [("a", None), ("b", None), ("a", "home.banner"), ("a", "home.side")]
    assert len({recommendation_id(decision, action, placement) for action, placement in pairs}) == len(pairs)


@pytest.mark.parametrize(
    "text", ["", "r-", "d-857385cd3f431e867beaca", "r-857385cd3f431e867beaca", "r-85-9c21cb", "x-y-z"]
)
def test_what_is_no_recommendation_id_belongs_to_no_decision(text: str) -> None:
    assert decision_of(text) is None
