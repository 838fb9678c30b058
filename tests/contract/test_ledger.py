"""The promises of `engine.ports.Ledger`, held by the ledger of every store."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from engine.ports import GRACE, Claim, Ledger, Share, Store, Used
from engine.times import DAY, HOUR

NOW = 1_700_000_000_000
EXPIRES = NOW + HOUR
RUN_OUT = EXPIRES + GRACE
ALL = Used(total=1, stock=1, budget=12, reserved=0)
"""What one recommendation takes of everything, once it is more than reserved."""


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return store.ledger


def claim(number: int = 1, holder: str = "one", most: int = 1, period: str = "2023-11", **other: object) -> Claim:
    """A claim on an action with room for `most`, in every way in which an action can be limited."""
    full = Claim(f"r-{number}", "gift", holder, EXPIRES, Share(most, period), most, Share(12 * most, period), 2, 10)
    return replace(full, **other)  # type: ignore[arg-type]


def used(ledger: Ledger, now: int = NOW, period: str = "2023-11") -> Used:
    return ledger.used("gift", period, period, now)


Step = Callable[[Ledger], object]
STEPS: dict[str, Step] = {
    "reserved": lambda ledger: ledger.reserve(claim(), NOW),
    "contact": lambda ledger: ledger.contact(claim(), NOW),
    "spent": lambda ledger: ledger.spend(claim(), NOW),
}
RESERVED = replace(ALL, reserved=1)


def test_of_an_action_never_heard_of_nothing_is_used(ledger: Ledger) -> None:
    assert used(ledger) == Used()


def test_a_reservation_takes_a_contact_a_unit_and_both_costs(ledger: Ledger) -> None:
    assert ledger.reserve(claim(), NOW) is None
    assert used(ledger) == RESERVED


@pytest.mark.parametrize("step", ["contact", "spent"])
def test_what_was_reserved_stays_taken_when_it_is_seen_and_accepted(ledger: Ledger, step: str) -> None:
    STEPS["reserved"](ledger)
    assert STEPS[step](ledger) is True
    assert used(ledger) == ALL


@pytest.mark.parametrize("steps", [("reserved",), ("contact",), ("reserved", "contact"), ("spent",)])
def test_everything_may_be_repeated(ledger: Ledger, steps: tuple[str, ...]) -> None:
    for step in steps:
        first = STEPS[step](ledger)
        before = used(ledger)
        assert [STEPS[step](ledger) for _ in range(3)] == [first] * 3
        assert used(ledger) == before


def test_an_acceptance_is_a_contact_too_whatever_comes_later(ledger: Ledger) -> None:
    ledger.spend(claim(), NOW)
    assert ledger.contact(claim(), NOW)
    ledger.release("gift", "r-1")
    assert used(ledger) == Used(budget=2)


@pytest.mark.parametrize(
    ("limits", "short"),
    [
        ({}, "total"),
        ({"total": None}, "stock"),
        ({"total": Share(2, "2023-11")}, "stock"),
        ({"total": None, "stock": None}, "budget"),
        ({"total": None, "stock": None, "budget": Share(23, "2023-11")}, "budget"),
        ({"total": Share(2, "2023-11"), "stock": 2}, "budget"),
    ],
)
def test_what_is_used_up_is_named_and_nothing_is_taken(ledger: Ledger, limits: dict[str, object], short: str) -> None:
    ledger.reserve(claim(1), NOW)
    assert ledger.reserve(claim(2, **limits), NOW) == short
    assert used(ledger) == RESERVED


def test_a_budget_is_used_to_the_last_cent(ledger: Ledger) -> None:
    for number in (1, 2):
        assert ledger.reserve(claim(number, total=None, stock=None, budget=Share(24, "2023-11")), NOW) is None
    assert used(ledger) == Used(budget=24, reserved=2)


def test_an_action_without_limits_takes_nothing(ledger: Ledger) -> None:
    assert ledger.reserve(claim(total=None, stock=None, budget=None), NOW) is None
    assert used(ledger) == Used(reserved=1)


def test_a_limit_of_nothing_is_never(ledger: Ledger) -> None:
    assert ledger.reserve(claim(most=0), NOW) == "total"
    assert ledger.reserve(claim(total=None, stock=0), NOW) == "stock"


def test_actions_share_nothing(ledger: Ledger) -> None:
    odd = ["gift", "{p001}:c", "漢", "a}b", "r"]
    for action in odd:
        assert ledger.reserve(claim(action=action), NOW) is None
    assert [ledger.used(action, "2023-11", "2023-11", NOW) for action in odd] == [RESERVED] * len(odd)


def test_each_period_has_room_of_its_own_but_stock_is_there_once(ledger: Ledger) -> None:
    ledger.reserve(claim(1, stock=2), NOW)
    assert ledger.reserve(claim(2, period="2023-12", stock=2), NOW) is None
    assert ledger.reserve(claim(3, period="2024-01", stock=2), NOW) == "stock"
    assert used(ledger, period="2023-12") == replace(RESERVED, stock=2, reserved=2)
    assert used(ledger, period="") == Used(stock=2, reserved=2)


def test_what_was_reserved_in_one_period_and_accepted_in_the_next_counts_where_it_was_reserved(ledger: Ledger) -> None:
    ledger.reserve(claim(), NOW)
    ledger.spend(claim(period="2023-12"), NOW)
    assert used(ledger) == ALL
    ledger.release("gift", "r-1")
    assert used(ledger, period="2023-12") == Used()


# ---- two workers, one request ----


def test_who_gives_up_does_not_take_away_the_hold_of_another(ledger: Ledger) -> None:
    ledger.reserve(claim(holder="one"), NOW)
    ledger.reserve(claim(holder="two"), NOW)
    ledger.give_up("gift", "r-1", "two")
    assert used(ledger) == RESERVED
    ledger.give_up("gift", "r-1", "one")
    assert used(ledger) == Used()


def test_giving_up_twice_or_what_one_never_held_takes_nothing_away(ledger: Ledger) -> None:
    ledger.reserve(claim(holder="one"), NOW)
    ledger.reserve(claim(holder="two"), NOW)
    for holder in ("two", "two", "three"):
        ledger.give_up("gift", "r-1", holder)
    ledger.give_up("gift", "r-unknown", "one")
    assert used(ledger) == RESERVED


@pytest.mark.parametrize("step", ["contact", "spent"])
def test_what_was_seen_or_accepted_cannot_be_given_up(ledger: Ledger, step: str) -> None:
    STEPS["reserved"](ledger)
    STEPS[step](ledger)
    ledger.give_up("gift", "r-1", "one")
    assert used(ledger) == ALL


def test_what_was_given_up_is_there_for_the_next(ledger: Ledger) -> None:
    ledger.reserve(claim(1), NOW)
    ledger.give_up("gift", "r-1", "one")
    assert ledger.reserve(claim(2), NOW) is None


def test_a_hold_from_before_a_refusal_does_not_keep_a_later_one(ledger: Ledger) -> None:
    ledger.reserve(claim(holder="one"), NOW)
    ledger.release("gift", "r-1")
    ledger.reserve(claim(holder="two"), NOW)
    ledger.give_up("gift", "r-1", "two")
    assert used(ledger) == Used()


# ---- refused, withdrawn, undone ----


def test_a_reservation_released_gives_everything_back(ledger: Ledger) -> None:
    ledger.reserve(claim(), NOW)
    ledger.release("gift", "r-1")
    assert used(ledger) == Used()


@pytest.mark.parametrize("step", ["contact", "spent"])
def test_what_the_contact_cost_stays_spent_after_a_refusal_or_an_undo(ledger: Ledger, step: str) -> None:
    STEPS[step](ledger)
    for _ in range(2):
        ledger.release("gift", "r-1")
        assert used(ledger) == Used(budget=2)


def test_releasing_what_is_unknown_does_nothing(ledger: Ledger) -> None:
    ledger.release("gift", "r-1")
    assert ledger.contact(claim(), NOW)
    assert used(ledger) == ALL


@pytest.mark.parametrize("step", ["reserved", "contact", "spent"])
def test_a_contact_that_comes_after_the_refusal_takes_nothing(ledger: Ledger, step: str) -> None:
    STEPS[step](ledger)
    ledger.release("gift", "r-1")
    before = used(ledger)
    assert ledger.contact(claim(), NOW) is True
    assert used(ledger) == before


@pytest.mark.parametrize("step", ["reserved", "contact", "spent"])
def test_who_accepts_after_all_takes_what_there_is(ledger: Ledger, step: str) -> None:
    STEPS[step](ledger)
    ledger.release("gift", "r-1")
    assert ledger.spend(claim(), NOW) is True
    assert used(ledger) == ALL


def test_who_accepts_after_all_is_late_when_another_has_it(ledger: Ledger) -> None:
    ledger.reserve(claim(1), NOW)
    ledger.release("gift", "r-1")
    ledger.reserve(claim(2), NOW)
    assert ledger.spend(claim(1), NOW) is False
    assert used(ledger) == replace(RESERVED, late=1)


def test_what_was_refused_can_be_reserved_anew_and_given_up_again(ledger: Ledger) -> None:
    ledger.contact(claim(most=2), NOW)
    ledger.release("gift", "r-1")
    assert ledger.reserve(claim(most=2), NOW) is None
    assert used(ledger) == RESERVED
    ledger.give_up("gift", "r-1", "one")
    assert used(ledger) == Used(budget=2)
    assert ledger.reserve(claim(most=2), NOW) is None
    assert used(ledger) == RESERVED


def test_what_is_withdrawn_while_it_waits_is_there_for_the_next(ledger: Ledger) -> None:
    ledger.reserve(claim(1, holder="one"), NOW)
    ledger.reserve(claim(1, holder="two"), NOW)
    for _ in range(2):
        ledger.withdraw("gift", "r-1")
        assert used(ledger) == Used()
    assert ledger.reserve(claim(2), NOW) is None


@pytest.mark.parametrize("step", ["contact", "spent"])
def test_what_was_seen_or_accepted_meanwhile_is_not_withdrawn(ledger: Ledger, step: str) -> None:
    STEPS["reserved"](ledger)
    STEPS[step](ledger)
    ledger.withdraw("gift", "r-1")
    assert used(ledger) == ALL


@pytest.mark.parametrize("step", ["contact", "spent"])
def test_what_was_sent_although_it_was_withdrawn_takes_what_there_is(ledger: Ledger, step: str) -> None:
    STEPS["reserved"](ledger)
    ledger.withdraw("gift", "r-1")
    assert STEPS[step](ledger) is True
    assert used(ledger) == ALL


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


# ---- all at once ----


def test_fifty_threads_never_hold_more_than_there_is_and_exactly_that_in_the_end(ledger: Ledger) -> None:
    """300 customers, 20 units; some give up, some refuse, some vanish and run out; those are offered again."""
    stop, seen = threading.Event(), []

    def watch() -> None:
        while not stop.is_set():
            seen.append(used(ledger).stock)

    def customer(number: int) -> str | None:
        mine = claim(number, most=20, holder=f"h-{number}")
        if ledger.reserve(mine, NOW) is not None:
            return None
        if number % 5 == 0:
            ledger.give_up("gift", mine.recommendation_id, mine.holder)
        elif number % 5 == 1:
            ledger.contact(mine, NOW)
            ledger.release("gift", mine.recommendation_id)
        elif number % 5 > 2:
            assert ledger.spend(mine, NOW)
            return mine.recommendation_id
        return None

    with ThreadPoolExecutor(51) as pool:
        watcher = pool.submit(watch)
        accepted = {one for one in pool.map(customer, range(300)) if one}
        stop.set()
        watcher.result()
    assert max(seen, default=0) <= 20
    before = used(ledger)
    assert (before.total, before.stock) == (len(accepted) + before.reserved,) * 2
    for number in range(1000, 1050):
        again = claim(number, most=20, period="2023-12", expires=RUN_OUT + HOUR)
        if ledger.reserve(again, RUN_OUT) is None:
            assert ledger.spend(again, RUN_OUT)
            accepted.add(again.recommendation_id)
    assert (used(ledger, RUN_OUT).stock, len(accepted), used(ledger, RUN_OUT).late) == (20, 20, 0)


def test_whatever_many_do_at_once_no_limit_is_passed_and_nothing_is_lost(ledger: Ledger) -> None:
    def act(seed: int) -> int:
        chance, most_seen = random.Random(seed), 0
        for _ in range(400):
            mine = claim(chance.randrange(30), holder=f"h-{chance.randrange(3)}", most=7, per_contact=0)
            now = NOW + chance.choice((0, 0, 0, HOUR, RUN_OUT - NOW, -HOUR))
            what = chance.choice((ledger.reserve, ledger.reserve, ledger.contact, ledger.spend))
            what(mine, now)
            ledger.give_up("gift", mine.recommendation_id, f"h-{chance.randrange(3)}")
            if chance.random() < 0.4:
                ledger.release("gift", f"r-{chance.randrange(30)}")
            seen = used(ledger, now)
            most_seen = max(most_seen, seen.total, seen.stock, seen.budget // 12)
            assert min(seen.total, seen.stock, seen.budget, seen.reserved, seen.late) >= 0
        return most_seen

    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(act, range(8))) == 7
    for number in range(30):
        ledger.release("gift", f"r-{number}")
    assert used(ledger) == Used()


def test_two_workers_at_one_request_hold_one_unit_between_them(ledger: Ledger) -> None:
    def worker(holder: str) -> None:
        for number in range(40):
            assert ledger.reserve(claim(number, holder, most=40), NOW) is None
            if holder != "winner":
                ledger.give_up("gift", f"r-{number}", holder)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(worker, ("winner", "two", "three", "four")))
    assert used(ledger) == Used(total=40, stock=40, budget=480, reserved=40)
