"""What is told of a recommendation twice, out of order, or by two at once: profile and ledger conclude the same."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from engine.domain.errors import StateUnavailable
from engine.domain.events import Outcome
from engine.domain.profile import Profile
from engine.domain.times import DAY, HOUR, MINUTE
from service.ports import Used
from storage.memory import MemoryStore
from tests.support.books import CUSTOMER, NOW, action, event, made, on, order, reachable, rule
from tests.support.flaky_store import FlakyStore, no_answer
from tests.support.scarce import with_limit
from tests.support.services import Shop, recommendations, request

ACTIONS = [
    action("gift", stock=1, expires="2 days"),
    action("letter", limits={"total": 1}, treatments=[on("email")], expires="2 days"),
    action("call", kind="internal", limits={"total": 1}, treatments=[on("desk")], expires="2 days"),
]
RULES = [
    rule("r-gift", "gift"),
    rule("r-letter", "letter", trigger=["visited"]),
    rule("r-call", "call", trigger=["complaint_opened"]),
]
POLICY = "frequency_caps: [{at_most: 1, in: 1 day, window: rolling, channels: [web]}]"
Told = tuple[str, int]
"""An outcome, and how long ago (ms) it happened."""


def shop() -> tuple[Shop, FlakyStore]:
    store = FlakyStore(MemoryStore())
    at = Shop(made(ACTIONS, RULES, contact_policy=POLICY), store)
    at.service.handle_events(reachable("email"))
    return at, store


def gift_of(at: Shop, customer: str = CUSTOMER, id: str = "1") -> str | None:
    """The recommendation id of the gift, if this customer gets it."""
    given = recommendations(at.service.handle_request(request("home.banner", id=id, customer=customer)))
    return next((one.recommendation_id for one in given if one.action == "gift"), None)


def given(at: Shop) -> str:
    name = gift_of(at)
    assert name is not None
    return name


def letter_of(at: Shop) -> str:
    record = at.service.handle_event(event("v1", "visited", at.now, {"surface": "web"}, decide="outbound"))
    return recommendations(record)[0].recommendation_id


def tell(at: Shop, name: str, outcome: str, ago: int = 0) -> Any:
    (answer,) = at.service.record_outcomes([Outcome(name, outcome, at.now - ago)])
    return answer


def used(at: Shop, name: str = "gift") -> Used:
    return at.store.ledger.used(name, "", "", at.now)


def stored(at: Shop) -> Profile:
    profile = at.profile()
    assert profile is not None
    return profile


@pytest.mark.parametrize(
    ("told", "units"),
    [
        ([("accept", 0), ("undo", 0), ("accept", 0)], 0),
        ([("convert", 0), ("undo", 0), ("convert", 0)], 0),
        ([("reject", 0), ("accept", 0), ("reject", 0)], 1),
        ([("accept", 0), ("undo", 0), ("convert", 0)], 1),
        ([("accept", 0), ("undo", 0), ("convert", 0), ("undo", 0)], 1),
    ],
    ids=lambda value: " ".join(outcome for outcome, _ in value) if isinstance(value, list) else None,
)
def test_an_outcome_that_is_repeated_after_another_came_changes_nothing(told: Sequence[Told], units: int) -> None:
    at, _ = shop()
    name = given(at)
    for outcome, ago in told:
        tell(at, name, outcome, ago)
    assert used(at).stock == units


@pytest.mark.parametrize(
    ("told", "units"),
    [
        ([("accept", 0), ("reject", MINUTE)], 1),
        ([("reject", 0), ("accept", MINUTE)], 0),
        ([("click", 0), ("reject", MINUTE)], 0),
        ([("accept", 0), ("undo", MINUTE)], 0),
    ],
    ids=lambda value: " ".join(outcome for outcome, _ in value) if isinstance(value, list) else None,
)
def test_of_answers_that_arrive_in_the_wrong_order_the_newest_decides_about_the_unit(
    told: Sequence[Told], units: int
) -> None:
    at, _ = shop()
    name = given(at)
    at.now += HOUR
    for outcome, ago in told:
        tell(at, name, outcome, ago)
    assert used(at).stock == units


def test_a_refusal_and_an_acceptance_at_the_same_moment_leave_the_unit_with_who_answered_last() -> None:
    for trip in range(1, 8):
        at, store = shop()
        name = given(at)
        store.at(trip, before=lambda at=at, name=name: tell(at, name, "accept", -1))
        tell(at, name, "reject")
        assert (used(at).stock, stored(at).shown[0].answer) == (1, "accept"), trip


def test_what_is_accepted_at_the_moment_of_its_withdrawal_stays_given() -> None:
    said = {"channel": "email", "purposes": ["marketing"], "granted": False}
    for trip in range(1, 5):
        at, store = shop()
        name = letter_of(at)
        store.at(trip, before=lambda at=at, name=name: tell(at, name, "accept"))
        at.service.handle_event(event("no", "consent_changed", at.now, said))
        assert used(at, "letter").total == 1, trip


def test_what_was_sent_although_it_was_withdrawn_counts() -> None:
    at, _ = shop()
    name = letter_of(at)
    said = {"channel": "email", "purposes": ["marketing"], "granted": False}
    at.service.handle_event(event("no", "consent_changed", at.now, said))
    assert used(at, "letter").total == 0
    tell(at, name, "sent")
    assert used(at, "letter").total == 1


def test_an_order_that_names_what_waits_makes_it_a_contact() -> None:
    at, _ = shop()
    name = given(at)
    at.service.handle_event(order("o1", at.now, 2_000, recommendation_ids=[name]))
    assert stored(at).contacts["gift"].touches == {"web": (NOW,)}
    assert gift_of(at, id="2") is None


def test_all_that_an_order_names_was_accepted() -> None:
    at, _ = shop()
    names = [given(at), letter_of(at)]
    at.service.handle_event(order("o1", at.now, 2_000, recommendation_ids=names))
    assert stored(at).pending == ()
    assert {shown.recommendation_id: shown.answer for shown in stored(at).shown} == dict.fromkeys(names, "accept")
    assert (used(at).stock, used(at, "letter").total) == (1, 1)


def test_an_order_after_an_undo_takes_the_unit_again() -> None:
    at, _ = shop()
    name = given(at)
    for outcome in ("convert", "undo"):
        tell(at, name, outcome)
    at.service.handle_event(order("o1", at.now, 2_000, recommendation_ids=[name]))
    assert used(at).stock == 1


def test_a_task_counts_although_its_process_ended_before_it_was_counted() -> None:
    at, store = shop()
    complaint = event("c1", "complaint_opened", at.now, {"complaint_id": "c1"}, decide="outbound")
    store.at(4, before=no_answer)  # begin, reserve, commit, and now the contact
    with pytest.raises(StateUnavailable):
        at.service.handle_event(complaint)
    assert used(at, "call").reserved == 1
    at.service.handle_event(complaint)
    assert (used(at, "call").total, used(at, "call").reserved) == (1, 0)


def test_a_refusal_whose_process_ended_before_the_unit_was_free_frees_it_when_it_is_repeated() -> None:
    for ending in range(1, 8):
        at, store = shop()
        name = given(at)
        refusal = event("x1", "outcome", at.now, {"recommendation_id": name, "outcome": "reject"}, decide="outbound")
        store.at(ending, after=no_answer)
        for _ in range(2):
            try:
                at.service.handle_event(refusal)
            except StateUnavailable:
                continue
        assert used(at).stock == 0, ending


# ---- limits that are edited, clocks that jump ----


def test_a_stock_edited_below_what_is_given_gives_nothing_more_until_it_fits_again() -> None:
    at, _ = shop()
    at.live = replace(at.live, compiled=with_limit(at.live.compiled, "gift", "stock", 3))
    names = [gift_of(at, f"c/{name}") for name in ("ada", "kim", "noor")]
    at.live = replace(at.live, compiled=with_limit(at.live.compiled, "gift", "stock", 1))
    assert gift_of(at, "c/lee") is None
    assert used(at).stock == 3
    for name in names[:2]:
        tell(at, str(name), "reject")
    assert gift_of(at, "c/lee", "2") is None
    tell(at, str(names[2]), "reject")
    assert gift_of(at, "c/lee", "3") is not None


def test_a_clock_that_jumps_back_gives_no_unit_twice_and_passes_no_cap() -> None:
    at, _ = shop()
    tell(at, given(at), "impression")
    at.now -= 3 * DAY
    assert gift_of(at, "c/ada") is None
    assert gift_of(at, id="2") is None
    assert used(at).stock == 1


def test_a_clock_that_jumps_ahead_offers_units_early_and_says_of_later_answers_that_they_are_late() -> None:
    at, _ = shop()
    name = given(at)
    at.now += 30 * DAY
    assert gift_of(at, "c/ada") is not None
    at.now -= 30 * DAY
    assert tell(at, name, "accept").late
    assert (used(at).stock, used(at).late) == (1, 1)
