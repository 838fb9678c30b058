"""The promises of `service.ports.Ledger`: what runs out, what comes late, limits that are edited."""

from dataclasses import replace

import pytest

from engine.domain.times import DAY, HOUR
from service.ports import GRACE, Ledger, Share, Used
from tests.support.claims import ALL, EXPIRES, NOW, RESERVED, RUN_OUT, claim, used

# ---- what runs out ----


def test_a_reservation_that_ran_out_is_there_for_the_next(ledger: Ledger) -> None:
    ledger.reserve(claim(1), NOW)
    assert ledger.reserve(claim(2), RUN_OUT - 1) == "total"
    assert ledger.reserve(claim(2), RUN_OUT) is None
    assert used(ledger, RUN_OUT - 1) == RESERVED


def test_an_outcome_on_its_way_when_the_recommendation_expires_is_in_time(ledger: Ledger) -> None:
    ledger.reserve(claim(), NOW)
    assert ledger.contact(claim(), EXPIRES + GRACE - 1)
    assert used(ledger, RUN_OUT - 1) == ALL


def test_a_contact_without_an_answer_gives_unit_and_cost_of_acceptance_back(ledger: Ledger) -> None:
    ledger.contact(claim(), NOW)
    assert used(ledger, RUN_OUT) == Used(total=1, budget=2)


def test_what_was_accepted_does_not_run_out(ledger: Ledger) -> None:
    ledger.spend(claim(), NOW)
    assert used(ledger, RUN_OUT + 1000 * DAY) == ALL


def test_an_acceptance_after_an_unanswered_contact_ran_out_takes_what_there_is(ledger: Ledger) -> None:
    ledger.contact(claim(), NOW)
    assert ledger.spend(claim(), RUN_OUT)
    assert used(ledger, RUN_OUT) == ALL


def test_a_contact_repeated_after_it_ran_out_unanswered_counts_no_more(ledger: Ledger) -> None:
    ledger.contact(claim(), NOW)
    assert ledger.contact(claim(), RUN_OUT)
    assert used(ledger, RUN_OUT) == Used(total=1, budget=2)


def test_reserving_anew_what_ran_out_unanswered_keeps_the_contact_that_was(ledger: Ledger) -> None:
    ledger.contact(claim(), NOW)
    assert ledger.reserve(claim(expires=RUN_OUT + HOUR), RUN_OUT) is None
    assert used(ledger, RUN_OUT) == ALL


@pytest.mark.parametrize("step", ["contact", "spent"])
def test_an_outcome_after_the_reservation_ran_out_is_in_time_while_something_is_left(ledger: Ledger, step: str) -> None:
    ledger.reserve(claim(), NOW)
    act = ledger.contact if step == "contact" else ledger.spend
    assert act(claim(), RUN_OUT) is True
    assert used(ledger, RUN_OUT) == ALL


@pytest.mark.parametrize("step", ["contact", "spent"])
def test_an_outcome_after_another_got_the_last_unit_counts_as_late_once(ledger: Ledger, step: str) -> None:
    ledger.reserve(claim(1), NOW)
    ledger.reserve(claim(2, expires=RUN_OUT + HOUR), RUN_OUT)
    act = ledger.contact if step == "contact" else ledger.spend
    assert [act(claim(1), RUN_OUT) for _ in range(3)] == [False] * 3
    assert used(ledger, RUN_OUT) == replace(RESERVED, late=1)


def test_what_came_late_and_is_then_refused_is_late_no_more(ledger: Ledger) -> None:
    ledger.reserve(claim(2), NOW)
    assert ledger.contact(claim(1), NOW) is False
    ledger.release("gift", "r-1")
    assert used(ledger) == RESERVED


@pytest.mark.parametrize("again", ["reserve", "spend"])
def test_a_late_contact_that_gets_a_unit_after_all_is_late_no_more(ledger: Ledger, again: str) -> None:
    ledger.reserve(claim(2), NOW)
    assert ledger.contact(claim(1), NOW) is False
    act = ledger.reserve if again == "reserve" else ledger.spend
    act(claim(1, expires=RUN_OUT + HOUR), RUN_OUT)
    assert used(ledger, RUN_OUT) == ALL


