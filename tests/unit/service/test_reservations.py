"""Limited actions: reserved with the decision, given with the contact, back with the refusal. Never one too many."""

from typing import Any

import pytest

from engine.decisioning import control_group
from engine.domain.errors import Contended, StateUnavailable
from engine.domain.events import Outcome
from engine.domain.refusal import BudgetExhausted, Money, Params, StockExhausted, TotalExhausted, refused
from engine.domain.times import DAY
from service.ports import GRACE, Commit, Used
from service.replies import Acknowledged
from storage.memory import MemoryStore
from tests.support.books import action, made, on, order, rule, says
from tests.support.services import DUPLICATE, LosingStore, Shop, answered, recommendations, request


def shop(store: MemoryStore | None = None, **limits: Any) -> Shop:
    """A shop with a limited action and another that is next best."""
    gift = action("gift", value="20 EUR", treatments=says("A gift"), **limits)
    rules = [rule("r-gift", "gift", trigger=["requested", "visited"]), rule("r-plain", "plain", trigger=["requested"])]
    return Shop(made([gift, action("plain")], rules), store or MemoryStore())


def asks(at: Shop, customer: str, id: str = "1", **more: Any) -> Any:
    return at.service.handle_request(request("home.banner", id=id, customer=f"c/{customer}", **more))


def gets(at: Shop, customer: str, id: str = "1", **more: Any) -> str:
    (given,) = recommendations(asks(at, customer, id, **more))
    return given.action


def used(at: Shop, total: str = "", budget: str = "") -> Used:
    return at.store.ledger.used("gift", total, budget, at.now)


def tells(at: Shop, recommendation_id: str, outcome: str) -> Any:
    (answer,) = at.service.record_outcomes([Outcome(recommendation_id, outcome)])
    return answer


def given_to(at: Shop, customer: str) -> str:
    (given,) = recommendations(asks(at, customer))
    return given.recommendation_id


def test_the_last_unit_goes_to_one_and_the_next_gets_the_next_best() -> None:
    at = shop(stock=1)
    assert [gets(at, "mei"), gets(at, "ada")] == ["gift", "plain"]


def test_why_the_next_one_does_not_get_it_stands_in_the_record() -> None:
    at = shop(stock=1)
    gets(at, "mei")
    (rejected,) = [one for one in asks(at, "ada").decision.rejected if one.action == "gift"]
    assert rejected.refusal == refused(StockExhausted(1))


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"limits": {"total": "1 in 1 month"}}, TotalExhausted(1, "month")),
        ({"budget": "5 EUR in 1 month", "cost": {"per_acceptance": "4 EUR"}}, BudgetExhausted(Money(500), "month")),
    ],
    ids=["total", "budget"],
)
def test_each_kind_of_limit_gives_its_reason_and_its_numbers(limits: dict[str, Any], why: Params) -> None:
    at = shop(**limits)
    gets(at, "mei")
    assert refused(why) in [one.refusal for one in asks(at, "ada").decision.rejected]


def test_a_repeated_request_takes_no_second_unit() -> None:
    at = shop(stock=5)
    assert answered(asks(at, "mei", "1")) | DUPLICATE == answered(asks(at, "mei", "1"))
    assert used(at).stock == 1


def test_asking_the_same_placement_again_takes_no_second_unit() -> None:
    at = shop(stock=5)
    assert given_to(at, "mei") == recommendations(asks(at, "mei", "2"))[0].recommendation_id
    assert used(at).stock == 1


def test_what_expires_unseen_is_offered_to_the_next() -> None:
    at = shop(stock=1, expires="2 days")
    gets(at, "mei")
    at.now += 2 * DAY + GRACE
    assert gets(at, "ada") == "gift"


def test_what_was_refused_is_offered_to_the_next() -> None:
    at = shop(stock=1)
    tells(at, given_to(at, "mei"), "reject")
    assert gets(at, "ada") == "gift"


def test_what_was_accepted_stays_given() -> None:
    at = shop(stock=1, expires="2 days")
    tells(at, given_to(at, "mei"), "accept")
    at.now += 30 * DAY
    assert gets(at, "ada") == "plain"


def test_what_was_accepted_and_undone_is_offered_to_the_next() -> None:
    at = shop(stock=1)
    given = given_to(at, "mei")
    tells(at, given, "accept")
    tells(at, given, "undo")
    assert gets(at, "ada") == "gift"


def test_an_outcome_that_is_repeated_gives_back_once() -> None:
    at = shop(stock=2)
    first, second = given_to(at, "mei"), given_to(at, "ada")
    tells(at, first, "reject")
    tells(at, first, "reject")
    assert used(at).stock == 1
    assert second


