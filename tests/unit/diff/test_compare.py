"""What one customer got under A and under B, side by side; and whom to tell of."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from engine.rulebook.model import Rulebook
from engine.rulebook.offers import Quota
from engine.times import DAY
from runtime.diff.compare import Compared, busiest_week, compared
from runtime.diff.people import People
from runtime.diff.play import MICRO, Given
from runtime.diff.shared import shared_by_customers
from runtime.diff.sums import Sums
from runtime.diff.tellers import TOLD, Candidates
from runtime.diff.ticks import Latest, Part, Tick, read_part
from tests.support.compared import book_a

TIERS = ("gold", "gold")


def given(at: int, action: str = "hello", name: str = "", form: bytes = b"1", kind: str = "marketing") -> Given:
    """A recommendation by e-mail on day `at`, worth 2 and costing 0.5."""
    return Given(
        at=at * DAY,
        customer="c/mei",
        decision_id=f"d-{at}",
        recommendation_id=name or f"r-{action}-{at}",
        trigger="visited",
        action=action,
        kind=kind,
        channel="email",
        placement=None,
        rule="a-rule",
        tier="gold",
        form=form,
        cost=MICRO // 2,
        gain=2 * MICRO,
    )


def whats(one: Compared) -> list[str]:
    return [change.kind.what for change in one.changes]


def test_the_same_under_both_is_no_change() -> None:
    one = compared("c/mei", [given(1)], [given(1)], TIERS)
    assert one.changes == () and not one.kinds


def test_what_only_b_gives_is_gained_and_what_only_a_gives_is_lost() -> None:
    one = compared("c/mei", [given(1, "tea")], [given(2, "milk")], TIERS)
    assert whats(one) == ["lost", "gained"]
    assert one.weight == 3 * MICRO


def test_the_same_action_at_another_time_has_moved() -> None:
    one = compared("c/mei", [given(60)], [given(45)], TIERS)
    assert whats(one) == ["moved"]
    assert one.changes[0].at == 45 * DAY
    assert one.weight == 3 * MICRO // 20


def test_twice_under_a_and_once_under_b_is_moved_once_and_lost_once() -> None:
    assert whats(compared("c/mei", [given(1), given(5)], [given(3)], TIERS)) == ["moved", "lost"]


def test_the_same_recommendation_in_other_words_is_reworded() -> None:
    assert whats(compared("c/mei", [given(1, form=b"1")], [given(1, form=b"2")], TIERS)) == ["reworded"]


def test_another_tier_alone_is_a_difference() -> None:
    one = compared("c/mei", [], [], ("gold", "bronze"))
    assert [kind.what for kind in one.kinds] == ["tier"]


def test_the_busiest_week_counts_what_customers_hear_of() -> None:
    tasks = [given(day, "task", kind="internal") for day in range(3)]
    assert busiest_week([given(0), given(6), given(7), given(20), *tasks]) == 2


def customers(number: int) -> list[Compared]:
    """Each loses an action; every tenth gains another, too."""
    return [
        compared(f"c/{at:03}", [given(at, "tea")], [given(at, "milk")] if at % 10 == 0 else [], ("gold", "gold"))
        for at in range(number)
    ]


def test_ten_are_told_of_and_every_kind_of_change_is_among_them() -> None:
    candidates = Candidates()
    for one in customers(50):
        candidates.add(one)
    chosen = candidates.chosen()
    assert len(chosen) == TOLD
    assert {kind.what for one in chosen for kind in one.kinds} == {"gained", "lost"}


def test_who_is_told_of_does_not_depend_on_the_order_of_customers() -> None:
    one, other, halves = Sums(), Sums(), [Sums(), Sums()]
    many = customers(60)
    for at, each in enumerate(many):
        one.add_customer(each)
        halves[at % 2].add_customer(each)
    for each in reversed(many):
        other.add_customer(each)
    halves[1].add(halves[0])
    assert one.candidates.chosen() == other.candidates.chosen() == halves[1].candidates.chosen()
    assert one.changes == halves[1].changes and one.different == halves[1].different == 60


# ---- what customers share ----


def test_a_rulebook_without_quotas_and_learning_shares_nothing() -> None:
    assert shared_by_customers(book_a()) == []


@pytest.mark.parametrize("quota", ["total", "budget", "stock"])
def test_a_quota_of_an_action_that_a_rule_recommends_is_shared(quota: str) -> None:
    value = 5 if quota == "stock" else Quota(5)
    (said,) = shared_by_customers(with_quota("personal-call", quota, value))
    assert "personal-call" in said


def with_quota(action: str, quota: str, value: object) -> Rulebook:
    book = book_a()
    return replace(book, actions={**book.actions, action: replace(book.actions[action], **{quota: value})})  # type: ignore[arg-type]


# ---- parts ----


def test_a_part_is_read_as_it_was_written(tmp_path: Path) -> None:
    part = Part(tmp_path / "part")
    ticks = [Tick(at, at, None) for at in range(1_234)]
    for tick in ticks:
        part.add(tick)
    part.flush()
    assert list(read_part(part.path)) == ticks


@given_any(st.lists(st.integers(0, 20), max_size=30), st.integers(0, 30))
def test_the_latest_time_since_a_line_is_that_of_all_lines_after_it(times: list[int], since: int) -> None:
    latest = Latest()
    for line, time in enumerate(times, 1):
        latest.add(line, time)
    assert latest.since(since) == max(times[since:], default=None)


def test_a_part_without_anybody_is_empty(tmp_path: Path) -> None:
    assert list(read_part(tmp_path / "none")) == []


def test_who_was_never_merged_is_a_person_of_their_own() -> None:
    assert People().person("a/cookie") == "a/cookie" and People().together("c/mei") == "c/mei"
