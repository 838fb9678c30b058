"""The value report over time: the pace of a year, 90 days ago, who moved, who is linked, and the sources."""

from dataclasses import replace
from typing import Any

import pytest

from engine.domain.events import Event
from engine.domain.times import DAY
from engine.rulebook.shop import Tiers
from engine.value import population
from service.live import Live
from tests.support.books import NOW, event, order
from tests.support.services import Shop, small

EUR = 100


def buys(shop: Shop, customer: str, euros: int, at: int, channel: str | None = None, name: str = "") -> None:
    shop.now = max(shop.now, at)
    bought = replace(order(f"{customer}-{at}{name}", at, euros * EUR), customer=f"c/{customer}", channel=channel)
    shop.service.handle_event(bought)


def steady(days: int, every: int, euros: int) -> Shop:
    """One customer who buys for `euros` every so many days."""
    shop = Shop()
    for ago in range(days, -1, -every):
        buys(shop, "steady", euros, NOW - ago * DAY)
    return shop


def report(shop: Shop) -> Any:
    return shop.service.value_report()


def test_who_buys_steadily_brings_as_much_a_year_as_the_pace_says() -> None:
    told = report(steady(3_650, 10, 20))
    assert float(told["yearly"]) == pytest.approx(36.5 * 20, rel=0.03)
    assert sum(float(tier["yearly"]) for tier in told["tiers"]) == pytest.approx(float(told["yearly"]), abs=0.03)


def test_who_stops_buying_has_a_pace_that_falls_by_half_in_180_days() -> None:
    shop = steady(3_650, 10, 20)
    now = float(report(shop)["yearly"])
    shop.now += 180 * DAY
    assert float(report(shop)["yearly"]) == pytest.approx(now / 2, rel=0.01)


def test_the_yearly_value_of_a_tier_is_that_of_its_customers() -> None:
    shop = Shop()
    for n in range(10):
        for part in range(2):
            buys(shop, f"c{n}", 1_000 if n < 2 else 10, NOW - (n + part + 1) * DAY)
    yearly = {tier["tier"]: float(tier["yearly"]) for tier in report(shop)["tiers"]}
    assert yearly["gold"] > 10 * yearly["bronze"] > 0
    assert yearly["newcomer"] == 0


# ---- 90 days ago ----


def test_without_figures_of_90_days_ago_the_report_says_nothing_of_them() -> None:
    shop = steady(30, 10, 20)
    shop.take_snapshot()
    shop.now += 89 * DAY
    assert report(shop)["before"] is None


def test_the_report_tells_what_was_true_90_days_ago() -> None:
    shop = Shop()
    for n in range(10):
        buys(shop, f"c{n}", 100, NOW)
    shop.take_snapshot()
    before = report(shop)
    shop.now += 90 * DAY
    for n in range(2):
        buys(shop, f"c{n}", 900, shop.now)
    told = report(shop)
    assert told["before"]["top_20_percent_share"] == before["top_20_percent_share"] == 0.2
    assert told["top_20_percent_share"] == round(2_000 / 2_800, 4)
    assert (told["before"]["customers"], told["before"]["value"]) == (10, "1000.00")
    tiers = {tier["tier"]: tier["customers"] for tier in told["before"]["tiers"]}
    assert tiers == {tier["tier"]: tier["customers"] for tier in before["tiers"]}


def test_of_several_days_the_newest_that_is_90_days_old_is_shown() -> None:
    shop = Shop()
    for euros in (100, 200, 300):
        buys(shop, "a", euros, shop.now)
        shop.take_snapshot()
        shop.now += 10 * DAY
    shop.now = NOW + 105 * DAY
    assert report(shop)["before"]["value"] == "300.00"
    shop.now = NOW + 110 * DAY
    assert report(shop)["before"]["value"] == "600.00"


def test_figures_of_more_than_120_days_ago_are_not_told_as_90_days_ago() -> None:
    shop = steady(30, 10, 20)
    shop.take_snapshot()
    shop.now += 121 * DAY
    assert report(shop)["before"] is None


# ---- who moved where ----


def moves(shop: Shop) -> dict[tuple[str, str], int]:
    return {(move["from"], move["to"]): move["customers"] for move in report(shop)["moved"]}


def test_who_changes_tier_is_counted_from_where_to_where() -> None:
    shop = Shop()
    for n in range(10):
        for part in range(2):
            buys(shop, f"c{n}", 100 + n, NOW - part * DAY)
    shop.take_snapshot()
    for n in range(10):
        shop.service.handle_event(replace(event("v", "visited", NOW, {}), customer=f"c/c{n}", id=f"v{n}"))
    assert moves(shop) == {("none", "gold"): 2, ("none", "bronze"): 8}
    for part in range(5):
        buys(shop, "c0", 5_000, NOW + part * DAY)
    assert moves(shop) == {("none", "gold"): 2, ("none", "bronze"): 8, ("bronze", "gold"): 1}


def test_moves_are_shown_for_thirteen_weeks() -> None:
    histogram = {f"m:none:gold:{NOW // population.WEEK - weeks}": 1 for weeks in (-1, 0, 12, 13)}
    assert population.moved(histogram, NOW) == {("none", "gold"): 2}


# ---- links and sources ----


def linked(customer: str, channel: str, at: int = NOW, type_: str = "channel_address_added") -> Event:
    return replace(event(f"{type_}-{customer}-{channel}-{at}", type_, at, {"channel": channel}), customer=customer)


