"""A merge or an erasure that is interrupted goes on; who was erased does not come back with what is old."""

from dataclasses import replace

import pytest

from engine.domain.errors import NotFound, StateUnavailable
from engine.domain.events import Outcome
from engine.domain.profile import Pending, decode, encode
from engine.domain.profile.codec import FORMAT
from engine.domain.times import DAY
from service.ports import Claim
from service.replies import Acknowledged
from tests.support.books import CUSTOMER, NOW, order
from tests.support.people import (
    COOKIE,
    POINTER,
    BreakingStore,
    aliased,
    known,
    merged,
    of_cookie,
    orders,
    shown,
    visit,
    visits,
)
from tests.support.services import Shop, decided, recommendations, request

# ---- interrupted ----


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("breaks", [1, 2, 3])
@pytest.mark.parametrize("repeated", [False, True])
def test_a_merge_that_was_interrupted_is_ended_by_whoever_comes_next(breaks: int, done: bool, repeated: bool) -> None:
    store = BreakingStore()
    shop = Shop(store=store)
    shop.service.handle_events([order("o1", NOW - DAY, 1_000), visit("v1", CUSTOMER)])
    shop.service.handle_events([*of_cookie(order("o2", NOW, 500)), visit("v2")])
    store.breaks, store.done = breaks, done
    with pytest.raises(StateUnavailable):
        shop.service.handle_event(aliased("x"))
    if repeated:
        shop.service.handle_event(aliased("x"))
    shop.service.handle_event(visit("v3"))
    frozen = breaks > 1 or done or repeated
    assert (orders(shop), visits(shop)) == (((2, 1_500), 3) if frozen else ((1, 1_000), 1))
    shop.service.handle_event(aliased("x"))
    assert (orders(shop), visits(shop)) == ((2, 1_500), 3)
    assert shop.profile(COOKIE) == POINTER
    assert store.histogram()["value"] == 1_500


@pytest.mark.parametrize("read", ["customer", "request", "outcome", "erase"])
def test_every_way_to_the_old_id_ends_an_interrupted_merge_first(read: str) -> None:
    store = BreakingStore()
    shop = Shop(store=store)
    shop.service.handle_events(of_cookie(order("o1")))
    (given,) = recommendations(shop.service.handle_request(request("home.banner", customer=COOKIE)))
    store.breaks = 2
    with pytest.raises(StateUnavailable):
        shop.service.handle_event(aliased("x"))
    assert shop.profile() is None
    if read == "customer":
        assert shop.service.customer(COOKIE)["customer"] == {"id": "mei"}
    elif read == "request":
        shop.service.handle_request(request("home.banner", customer=COOKIE, id="2"))
    elif read == "outcome":
        shop.service.record_outcomes([Outcome(given.recommendation_id, "impression")])
    else:
        shop.service.erase(COOKIE)
        assert shop.profile(COOKIE) is None
        assert shop.profile() is None
        return
    assert orders(shop) == (1, 5_000)


# ---- forgetting ----


def forgotten() -> Shop:
    shop = merged()
    shop.service.handle_request(request("home.banner", customer=COOKIE))
    shop.now += DAY
    shop.service.erase(CUSTOMER)
    return shop


@pytest.mark.parametrize("key", [CUSTOMER, COOKIE])
def test_erasing_either_id_erases_both(key: str) -> None:
    shop, banner, mail = shown()
    shop.service.erase(key)
    assert (shop.profile(), shop.profile(COOKIE)) == (None, None)
    for reply in (banner, mail):
        assert shop.service.decision_record(decided(reply).decision_id) is None
    assert shop.service.deliveries(None, 9)[0] == []
    for gone in (CUSTOMER, COOKIE):
        with pytest.raises(NotFound):
            shop.service.erase(gone)


def test_a_stranger_can_be_erased_too() -> None:
    shop = known()
    shop.service.erase(COOKIE)
    assert shop.profile(COOKIE) is None
    assert orders(shop) == (1, 1_000)


@pytest.mark.parametrize("key", [CUSTOMER, COOKIE])
def test_an_old_event_does_not_bring_an_erased_customer_back(key: str) -> None:
    shop = forgotten()
    late = visit("late", key, shop.now)
    assert shop.service.handle_event(late) == Acknowledged("late", unapplied="erased")
    assert shop.service.handle_event(replace(late, id="d", decide="outbound")) == Acknowledged("d", unapplied="erased")
    assert shop.service.handle_events([replace(late, id="b")]) == [Acknowledged("b", unapplied="erased")]
    assert shop.profile(key) is None


