"""What came of a recommendation becomes history: as an event or as an outcome, once, for the right customer."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.decisioning.decide import build_facts
from engine.domain.errors import InvalidInput, NotFound, PatronError
from engine.domain.events import Event, Outcome
from engine.domain.facts import NEVER, Value
from engine.domain.reasons import Reason
from engine.domain.times import DAY
from service.replies import Acknowledged, Recorded
from tests.support.books import CUSTOMER, NOW, asked, event, order, reachable
from tests.support.services import Shop, recommendations, request


def shown() -> tuple[Shop, str]:
    """A shop with the banner shown to a customer, and its recommendation id."""
    shop = Shop()
    (given,) = recommendations(shop.service.handle_request(request("home.banner")))
    return shop, given.recommendation_id


def mailed() -> tuple[Shop, str]:
    shop = Shop()
    shop.service.handle_events(reachable("email"))
    (given,) = recommendations(shop.service.handle_event(replace(order("o1"), decide="outbound")))
    return shop, given.recommendation_id


def history(shop: Shop, name: str) -> tuple[Value, Value, Value]:
    """Days since shown, times shown, last outcome."""
    profile = shop.profile()
    assert profile is not None
    facts: Mapping[str, Value] = build_facts(shop.live.compiled, shop.live.snapshot, profile, asked(), shop.now)
    days, times, last = ("days_since_shown", "times_shown_365d", "last_outcome")
    return facts[f"history.{name}.{days}"], facts[f"history.{name}.{times}"], facts[f"history.{name}.{last}"]


def told(recommendation_id: str, outcome: str, **more: Any) -> Event:
    said = {"recommendation_id": recommendation_id, "outcome": outcome}
    return event(f"x-{outcome}", "outcome", NOW, said, **more)


def test_what_was_recommended_and_not_yet_seen_is_no_history() -> None:
    shop, _ = shown()
    assert history(shop, "banner") == (NEVER, 0, "none")


def test_on_a_channel_that_shows_the_impression_makes_the_contact() -> None:
    shop, given = shown()
    shop.service.record_outcomes([Outcome(given, "sent")])
    assert history(shop, "banner") == (NEVER, 0, "sent")
    shop.service.record_outcomes([Outcome(given, "impression")])
    shop.now += 3 * DAY
    assert history(shop, "banner") == (3, 1, "impression")


def test_on_a_channel_that_sends_the_sending_makes_the_contact() -> None:
    shop, given = mailed()
    shop.service.record_outcomes([Outcome(given, "sent"), Outcome(given, "click")])
    assert history(shop, "mail") == (0, 1, "click")


def test_a_task_is_a_contact_with_its_decision() -> None:
    shop = Shop()
    shop.service.handle_event(event("c1", "complaint_opened", NOW, {"complaint_id": "c1"}, decide="outbound"))
    assert history(shop, "task") == (0, 1, "none")


def test_an_outcome_counts_at_the_time_that_it_tells() -> None:
    shop, given = mailed()
    shop.now += 9 * DAY
    shop.service.record_outcomes([Outcome(given, "sent", at=NOW + DAY)])
    assert history(shop, "mail")[0] == 8


def test_an_outcome_may_come_as_an_event() -> None:
    shop, given = shown()
    assert shop.service.handle_event(told(given, "impression")) == Acknowledged("x-impression")
    assert history(shop, "banner") == (0, 1, "impression")


def test_an_outcome_told_twice_counts_once() -> None:
    shop, given = shown()
    answers = shop.service.record_outcomes([Outcome(given, "impression")] * 3)
    shop.service.handle_event(told(given, "impression"))
    assert history(shop, "banner") == (0, 1, "impression")
    assert answers == [Recorded(given, "impression")] * 3


def test_what_was_seen_is_not_said_again_once_per_customer() -> None:
    shop, given = shown()
    shop.service.record_outcomes([Outcome(given, "impression")])
    decision = shop.service.handle_request(request("home.banner", id="2")).decision
    assert decision.given == ()
    assert [(one.action, one.reason) for one in decision.rejected] == [("banner", Reason.ONCE_ALREADY)]


def test_what_was_ignored_may_be_said_again() -> None:
    shop, given = shown()
    shop.service.record_outcomes([Outcome(given, "ignore")])
    (again,) = recommendations(shop.service.handle_request(request("home.banner", id="2")))
    assert again.recommendation_id != given


UNKNOWN = (
    "r-857385cd3f431e867beaca-000000",
    "r-857385cd3f431e867beacb-9c21cb",
    "r-00",
    "no id at all",
    "",
)


@pytest.mark.parametrize("recommendation_id", UNKNOWN)
def test_an_unknown_recommendation_is_refused(recommendation_id: str) -> None:
    shop, _ = shown()
    before = shop.profile()
    (answer,) = shop.service.record_outcomes([Outcome(recommendation_id, "click")])
    assert isinstance(answer, NotFound)
    with pytest.raises(NotFound):
        shop.service.handle_event(told(recommendation_id, "click"))
    assert shop.profile() == before


def test_another_customers_recommendation_is_refused_and_nothing_stored() -> None:
    shop, given = shown()
    with pytest.raises(InvalidInput) as refused:
        shop.service.handle_event(told(given, "click", customer="c/other"))
    assert [p.pointer for p in refused.value.problems] == ["/properties/recommendation_id"]
    assert shop.profile("c/other") is None
    assert history(shop, "banner") == (NEVER, 0, "none")


def test_one_wrong_outcome_does_not_hold_the_others_back() -> None:
    shop, given = shown()
    first, wrong, last = shop.service.record_outcomes(
        [Outcome(given, "impression"), Outcome("r-00", "click"), Outcome(given, "accept")]
    )
    assert isinstance(wrong, PatronError)
    assert (first, last) == (Recorded(given, "impression"), Recorded(given, "accept"))
    assert history(shop, "banner") == (0, 1, "accept")


def test_an_outcome_does_not_forget_what_the_profile_knows() -> None:
    shop, given = mailed()
    before = shop.profile()
    shop.service.record_outcomes([Outcome(given, "sent")])
    after = shop.profile()
    assert before is not None
    assert after is not None
    assert (after.purchases, after.channel_addresses, after.consents) == (
        before.purchases,
        before.channel_addresses,
        before.consents,
    )
    assert after.customer == CUSTOMER
