"""An anonymous id that turns out to be a known customer: merged once, and followed ever after."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from engine.domain.errors import InvalidInput
from engine.domain.events import Outcome
from engine.domain.profile.state import ALIASES_KEPT
from engine.domain.times import DAY
from service.replies import Acknowledged
from storage.memory import MemoryStore
from tests.support.books import CUSTOMER, NOW, action, consent, event, made, on, order, reachable, rule
from tests.support.people import COOKIE, POINTER, aliased, known, merged, of_cookie, orders, shown, visit, visits
from tests.support.services import DUPLICATE, Shop, answered, decided, recommendations, request

# ---- merging ----


def test_what_was_stored_under_the_anonymous_id_is_the_known_customers() -> None:
    shop = merged()
    assert orders(shop) == (2, 1_500)
    assert visits(shop) == 3
    assert shop.profile(COOKIE) == POINTER


def test_the_answer_to_an_aliased_event_is_that_to_any_event() -> None:
    assert known().service.handle_event(aliased("x")) == Acknowledged("x")
    decision = decided(known().service.handle_event(aliased("x", decide="outbound")))
    assert (decision.customer, decision.trigger) == (CUSTOMER, "aliased")


def test_a_customer_that_was_not_known_before_begins_with_what_the_anonymous_id_has() -> None:
    shop = Shop()
    shop.service.handle_events(of_cookie(order("o1")))
    shop.service.handle_event(aliased("x"))
    assert orders(shop) == (1, 5_000)


def test_what_is_sent_under_the_old_id_goes_to_the_known_customer() -> None:
    shop = merged()
    shop.service.handle_event(visit("v4"))
    shop.service.handle_events([visit("v5"), visit("v6")])
    assert visits(shop) == 6
    assert shop.profile(COOKIE) == POINTER


def test_the_old_id_answers_with_the_known_customer() -> None:
    shop = merged()
    assert shop.service.customer(COOKIE) == shop.service.customer(CUSTOMER)
    assert shop.service.handle_request(request("home.banner", customer=COOKIE)).decision.customer == CUSTOMER
    dry = shop.service.handle_request(request("home.banner", id="2", customer=COOKIE, dry_run=True))
    assert dry.decision.customer == CUSTOMER


def test_aliased_again_it_is_a_repeat() -> None:
    shop = merged()
    assert shop.service.handle_event(aliased("x")) == Acknowledged("x", duplicate=True)
    assert shop.service.handle_event(aliased("y")) == Acknowledged("y")
    assert orders(shop) == (2, 1_500)


def test_an_id_that_is_somebody_elses_is_refused_and_nothing_is_stored() -> None:
    shop = merged()
    before = shop.profile()
    with pytest.raises(InvalidInput) as refused:
        shop.service.handle_event(aliased("y", customer="c/other"))
    assert [(p.pointer, p.code) for p in refused.value.problems] == [("/properties/anonymous_id", "id-taken")]
    assert shop.profile("c/other") is None
    assert shop.profile() == before


def test_of_two_customers_who_claim_an_id_at_once_one_gets_it_with_all_that_it_has() -> None:
    shop = Shop()
    shop.service.handle_events([visit(f"v{n}") for n in range(5)])
    people = [f"c/{n}" for n in range(6)]
    with ThreadPoolExecutor(len(people)) as pool:
        claims = [pool.submit(shop.service.handle_event, aliased(f"x{who}", who)) for who in people]
        refused = [claim for claim in claims if isinstance(claim.exception(), InvalidInput)]
    assert len(refused) == len(people) - 1
    assert sorted(visits(shop, who) for who in people) == [0, 0, 0, 0, 0, 5]


def test_senders_under_both_ids_at_once_lose_nothing_while_they_become_one() -> None:
    shop = Shop()

    events = [visit(f"v{n}", (COOKIE, CUSTOMER)[n % 2]) for n in range(60)]
    events[20:20] = [aliased("x"), aliased("x"), aliased("y")]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(shop.send_all, [[event] for event in events]))
    assert visits(shop) == 60
    assert shop.profile(COOKIE) == POINTER


def test_an_alias_that_comes_before_what_happened_is_waited_for() -> None:
    shop = Shop()
    shop.service.handle_event(aliased("x"))
    shop.service.handle_events(of_cookie(order("o1"), visit("v1")))
    assert orders(shop) == (1, 5_000)
    assert visits(shop) == 1
    assert shop.profile(COOKIE) == POINTER


def test_a_batch_may_hold_all_of_it() -> None:
    shop = Shop()
    answers = shop.service.handle_events([visit("v1"), visit("v2", CUSTOMER), aliased("x"), visit("v3"), visit("v4")])
    assert answers == [Acknowledged(name) for name in ("v1", "v2", "x", "v3", "v4")]
    assert visits(shop) == 4


def test_an_event_that_was_stored_before_the_merge_counts_once_under_either_id() -> None:
    shop = merged()
    shop.service.handle_events([visit("v2"), visit("v2", CUSTOMER), visit("v1")])
    assert visits(shop) == 3


def test_the_tier_counts_the_customer_once_with_all_that_they_bought() -> None:
    histogram = merged().store.histogram()
    assert (histogram["customers"], histogram["value"], histogram["days"]) == (1, 1_500, 2)


def test_a_refusal_under_the_old_id_withdraws_what_waits_for_the_known_one() -> None:
    offer = action("offer", treatments=[on("email")])
    shop = Shop(made([offer], [rule("r-offer", "offer", trigger=["order_completed"])]))
    shop.service.handle_events(reachable("email"))
    (given,) = recommendations(shop.service.handle_event(replace(order("o1"), decide="outbound")))
    shop.service.handle_events(of_cookie(replace(consent("email", False, NOW - DAY), id="no")))
    shop.service.handle_event(aliased("x"))
    profile = shop.profile()
    assert profile is not None
    assert profile.pending == ()
    told, _ = shop.service.deliveries(None, 9)
    assert [(t["type"], t["recommendation_id"]) for t in told][1:] == [("withdraw", given.recommendation_id)]


def test_an_order_that_converted_something_under_both_ids_is_one_conversion() -> None:
    shop = Shop()
    for customer in (CUSTOMER, COOKIE):
        (given,) = recommendations(shop.service.handle_request(request("home.banner", customer=customer)))
        shop.service.record_outcomes([Outcome(given.recommendation_id, "click")])
        shop.service.handle_event(replace(order("o1"), customer=customer))
    assert shop.store.histogram()["a:converted:banner:none"] == 2
    shop.service.handle_event(aliased("x"))
    assert shop.store.histogram()["a:converted:banner:none"] == 1
    assert shop.store.histogram()["a:revenue:banner:none"] == 5_000


# ---- ids that were decided under before ----


def test_what_was_decided_under_the_old_id_is_answered_alike_when_it_is_sent_again() -> None:
    shop, banner, mail = shown()
    asked_again = shop.service.handle_request(request("home.banner", customer=COOKIE))
    assert answered(asked_again) == answered(banner) | DUPLICATE
    again = shop.service.handle_event(replace(order("o1"), customer=COOKIE, decide="outbound"))
    assert answered(again) == answered(mail) | DUPLICATE
    assert orders(shop) == (1, 5_000)


def test_what_is_decided_after_the_merge_is_answered_alike_when_it_is_sent_again() -> None:
    shop, _, _ = shown()
    new = replace(order("o2"), customer=COOKIE, decide="outbound")
    first = shop.service.handle_event(new)
    assert decided(first).customer == CUSTOMER
    assert answered(shop.service.handle_event(new)) == answered(first) | DUPLICATE
    assert orders(shop) == (2, 10_000)


def test_outcomes_of_what_was_recommended_before_go_to_the_known_customer() -> None:
    shop, banner, mail = shown()
    (given,), (mailed,) = recommendations(banner), recommendations(mail)
    shop.service.record_outcomes([Outcome(given.recommendation_id, "impression")])
    profile = shop.profile()
    assert profile is not None
    assert profile.contacts["banner"].outcome == "impression"
    assert [p.action for p in profile.pending] == ["mail"]
    for number, customer in enumerate((COOKIE, CUSTOMER)):
        said = {"recommendation_id": mailed.recommendation_id, "outcome": ("sent", "click")[number]}
        shop.service.handle_event(event(f"out-{number}", "outcome", NOW, said, customer=customer))
    profile = shop.profile()
    assert profile is not None
    assert profile.contacts["mail"].outcome == "click"
    assert shop.profile(COOKIE) == POINTER


def test_an_outcome_of_the_known_customer_may_be_told_under_the_old_id() -> None:
    shop = merged()
    (given,) = recommendations(shop.service.handle_request(request("home.banner")))
    said = {"recommendation_id": given.recommendation_id, "outcome": "impression"}
    shop.service.handle_event(event("out", "outcome", NOW, said, customer=COOKIE))
    profile = shop.profile()
    assert profile is not None
    assert profile.contacts["banner"].outcome == "impression"


# ---- many ids ----


def test_beyond_16_ids_all_still_answer_and_nothing_counts_twice() -> None:
    shop = Shop()
    cookies = [f"a/{n}" for n in range(ALIASES_KEPT + 4)]
    for n, cookie in enumerate(cookies):
        shop.service.handle_event(visit(f"v{n}", cookie))
        shop.service.handle_event(aliased(f"x{n}", anonymous=cookie))
    profile = shop.profile()
    assert profile is not None
    assert profile.aliases == tuple(cookies[4:])
    assert visits(shop) == len(cookies)
    for n, cookie in enumerate(cookies):
        shop.service.handle_event(aliased(f"y{n}", anonymous=cookie))
        shop.service.handle_event(visit(f"w{n}", cookie))
    assert visits(shop) == 2 * len(cookies)


class ExpiringStore(MemoryStore):
    """Drops a profile when it is told that its days are over."""

    def __init__(self) -> None:
        super().__init__()
        self.days: dict[str, int | None] = {}

    def commit(self, commit: Any) -> bool:
        self.days[commit.customer] = commit.keep_days
        return super().commit(commit)

    def expire(self, customer: str) -> None:
        assert self.days[customer] is not None
        del self._profiles[customer]


def test_anonymous_profiles_live_a_while_and_known_ones_for_ever() -> None:
    store = ExpiringStore()
    shop = Shop(store=store)
    shop.service.handle_events([visit("v1"), visit("v2", CUSTOMER)])
    assert store.days == {COOKIE: 30, CUSTOMER: None}
    shop.service.handle_event(visit("v3"))
    shop.service.handle_request(request("home.banner", customer="a/new"))
    assert store.days == {COOKIE: 30, CUSTOMER: None, "a/new": 30}


def test_a_pointer_stays_as_long_as_it_is_among_the_newest_16() -> None:
    store = ExpiringStore()
    shop = Shop(store=store)
    for n in range(ALIASES_KEPT):
        shop.service.handle_event(visit(f"v{n}", f"a/{n}"))
        shop.service.handle_event(aliased(f"x{n}", anonymous=f"a/{n}"))
    assert set(store.days.values()) == {None}
    shop.service.handle_event(aliased("last"))
    assert {key for key, days in store.days.items() if days is not None} == {"a/0"}


def test_an_id_that_was_forgotten_is_anonymous_again_and_can_be_merged_again() -> None:
    store = ExpiringStore()
    shop = Shop(store=store)
    for n in range(ALIASES_KEPT + 1):
        shop.service.handle_event(visit(f"v{n}", f"a/{n}"))
        shop.service.handle_event(aliased(f"x{n}", anonymous=f"a/{n}"))
    store.expire("a/0")
    shop.service.handle_event(visit("again", "a/0"))
    assert visits(shop) == ALIASES_KEPT + 1
    shop.service.handle_event(aliased("y", anonymous="a/0"))
    assert visits(shop) == ALIASES_KEPT + 2