def test_what_was_accepted_late_stays_late(ledger: Ledger) -> None:
    ledger.reserve(claim(2), NOW)
    assert ledger.spend(claim(1), NOW) is False
    assert ledger.spend(claim(1), RUN_OUT) is False
    assert used(ledger, RUN_OUT) == Used(late=1)


def test_a_second_reservation_that_lasts_longer_keeps_the_unit_longer(ledger: Ledger) -> None:
    ledger.reserve(claim(holder="one"), NOW)
    ledger.reserve(claim(holder="two", expires=EXPIRES + HOUR), NOW)
    ledger.reserve(claim(holder="three", expires=NOW), NOW)
    assert used(ledger, RUN_OUT + HOUR - 1) == RESERVED
    assert used(ledger, RUN_OUT + HOUR) == Used()


def test_a_clock_that_jumps_back_neither_loses_nor_doubles_a_unit(ledger: Ledger) -> None:
    ledger.reserve(claim(1), NOW)
    assert ledger.reserve(claim(2), NOW - 400 * DAY) == "total"
    assert used(ledger, RUN_OUT) == Used()
    assert used(ledger, NOW) == Used()
    assert ledger.reserve(claim(2), NOW) is None
    assert ledger.contact(claim(1), NOW) is False


def test_hundreds_that_ran_out_together_make_room_at_once(ledger: Ledger) -> None:
    for number in range(1200):
        assert ledger.reserve(claim(number, most=1200), NOW) is None
    assert ledger.reserve(claim(9999), RUN_OUT) is None
    assert used(ledger, RUN_OUT) == RESERVED


def test_what_was_accepted_is_forgotten_after_400_days_and_stays_counted(ledger: Ledger) -> None:
    ledger.spend(claim(), NOW)
    later = EXPIRES + 400 * DAY
    assert used(ledger, later) == ALL
    ledger.release("gift", "r-1")
    assert used(ledger, later) == ALL


# ---- limits that are edited ----


def test_a_limit_edited_below_what_is_used_refuses_until_it_fits_again(ledger: Ledger) -> None:
    for number in range(3):
        ledger.spend(claim(number, most=3), NOW)
    assert ledger.reserve(claim(7, most=2), NOW) == "total"
    assert used(ledger) == Used(total=3, stock=3, budget=36)
    ledger.release("gift", "r-0")
    assert ledger.reserve(claim(7, total=Share(2, "2023-11"), stock=9, budget=None), NOW) == "total"
    ledger.release("gift", "r-1")
    assert ledger.reserve(claim(7, total=Share(2, "2023-11"), stock=9, budget=None), NOW) is None


def test_what_is_reserved_may_be_accepted_although_the_limit_was_edited_below_it(ledger: Ledger) -> None:
    ledger.reserve(claim(), NOW)
    assert ledger.spend(claim(most=0), NOW)
    assert used(ledger) == ALL


def test_a_limit_that_is_new_counts_what_is_seen_from_then_on(ledger: Ledger) -> None:
    ledger.reserve(claim(1, stock=None), NOW)
    ledger.reserve(claim(2, total=None, stock=1, budget=None), NOW)
    assert ledger.contact(claim(1), NOW) is False
    assert used(ledger) == replace(RESERVED, late=1)


def test_costs_edited_later_change_nothing_of_what_was_taken(ledger: Ledger) -> None:
    ledger.reserve(claim(), NOW)
    ledger.spend(claim(per_contact=5, per_acceptance=100), NOW)
    assert used(ledger) == ALL


def test_money_beyond_what_a_float_would_print_plainly_is_counted_to_the_cent(ledger: Ledger) -> None:
    much = 10**15 + 7
    large = claim(budget=Share(2 * much, ""), per_contact=7, per_acceptance=10**15)
    ledger.reserve(large, NOW)
    assert ledger.used("gift", "2023-11", "", NOW).budget == much
