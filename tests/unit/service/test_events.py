"""An event is stored once and decided on once, whoever sends it how often, and from how many sides."""

import threading
from dataclasses import replace

import orjson
import pytest

from engine.domain.errors import Contended, InvalidInput, NotFound
from engine.domain.events import Event
from engine.domain.profile import Profile
from engine.domain.profile.counters import totals
from engine.domain.times import DAY, MINUTE
from service.change import ATTEMPTS
from service.replies import Acknowledged
from tests.support.books import CUSTOMER, DAYS, NOW, event, order, reachable
from tests.support.services import DUPLICATE, LosingStore, Shop, answered, decided, recommendations


def deciding(happened: Event, decide: str | tuple[str, ...] = "outbound") -> Event:
    return replace(happened, decide=decide)


BOUGHT = deciding(order("o1", NOW - MINUTE, 5_000))


def visits(shop: Shop) -> int:
    profile = shop.profile()
    assert profile is not None
    counters = [c for counting in shop.live.compiled.counters.values() for c in counting]
    return totals(profile.counters, counters, DAYS.of(shop.now))["customer.visits_7d"]


def test_an_event_that_is_only_stored_says_so_and_leaves_no_decision() -> None:
    shop = Shop()
    assert shop.service.handle_event(order("o1")) == Acknowledged("e-o1")
    profile = shop.profile()
    assert profile is not None
    assert (profile.purchases.order_count, profile.pending) == (1, ())
    assert shop.service.deliveries(None, 10)[0] == []


def test_an_event_is_decided_on_after_it_was_applied() -> None:
    shop = Shop()
    shop.service.handle_events(reachable("email"))
    reply = shop.service.handle_event(BOUGHT)
    assert [given.action for given in recommendations(reply)] == ["mail"]
    assert (answered(reply)["event_id"], answered(reply)["stored"]) == ("e-o1", True)


def test_an_event_may_ask_for_placements() -> None:
    decision = decided(Shop().service.handle_event(deciding(BOUGHT, ("home.banner", "home.side"))))
    assert [result.placement for result in decision.results] == ["home.banner", "home.side"]
    assert [given.action for given in decision.given] == ["banner"]


@pytest.mark.parametrize("decide", ["outbound", ("home.banner",), "none"])
def test_an_event_seen_before_gets_the_first_answer(decide: str | tuple[str, ...]) -> None:
    shop = Shop()
    first = shop.service.handle_event(deciding(BOUGHT, decide))
    before = shop.profile()
    shop.now += 9 * DAY
    assert answered(shop.service.handle_event(deciding(BOUGHT, decide))) == answered(first) | DUPLICATE
    assert shop.profile() == before


def test_a_repeat_and_the_next_are_the_same_bytes() -> None:
    shop = Shop()
    shop.service.handle_events(reachable("email"))
    _, again, once_more = (orjson.dumps(answered(shop.service.handle_event(BOUGHT))) for _ in range(3))
    assert again == once_more


def test_an_event_that_was_stored_is_not_counted_again_when_it_is_sent_to_be_decided() -> None:
    shop = Shop()
    visit = event("v1", "visited", NOW, {"surface": "web"})
    shop.service.handle_event(visit)
    assert shop.service.handle_event(deciding(visit)) == Acknowledged("v1", duplicate=True)
    assert visits(shop) == 1


def test_the_same_event_id_of_another_customer_is_another_event() -> None:
    shop = Shop()
    shop.service.handle_event(BOUGHT)
    assert decided(shop.service.handle_event(replace(BOUGHT, customer="c/other"))).customer == "c/other"
    assert shop.profile("c/other") is not None


def test_a_delivery_is_there_to_be_collected_once() -> None:
    shop = Shop()
    shop.service.handle_events(reachable("email"))
    (given,) = recommendations(shop.service.handle_event(BOUGHT))
    shop.service.handle_event(BOUGHT)
    (item,), cursor = shop.service.deliveries(None, 10)
    assert (item["type"], item["customer"], item["action"]) == ("deliver", {"id": "mei"}, "mail")
    assert item["recommendation_id"] == given.recommendation_id
    assert shop.service.deliveries(cursor, 10) == ([], cursor)


def test_what_is_shown_in_a_placement_is_no_delivery() -> None:
    shop = Shop()
    shop.service.handle_event(deciding(BOUGHT, ("home.banner",)))
    assert shop.service.deliveries(None, 10)[0] == []


def test_a_cursor_of_somebody_elses_is_refused() -> None:
    with pytest.raises(InvalidInput, match="/after"):
        Shop().service.deliveries("yesterday", 10)


# ---- batches ----