def test_an_order_that_names_the_recommendation_takes_its_unit_for_good() -> None:
    at = shop(stock=1, expires="2 days")
    given = given_to(at, "mei")
    at.service.handle_event(order("o-1", at.now, recommendation_ids=(given,)))
    at.now += 30 * DAY
    assert used(at).stock == 1


def test_an_order_may_name_what_nobody_knows_and_is_stored_all_the_same() -> None:
    at = shop(stock=1)
    answer = at.service.handle_event(order("o-1", at.now, recommendation_ids=("r-0000000000000000000000-000000",)))
    assert answer == Acknowledged("e-o-1")


def test_an_acceptance_after_its_unit_went_to_somebody_else_says_so() -> None:
    at = shop(stock=1, expires="2 days")
    late = given_to(at, "mei")
    at.now += 2 * DAY + GRACE
    tells(at, given_to(at, "ada"), "accept")
    answer = tells(at, late, "accept")
    assert (answer.expired, answer.late) == (True, True)
    assert (used(at).stock, used(at).late) == (1, 1)


# ---- lost races, lost answers ----


def test_a_decision_that_was_tried_several_times_holds_one_unit() -> None:
    at = shop(LosingStore(5), stock=3)
    gets(at, "mei")
    assert used(at).stock == 1


def test_who_loses_every_race_holds_nothing() -> None:
    at = shop(LosingStore(99), stock=3)
    with pytest.raises(Contended):
        gets(at, "mei")
    assert used(at).stock == 0


class Silent(MemoryStore):
    """Its commits go through, and its first answer is lost."""

    lost = False

    def commit(self, commit: Commit) -> bool:
        went = super().commit(commit)
        if not self.lost:
            self.lost = True
            raise StateUnavailable("no answer")
        return went


def test_when_the_answer_to_a_commit_is_lost_the_unit_stays_held() -> None:
    at = shop(Silent(), stock=1)
    assert asks(at, "mei").decision.degraded
    assert used(at).stock == 1
    assert gets(at, "ada") == "plain"
    assert gets(at, "mei") == "gift"


# ---- looking without taking ----


def test_a_dry_run_takes_no_unit() -> None:
    at = shop(stock=1)
    assert gets(at, "mei", dry_run=True) == "gift"
    assert used(at).stock == 0


def test_a_dry_run_sees_that_nothing_is_left() -> None:
    at = shop(stock=1)
    gets(at, "mei")
    assert gets(at, "ada", dry_run=True) == "plain"


# ---- tasks, withdrawals ----


def test_a_task_for_staff_takes_its_unit_with_the_decision() -> None:
    call = action("gift", kind="internal", treatments=[on("desk")], limits={"total": 1}, expires="2 days")
    at = Shop(made([call], [rule("r", "gift")]))
    at.service.handle_request(request(customer="c/mei"))
    at.now += 30 * DAY
    assert recommendations(at.service.handle_request(request(customer="c/ada"))) == ()
    assert used(at).total == 1


# ---- displaced and withheld ----


def displacing(**limits: Any) -> Shop:
    """A limited action worth 10 EUR, and one worth 20 EUR for customers with an order."""
    better = rule("r-better", "better", when={"customer.orders": 1})
    actions = [action("old", **limits), action("better", value="20 EUR")]
    return Shop(made(actions, [rule("r-old", "old"), better]))


def test_the_unit_of_a_displaced_recommendation_is_offered_to_the_next() -> None:
    at = displacing(stock=1)
    assert gets(at, "mei") == "old"
    at.service.handle_event(order("o-1", at.now, customer="c/mei"))
    assert gets(at, "mei", "2") == "better"
    assert gets(at, "ada") == "old"


def test_the_control_group_takes_no_unit_and_enters_only_while_there_are_units() -> None:
    held_out = "{salt: spring, holdout: {share: 50 %}}"
    at = Shop(made([action("gift", stock=1)], [rule("r-gift", "gift")], measurement=held_out))
    names = [f"c/customer-{n}" for n in range(60)]
    held = [name for name in names if control_group.in_global(name, at.live.compiled.rulebook)]
    free = [name for name in names if name not in held]

    def entered(customer: str) -> bool:
        at.service.handle_request(request("home.banner", customer=customer))
        profile = at.profile(customer)
        return profile is not None and "*" in profile.experiments

    assert [entered(name) for name in held[:5]] == [True] * 5
    assert used(at).stock == 0
    assert [entered(free[0]), entered(free[1]), entered(held[5])] == [True, False, False]
