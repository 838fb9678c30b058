"""The value report, snapshots, what one reads of a customer, and erasing one without a trace."""

from collections.abc import Mapping
from dataclasses import replace

import orjson
import pytest

from engine.decisioning.decide import STANDING
from engine.domain.errors import Contended, NotFound
from engine.domain.events import Outcome
from engine.domain.times import DAY
from engine.value import counters
from service import snapshots
from service.reports import pareto, share_of_top
from tests.support.books import CUSTOMER, NOW, event, order, reachable
from tests.support.services import LosingStore, Shop, recommendations, request

SPENT = (1_000, 900, 800, 700, 600, 500, 400, 300, 200, 100)
"""Ten customers: total spend in EUR, two orders on two days each."""


def ten_customers() -> Shop:
    shop = Shop()
    for n, euros in enumerate(SPENT):
        for part in range(2):
            bought = order(f"o{n}-{part}", NOW - (n + part + 1) * DAY, euros * 50)
            shop.service.handle_event(replace(bought, customer=f"c/{n}"))
    return shop


def test_the_value_report_is_what_one_counts_by_hand() -> None:
    report = ten_customers().service.value_report()
    assert (report["customers"], report["value"], report["currency"]) == (10, "5500.00", "EUR")
    assert report["mean_value_per_purchase_day"] == "275.00"
    assert report["top_20_percent_share"] == round(1_900 / 5_500, 4)
    assert report["top_20_percent_by_score_share"] == round(1_900 / 5_500, 4)
    assert report["pareto"][0] == [0.0, 0.0]
    assert report["pareto"][10] == [0.5, round(4_000 / 5_500, 4)]
    assert report["pareto"][-1] == [1.0, 1.0]
    tiers = {tier["tier"]: (tier["customers"], tier["value"], tier["share_of_value"]) for tier in report["tiers"]}
    assert tiers == {"gold": (2, "1900.00", 0.3455), "bronze": (8, "3600.00", 0.6545), "newcomer": (0, "0.00", 0.0)}
    assert [cut["tier"] for cut in report["cut_offs"]] == ["gold"]


def test_newcomers_are_counted_apart_unless_they_are_at_the_top() -> None:
    shop = ten_customers()
    for name, euros in (("big", 9_000), ("small", 50)):
        shop.service.handle_event(replace(order(name, NOW, euros * 100), customer=f"c/{name}"))
    tiers = {tier["tier"]: tier["customers"] for tier in shop.service.value_report()["tiers"]}
    assert tiers == {"gold": 2, "bronze": 9, "newcomer": 1}


def test_an_empty_shop_has_an_empty_report() -> None:
    report = Shop().service.value_report()
    assert (report["customers"], report["value"], report["top_20_percent_share"]) == (0, "0.00", None)
    assert (report["pareto"], report["cut_offs"]) == ([], [])


def test_who_gave_everything_back_is_a_customer_without_value() -> None:
    shop = Shop()
    shop.service.handle_events(
        [order("o1", NOW - DAY), event("r", "order_returned", NOW, {"order_id": "o1", "amount": 9_000})]
    )
    report = shop.service.value_report()
    assert (report["customers"], report["value"], report["top_20_percent_share"]) == (1, "0.00", None)
    shop.take_snapshot()
    assert shop.service.customer(CUSTOMER)["tier"] is not None


def test_visitors_without_a_name_are_not_in_the_report() -> None:
    shop = Shop()
    shop.service.handle_event(replace(order("o1"), customer="a/visitor"))
    assert shop.service.value_report()["customers"] == 0


def test_a_bin_is_split_in_proportion() -> None:
    assert share_of_top([(5, 2, 600), (1, 8, 400)], 0.1) == 0.3
    assert share_of_top([(5, 10, 1_000)], 0.2) == 0.2
    assert share_of_top([], 0.2) is None
    assert pareto([(5, 1, 100)])[-1] == [1.0, 1.0]


# ---- snapshots ----


def test_snapshots_are_numbered_and_say_what_is_in_them() -> None:
    shop = ten_customers()
    assert shop.service.make_snapshot() == {
        "number": 1,
        "at": "2026-03-02T09:00:00Z",
        "customers": 10,
        "tiers": ["gold"],
    }
    assert shop.service.make_snapshot()["number"] == 2