@pytest.fixture
def shop() -> Shop:
    """With two channels that need a link."""
    compiled = small()
    channels = compiled.rulebook.channels
    sms = replace(channels["email"], id="sms", address="sms")
    return Shop(replace(compiled, rulebook=replace(compiled.rulebook, channels={**channels, "sms": sms})))


def links(shop: Shop) -> tuple[int, dict[str, int]]:
    told = report(shop)["reachable"]
    return told["customers"], {one["channel"]: one["customers"] for one in told["channels"]}


def test_customers_are_counted_once_and_per_channel_that_they_are_linked_over(shop: Shop) -> None:
    shop.service.handle_events([linked("c/a", "email"), linked("c/a", "sms"), linked("c/b", "email")])
    assert links(shop) == (2, {"email": 2, "sms": 1})


def test_a_link_that_is_removed_or_repeated_counts_no_more() -> None:
    shop = Shop()
    shop.service.handle_events([linked("c/a", "email"), linked("c/a", "email", NOW + 1)])
    assert links(shop) == (1, {"email": 1})
    shop.now += DAY
    shop.service.handle_events([linked("c/a", "email", NOW + DAY, "channel_address_removed")])
    assert links(shop) == (0, {})


def test_visitors_without_a_name_are_linked_customers_only_once_they_have_one() -> None:
    shop = Shop()
    shop.service.handle_events([linked("a/visitor", "email")])
    assert links(shop) == (0, {})
    aliased = event("alias", "aliased", NOW, {"anonymous_id": "visitor"})
    shop.service.handle_events([replace(aliased, customer="c/a")])
    assert links(shop) == (1, {"email": 1})


def test_a_channel_that_the_rulebook_does_not_know_is_not_listed() -> None:
    shop = Shop()
    shop.service.handle_events([linked("c/a", "session-42")])
    assert links(shop) == (1, {})


def sources(shop: Shop) -> dict[str, tuple[int, str]]:
    return {one["channel"]: (one["customers"], one["value"]) for one in report(shop)["sources"]}


def test_value_is_shown_by_the_channel_on_which_a_customer_was_first_seen() -> None:
    shop = Shop()
    buys(shop, "a", 100, NOW - 9 * DAY, "email")
    buys(shop, "a", 900, NOW, "web")
    buys(shop, "b", 30, NOW, "web")
    buys(shop, "c", 5, NOW)
    buys(shop, "d", 4, NOW, "session-42")
    assert sources(shop) == {
        "email": (1, "1000.00"),
        "web": (1, "30.00"),
        "unknown": (1, "5.00"),
        "other": (1, "4.00"),
    }


def test_an_event_that_arrives_late_moves_the_customer_to_the_earlier_source() -> None:
    shop = Shop()
    buys(shop, "a", 100, NOW, "web")
    buys(shop, "a", 10, NOW - 9 * DAY, "email")
    assert sources(shop) == {"email": (1, "110.00")}


def test_erasing_a_customer_takes_them_out_of_links_and_sources() -> None:
    shop = Shop()
    buys(shop, "a", 100, NOW, "web")
    shop.service.handle_events([linked("c/a", "email")])
    shop.service.erase("c/a")
    told = report(shop)
    assert (told["reachable"], told["sources"]) == ({"customers": 0, "channels": []}, [])


# ---- tiers by share of value ----


def shop_of(tiers: Tiers) -> Shop:
    compiled = small()
    shop = Shop(replace(compiled, rulebook=replace(compiled.rulebook, tiers=tiers)))
    for n, euros in enumerate((1_000, 500, 300, 100, 50, 30, 10, 5, 3, 2)):
        for part in range(2):
            buys(shop, f"c{n}", euros, NOW - part * DAY)
    return shop


def test_tiers_by_share_of_value_take_the_customers_who_bring_that_share() -> None:
    tiers = small().rulebook.tiers
    by_value = shop_of(replace(tiers, share_of="value", levels=_levels(tiers, 0.8)))
    by_customers = shop_of(replace(tiers, share_of="customers", levels=_levels(tiers, 0.8)))
    assert _gold(by_value) == (2, "3000.00")
    assert _gold(by_customers)[0] == 8


def _levels(tiers: Tiers, share: float) -> Any:
    return (replace(tiers.levels[0], enter_top=share, leave_top=share), *tiers.levels[1:])


def _gold(shop: Shop) -> tuple[int, str]:
    return next((tier["customers"], tier["value"]) for tier in report(shop)["tiers"] if tier["tier"] == "gold")


def test_only_who_is_linked_counts_where_tiers_ask_for_a_link() -> None:
    shop = shop_of(replace(small().rulebook.tiers, reachable=True))
    assert report(shop)["customers"] == 0
    shop.service.handle_events([linked("c/c1", "email")])
    assert report(shop)["customers"] == 1
    assert sources(shop) == {"unknown": (1, "1000.00")}


def test_who_has_fewer_orders_than_tiers_ask_for_does_not_count() -> None:
    shop = Shop()
    compiled = shop.live.compiled
    tiers = replace(compiled.rulebook.tiers, min_orders=2)
    shop.live = Live(replace(compiled, rulebook=replace(compiled.rulebook, tiers=tiers)), shop.live.snapshot)
    buys(shop, "a", 100, NOW - DAY)
    assert report(shop)["customers"] == 0
    buys(shop, "a", 100, NOW)
    assert report(shop)["customers"] == 1
