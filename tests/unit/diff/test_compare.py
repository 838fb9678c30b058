"""What one customer got under A and under B, side by side; and whom to tell of."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from authoring.replay_diff.compare import Compared, busiest_week, compared
from authoring.replay_diff.identity_graph import IdentityGraph
from authoring.replay_diff.partitions import Latest, LogEntry, Part, read_part
from authoring.replay_diff.plan import shared_by_customers
from authoring.replay_diff.replayer import MICRO, Given
from authoring.replay_diff.sampling import ALIKE, TOLD, Candidates, Told, pattern_of
from authoring.replay_diff.sums import Sums
from engine.domain.times import DAY
from engine.rulebook.model import Rulebook
from engine.rulebook.offers import Quota
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


# ---- of whom is told ----

ALL_TIERS = ("gold", "silver", "bronze", "newcomer")


def one_of(number: int, tier: str, lost: Sequence[str] = (), gained: Sequence[str] = ()) -> Compared:
    """A customer; what they lose and gain is of different days, so that no two weigh by their number alone."""
    before = [given(at, action) for at, action in enumerate(lost)]
    after = [given(at, action) for at, action in enumerate(gained)]
    return compared(f"c/{number:03}", before, after, (tier, tier))


def customers(number: int) -> list[Compared]:
    """Of four tiers. Each loses an action; every tenth gains another, too; the fiftieth part gains only."""
    return [
        one_of(at, ALL_TIERS[at % 4], ["tea"] * (at % 50 > 0), ["milk"] if at % 10 == 0 else []) for at in range(number)
    ]


def chosen(many: Iterable[Compared]) -> list[Told]:
    candidates = Candidates()
    for one in many:
        candidates.add(one)
    return candidates.chosen()


def test_of_customers_to_whom_the_same_happens_three_are_told_of_each_of_another_tier() -> None:
    told = chosen(one_of(at, ALL_TIERS[at % 4], gained=["letter"] * (1 + at)) for at in range(40))
    assert [one.one.customer for one in told] == ["c/039", "c/038", "c/037"]
    assert len({one.one.tiers for one in told}) == ALIKE
    assert [one.others for one in told] == [9 + 10, 9, 9]


def test_a_single_customer_who_loses_is_told_of_among_many_who_gain_more() -> None:
    many = [one_of(at, "gold", gained=[f"letter-{at}", f"card-{at}"]) for at in range(40)]
    told = chosen([*many, one_of(99, "gold", lost=["tea"])])
    assert len(told) == TOLD
    assert "c/099" in {one.one.customer for one in told}


def test_the_weightiest_of_a_kind_comes_first() -> None:
    told = chosen(one_of(at, "gold", gained=["letter"] * (1 + at)) for at in range(5))
    assert [one.one.customer for one in told] == ["c/004", "c/003", "c/002"]
    assert [one.others for one in told] == [2, 0, 0]


def test_who_are_alike_are_told_of_apart() -> None:
    many = [one_of(at, "gold", gained=["letter"] * 9) for at in range(4)]
    told = chosen([*many, one_of(8, "gold", lost=["tea"]), one_of(9, "gold", lost=["tea"])])
    assert [one.one.customer for one in told] == ["c/000", "c/008", "c/001", "c/009", "c/002"]


ACTIONS = st.lists(st.sampled_from(["tea", "milk", "letter"]), max_size=3)


@given_any(st.lists(st.tuples(st.sampled_from(ALL_TIERS), ACTIONS, ACTIONS), max_size=40), st.randoms())
def test_those_told_of_and_those_they_stand_for_are_all_of_their_kinds_in_whatever_order(
    drawn: list[tuple[str, list[str], list[str]]], random: Random
) -> None:
    many = [one for at, what in enumerate(drawn) if (one := one_of(at, *what)).changes]
    told = chosen(many)
    patterns = Counter(pattern_of(one.one) for one in told)
    assert max(patterns.values(), default=0) <= ALIKE
    assert sum(1 + one.others for one in told) == sum(pattern_of(one) in patterns for one in many)
    shown = {kind.what for one in told for kind in one.one.kinds}
    assert shown == {kind.what for one in many for kind in one.kinds}
    parts = [Candidates(), Candidates()]
    random.shuffle(many)
    for one in many:
        random.choice(parts).add(one)
    parts[1].join(parts[0])
    assert parts[1].chosen() == told


def test_sums_do_not_depend_on_the_order_of_customers() -> None:
    one, halves = Sums(), [Sums(), Sums()]
    for at, each in enumerate(customers(60)):
        one.add_customer(each)
        halves[at % 2].add_customer(each)
    halves[1].add(halves[0])
    assert one.candidates.chosen() == halves[1].candidates.chosen()
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
    entries = [LogEntry(at, at, None) for at in range(1_234)]
    for entry in entries:
        part.add(entry)
    part.flush()
    assert list(read_part(part.path)) == entries


@given_any(st.lists(st.integers(0, 20), max_size=30), st.integers(0, 30))
def test_the_latest_time_since_a_line_is_that_of_all_lines_after_it(times: list[int], since: int) -> None:
    latest = Latest()
    for line, time in enumerate(times, 1):
        latest.add(line, time)
    assert latest.since(since) == max(times[since:], default=None)


def test_a_part_without_anybody_is_empty(tmp_path: Path) -> None:
    assert list(read_part(tmp_path / "none")) == []


def test_who_was_never_merged_is_a_person_of_their_own() -> None:
    assert IdentityGraph().person("a/cookie") == "a/cookie" and IdentityGraph().together("c/mei") == "c/mei"