def test_a_snapshot_comes_back_from_the_store_as_it_was() -> None:
    for shop in (ten_customers(), Shop()):
        snapshot = shop.take_snapshot()
        latest = shop.store.latest_snapshot()
        assert latest is not None
        assert snapshots.load(*latest) == snapshot


def test_tiers_follow_the_snapshot_and_stay_between_leave_and_enter() -> None:
    shop = ten_customers()
    shop.take_snapshot()
    tiers = {name: shop.service.customer(f"c/{name}")["tier"] for name in range(10)}
    assert [name for name, tier in tiers.items() if tier == "gold"] == [0, 1]


def test_a_decision_names_its_snapshot() -> None:
    shop = ten_customers()
    shop.take_snapshot()
    assert shop.service.handle_request(request("home.banner")).decision.snapshot == 1


# ---- one customer ----


def test_a_customer_can_be_read() -> None:
    shop = Shop()
    shop.service.handle_events([*reachable("email"), order("o1", NOW - DAY, 4_000)])
    shop.service.handle_event(event("i", "identified", NOW - DAY, {"traits": {"first_name": "Mei"}}))
    (given,) = recommendations(shop.service.handle_request(request("home.banner")))
    read = shop.service.customer(CUSTOMER)
    assert read["customer"] == {"id": "mei"}
    assert read.keys() >= STANDING.keys()
    assert (read["traits"], read["channel_addresses"]) == ({"first_name": "Mei"}, ["email"])
    assert read["consents"] == {"email": {"marketing": True}}
    assert read["facts"]["customer.spend"] == 4_000
    assert [p["recommendation_id"] for p in read["pending"]] == [given.recommendation_id]
    shop.service.record_outcomes([Outcome(given.recommendation_id, "click")])
    read = shop.service.customer(CUSTOMER)
    assert read["contacts"] == {"banner": {"last": "2026-03-02T09:00:00Z", "times": 1, "last_outcome": "click"}}
    assert orjson.loads(orjson.dumps(read)) == read


def test_what_has_expired_is_not_shown_as_waiting() -> None:
    shop = Shop()
    shop.service.handle_request(request("home.banner"))
    shop.now += 11 * DAY
    assert shop.service.customer(CUSTOMER)["pending"] == []


def test_a_customer_nobody_has_heard_of_is_not_found() -> None:
    with pytest.raises(NotFound):
        Shop().service.customer("c/nobody")


# ---- erasing ----


def of_customers(histogram: Mapping[str, int]) -> dict[str, int]:
    """The counters that customers are in; what was recommended and accepted is counted without them."""
    return {name: count for name, count in histogram.items() if not name.startswith(f"{counters.ACTION}:")}


def test_erasing_leaves_no_trace() -> None:
    shop = Shop()
    shop.service.handle_events([*reachable("email"), order("o1", NOW - DAY)])
    (mail,) = recommendations(shop.service.handle_event(replace(order("o2"), decide="outbound")))
    reply = shop.service.handle_request(request("home.banner"))
    shop.service.handle_event(replace(order("o3"), customer="c/other"))
    alone = Shop()
    alone.service.handle_event(replace(order("o3"), customer="c/other"))
    shop.service.erase(CUSTOMER)
    assert shop.profile() is None
    assert of_customers(shop.store.histogram()) == of_customers(alone.store.histogram())
    assert shop.service.deliveries(None, 99)[0] == []
    with pytest.raises(NotFound):
        shop.service.decision(reply.decision.decision_id)
    (answer,) = shop.service.record_outcomes([Outcome(mail.recommendation_id, "click")])
    assert isinstance(answer, NotFound)
    assert shop.profile("c/other") is not None


def test_who_was_erased_can_come_back_as_a_new_customer() -> None:
    shop = Shop()
    shop.service.handle_event(order("o1"))
    shop.service.erase(CUSTOMER)
    shop.now += DAY
    shop.service.handle_event(order("o1", shop.now))
    assert shop.service.value_report()["customers"] == 1


def test_erasing_nobody_is_not_found() -> None:
    with pytest.raises(NotFound):
        Shop().service.erase("c/nobody")


class Moving(LosingStore):
    """Somebody else always commits between reading and erasing."""

    def erase(self, customer: str, histogram: object, version: int, at: int) -> bool:
        return False


def test_erasing_that_keeps_losing_says_so() -> None:
    shop = Shop(store=Moving(0))
    shop.service.handle_event(order("o1"))
    with pytest.raises(Contended):
        shop.service.erase(CUSTOMER)
