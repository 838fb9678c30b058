"""The promises of `service.ports.Ledger`: what is taken, by whom, and given back."""

from dataclasses import replace

import pytest

from service.ports import Ledger, Share, Used
from tests.support.claims import ALL, NOW, RESERVED, STEPS, claim, used


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