def test_an_old_alias_does_not_bring_anything_back() -> None:
    shop = forgotten()
    shop.service.handle_events([visit("v2"), visit("v3")])
    assert shop.service.handle_event(aliased("x")) == Acknowledged("x", unapplied="erased")
    assert (shop.profile(), shop.profile(COOKIE)) == (None, None)


def test_who_comes_back_begins_afresh() -> None:
    shop = forgotten()
    erased_at = shop.now
    shop.now += DAY
    batch = [visit("new", CUSTOMER, shop.now), visit("old", CUSTOMER, NOW)]
    assert shop.service.handle_events(batch) == [Acknowledged("new"), Acknowledged("old", unapplied="erased")]
    assert visits(shop) == 1
    shop.service.handle_event(visit("anonymous", COOKIE, shop.now))
    shop.service.handle_event(aliased("y", at=shop.now))
    profile = shop.profile()
    assert profile is not None
    assert (visits(shop), profile.purchases.order_count, profile.erased) == (2, 0, erased_at)


def test_a_request_of_who_was_erased_begins_afresh() -> None:
    shop = forgotten()
    shop.service.handle_request(request("home.banner", id="new"))
    profile = shop.profile()
    assert profile is not None
    assert profile.erased == shop.now


def test_what_was_browsed_before_an_erasure_is_not_merged_into_a_new_beginning() -> None:
    shop = Shop()
    shop.service.handle_events([visit("v1", CUSTOMER), visit("v2")])
    shop.now += DAY
    shop.service.erase(CUSTOMER)
    shop.now += DAY
    shop.service.handle_event(aliased("x", at=shop.now))
    assert visits(shop) == 0
    shop.service.handle_event(visit("v3", at=shop.now))
    assert visits(shop) == 1


def test_a_frozen_id_of_somebody_erased_is_a_stranger_again() -> None:
    store = BreakingStore()
    shop = Shop(store=store)
    shop.service.handle_events([visit("v1"), visit("v2", CUSTOMER)])
    store.breaks = 2
    with pytest.raises(StateUnavailable):
        shop.service.handle_event(aliased("x"))
    shop.now += DAY
    shop.service.erase(CUSTOMER)
    shop.now += DAY
    shop.service.handle_event(visit("v3", at=shop.now))
    assert shop.profile() is None
    assert visits(shop, COOKIE) == 1


@pytest.mark.parametrize("breaks", [1, 2])
def test_an_erasure_that_was_interrupted_goes_on_when_it_is_asked_for_again(breaks: int) -> None:
    store = BreakingStore()
    shop = Shop(store=store)
    shop.service.handle_events([visit("v1"), visit("v2", CUSTOMER)])
    shop.service.handle_event(aliased("x"))
    store.breaks = breaks
    with pytest.raises(StateUnavailable):
        shop.service.erase(CUSTOMER)
    shop.service.erase(CUSTOMER)
    assert (shop.profile(), shop.profile(COOKIE)) == (None, None)


def test_a_new_life_of_an_id_whose_pointer_was_erased_is_merged_like_any_other() -> None:
    store = BreakingStore()
    shop = Shop(store=store)
    shop.service.handle_events([visit("v1"), visit("v2", CUSTOMER)])
    shop.service.handle_event(aliased("x"))
    store.breaks = 2
    with pytest.raises(StateUnavailable):
        shop.service.erase(CUSTOMER)  # the pointer is gone, the customer is not
    shop.now += DAY
    shop.service.handle_event(visit("v3", at=shop.now))
    shop.service.handle_event(aliased("y", at=shop.now))
    assert visits(shop) == 3


def test_a_stranger_who_was_erased_takes_nothing_from_the_customer_who_they_turn_out_to_be() -> None:
    shop = known()
    shop.now += DAY
    shop.service.erase(COOKIE)
    shop.now += DAY
    shop.service.handle_event(aliased("x", at=shop.now))
    assert shop.service.handle_event(visit("v2")) == Acknowledged("v2", unapplied="erased")
    shop.service.handle_event(visit("late", CUSTOMER))
    assert visits(shop) == 2


def test_what_waits_for_an_erased_customer_is_free_for_others() -> None:
    shop = known()
    claim = Claim("r-1", "banner", "one", NOW + DAY, stock=1)
    assert shop.store.ledger.reserve(claim, NOW) is None
    opened = shop.store.begin(CUSTOMER, None)
    assert opened.profile is not None
    waiting = Pending("r-1", "banner", "r-banner", "web", "home.banner", NOW, NOW + DAY, reserved=True)
    profile = decode(opened.profile).but(pending=(waiting,))
    shop.store._profiles[CUSTOMER] = (opened.version, encode(profile, FORMAT))  # type: ignore[attr-defined]
    shop.service.erase(CUSTOMER)
    assert shop.store.ledger.used("banner", "", "", NOW).stock == 0