HISTORY = [
    *reachable("email"),
    order("o1", NOW - 9 * DAY),
    event("v1", "visited", NOW - 8 * DAY, {"surface": "web"}),
    event("v1", "visited", NOW - 8 * DAY, {"surface": "web"}),
    replace(order("o9", NOW - 8 * DAY), customer="c/other"),
    replace(event("v2", "visited", NOW - 8 * DAY, {"surface": "web"}), customer="a/visitor"),
    deciding(order("o2", NOW - 7 * DAY)),
    event("c1", "complaint_opened", NOW - 6 * DAY, {"complaint_id": "c1"}),
    order("o3", NOW - 5 * DAY),
    deciding(event("c2", "complaint_opened", NOW - 4 * DAY, {"complaint_id": "c2"})),
]


def test_a_batch_does_what_its_events_do_one_by_one() -> None:
    one_by_one, batch = Shop(), Shop()
    singles = [one_by_one.service.handle_event(happened) for happened in HISTORY]
    assert batch.service.handle_events(HISTORY) == singles
    for customer in (CUSTOMER, "c/other", "a/visitor"):
        assert batch.profile(customer) == one_by_one.profile(customer)
    assert batch.store.histogram() == one_by_one.store.histogram()
    assert batch.service.deliveries(None, 99)[0] == one_by_one.service.deliveries(None, 99)[0]


def test_a_batch_decides_on_an_event_without_knowing_what_came_after_it() -> None:
    shop = Shop()
    first, _ = shop.service.handle_events([deciding(order("o1", NOW - DAY)), order("o2", NOW)])
    assert decided(first).facts["customer.orders"] == 1


def test_a_batch_sent_again_changes_nothing() -> None:
    shop = Shop()
    answers, before = [answered(reply) for reply in shop.service.handle_events(HISTORY)], shop.profile()
    histogram = dict(shop.store.histogram())
    again = [answered(reply) for reply in shop.service.handle_events(HISTORY)]
    assert again == [answer | DUPLICATE for answer in answers]
    assert shop.profile() == before
    assert shop.store.histogram() == histogram


def test_an_event_that_is_refused_does_not_hold_the_others_back() -> None:
    wrong = event("x", "outcome", NOW, {"recommendation_id": "r-857385cd3f431e867beaca-9c21cb", "outcome": "click"})
    before, refused, after = Shop().service.handle_events([order("o1"), wrong, order("o2")])
    assert isinstance(refused, NotFound)
    assert (before, after) == (Acknowledged("e-o1"), Acknowledged("e-o2"))


def test_an_empty_batch_has_no_answers() -> None:
    assert Shop().service.handle_events([]) == []


# ---- races ----


def test_a_lost_race_is_run_again() -> None:
    shop = Shop(store=LosingStore(ATTEMPTS - 1))
    assert shop.service.handle_event(order("o1")) == Acknowledged("e-o1")
    assert shop.profile() is not None


def test_too_many_lost_races_are_an_error_and_nothing_is_stored() -> None:
    shop = Shop(store=LosingStore(ATTEMPTS))
    with pytest.raises(Contended):
        shop.service.handle_event(order("o1"))
    assert shop.profile() is None


def test_a_batch_that_loses_its_race_goes_the_single_way() -> None:
    shop = Shop(store=LosingStore(1))
    answers = shop.service.handle_events([order("o1"), order("o2")])
    assert answers == [Acknowledged("e-o1"), Acknowledged("e-o2")]
    profile = shop.profile()
    assert profile is not None
    assert profile.purchases.order_count == 2


def test_eight_senders_at_once_lose_nothing_and_count_nothing_twice() -> None:
    shop = Shop()
    mine = [
        [
            deciding(order(f"o{t}-{n}", NOW - t * DAY - n, 100))
            if n % 2
            else order(f"o{t}-{n}", NOW - t * DAY - n, 100)
            for n in range(3)
        ]
        + [event(f"v{n}", "visited", NOW, {"surface": "web"}) for n in range(5)]
        for t in range(8)
    ]
    threads = [threading.Thread(target=shop.send_all, args=(events,)) for events in mine]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    profile = shop.profile()
    assert profile is not None
    assert (profile.purchases.order_count, profile.purchases.spend) == (24, 2_400)
    assert visits(shop) == 5
    assert shop.store.histogram()["customers"] == 1
    assert shop.store.histogram()["value"] == 2_400


def test_the_histogram_holds_what_the_profiles_hold() -> None:
    shop = Shop()
    shop.service.handle_events([order(f"o{n}", NOW - n * DAY, 1_000 * n) for n in range(9)])
    profile = shop.profile()
    assert isinstance(profile, Profile)
    assert profile.placing is not None
    histogram = shop.store.histogram()
    assert (histogram["customers"], histogram["value"], histogram["days"]) == (1, 36_000, 9)
    assert histogram[f"s:{profile.placing.score_bin}:n"] == 1
