"""Orders as shops live them: returns never exceed what was paid, later versions replace, cancelled is not returned."""

from dataclasses import replace
from typing import Any

import pytest

from engine.domain.events import Event
from engine.domain.facts import Counter
from engine.domain.profile import Profile, Purchases, apply
from engine.domain.profile.apply import applied
from engine.domain.profile.counters import plan, totals
from engine.domain.profile.state import RETURNS_KEPT
from engine.domain.times import DAY
from tests.support.books import CUSTOMER, DAYS, NOW, event, order

LINES = ({"line_id": "1", "sku": "K-1", "amount": 3_000}, {"line_id": "2", "sku": "K-2", "amount": 7_000})


def after(*events: Event) -> Purchases:
    profile = Profile(CUSTOMER)
    for happened in events:
        profile = apply(profile, happened, {}, DAYS)
    return profile.purchases


def reason(*events: Event) -> str | None:
    """Why the last of these events has no effect."""
    profile, why = Profile(CUSTOMER), None
    for happened in events:
        profile, why = applied(profile, happened, {}, DAYS)
    return why


def returned(amount: int, id: str = "r", days: int = 1, **properties: Any) -> Event:
    return event(id, "order_returned", NOW + days * DAY, {"order_id": "o1", "amount": amount, **properties})


def cancelled(days: int = 1) -> Event:
    return event("x", "order_cancelled", NOW + days * DAY, {"order_id": "o1"})


def updated(total: int, id: str = "u", days: int = 1, **properties: Any) -> Event:
    return event(id, "order_updated", NOW + days * DAY, {"order_id": "o1", "total": total, **properties})


PLACED = order("o1", NOW, 10_000)


def test_an_order_is_never_paid_back_above_what_was_paid() -> None:
    bought = after(PLACED, returned(6_000), returned(10_000, "r2", 3))
    assert (bought.spend, bought.returned, bought.returns) == (0, 10_000, 1)


def test_a_second_partial_return_counts() -> None:
    bought = after(PLACED, returned(1_000), returned(2_500, "r2", 3))
    assert (bought.spend, bought.returned, bought.returns) == (6_500, 3_500, 1)


def test_a_line_returned_under_two_event_ids_is_paid_back_once() -> None:
    placed = order("o1", NOW, 10_000, lines=LINES)
    lines = (LINES[0],)
    bought = after(placed, returned(3_000, lines=lines), returned(3_000, "r2", 2, lines=lines))
    assert bought.spend == 7_000


def test_a_return_that_names_no_line_is_bounded_by_the_order_alone() -> None:
    bought = after(order("o1", NOW, 10_000, lines=LINES), returned(3_000), returned(3_000, "r2", 2))
    assert bought.spend == 4_000


def test_a_return_of_a_line_that_the_order_does_not_name_is_bounded_by_the_order() -> None:
    other = ({"line_id": "9", "amount": 4_000},)
    placed = order("o1", NOW, 10_000, lines=LINES)
    assert after(placed, *(returned(4_000, f"r{n}", lines=other) for n in range(3))).spend == 0


def test_a_return_above_what_is_left_has_no_effect_and_says_so() -> None:
    assert reason(PLACED, returned(10_000), returned(1, "r2", 2)) == "returned-already"


def test_a_return_of_an_unknown_order_takes_effect_when_the_order_arrives() -> None:
    assert reason(returned(4_000)) == "order-unknown"
    assert after(returned(4_000)).spend == 0
    assert after(returned(4_000), PLACED).spend == 6_000


def test_a_cancellation_of_an_unknown_order_takes_effect_when_the_order_arrives() -> None:
    assert reason(cancelled()) == "order-unknown"
    bought = after(cancelled(), PLACED)
    assert (bought.order_count, bought.spend, bought.days_bought) == (0, 0, 0)


@pytest.mark.parametrize("events", [(returned(4_000), cancelled(2)), (cancelled(1), returned(4_000, days=2))])
def test_a_cancelled_order_that_is_paid_back_is_no_return(events: tuple[Event, ...]) -> None:
    bought = after(PLACED, *events)
    assert (bought.order_count, bought.spend, bought.returns, bought.returned) == (0, 0, 0, 0)


def test_a_cancelled_order_that_is_cancelled_or_returned_again_says_so() -> None:
    assert reason(PLACED, cancelled(), replace(cancelled(2), id="x2")) == "order-cancelled"
    assert reason(PLACED, cancelled(), returned(100, days=2)) == "order-cancelled"


def test_a_return_of_nothing_says_so() -> None:
    assert reason(PLACED, returned(0)) == "nothing-returned"


def test_an_order_sent_again_with_the_same_content_says_so() -> None:
    again = replace(PLACED, id="other")
    assert reason(PLACED, again) == "order-known"
    assert after(PLACED, again) == after(PLACED)


@pytest.mark.parametrize("later", [updated(4_000), replace(order("o1", NOW + DAY, 4_000), id="other")])
def test_a_later_version_replaces_the_earlier_and_keeps_its_day(later: Event) -> None:
    for events in ((PLACED, later), (later, PLACED)):
        bought = after(*events)
        assert (bought.order_count, bought.days_bought, bought.spend) == (1, 1, 4_000)
        assert bought.first_time == bought.last_time == NOW


def test_an_earlier_version_that_arrives_late_says_so() -> None:
    assert reason(PLACED, updated(4_000, days=3), updated(5_000, "u2", days=2)) == "superseded"


def test_returns_are_bounded_by_the_newest_version() -> None:
    bought = after(PLACED, returned(8_000, days=1), updated(5_000, days=2))
    assert (bought.spend, bought.returned) == (0, 5_000)


def test_a_return_in_a_foreign_currency_uses_the_rate_of_the_order() -> None:
    placed = order("o1", NOW, 9_000, sent=("USD", 10_000))
    bought = after(placed, returned(9_900, sent=("USD", 10_000)))  # the dollar has risen since
    assert (bought.spend, bought.returned) == (0, 9_000)


def test_a_part_in_a_foreign_currency_uses_the_rate_of_the_order() -> None:
    placed = order("o1", NOW, 9_000, sent=("USD", 10_000))
    assert after(placed, returned(4_950, sent=("USD", 5_000))).spend == 4_500


def test_the_margin_of_a_cut_return_is_cut_alike() -> None:
    lines = ({"line_id": "1", "amount": 10_000, "cost": 4_000},)
    bought = after(order("o1", NOW, 10_000, lines=lines), returned(20_000, lines=({**lines[0], "amount": 20_000},)))
    assert (bought.spend, bought.margin) == (0, 6_000 - 8_000)


def test_the_returns_kept_of_an_order_are_bounded() -> None:
    many = [returned(1, f"r{n}", n) for n in range(RETURNS_KEPT + 1)]
    assert reason(PLACED, *many) == "too-many-returns"
    assert after(PLACED, *many).spend == 10_000 - RETURNS_KEPT


def test_a_correction_of_a_cancelled_order_says_that_it_is_cancelled() -> None:
    assert reason(PLACED, cancelled(), updated(4_000, days=2)) == "order-cancelled"


def test_an_order_exported_again_after_its_correction_is_not_counted_twice() -> None:
    plans = plan({"c": Counter("orders_100d", "order_completed", 100 * DAY)})
    profile = Profile(CUSTOMER)
    for happened in (PLACED, updated(4_000), replace(PLACED, id="other")):
        profile = apply(profile, happened, plans, DAYS)
    counting = [one for of in plans.values() for one in of]
    assert totals(profile.counters, counting, DAYS.of(NOW + DAY)) == {"orders_100d": 1}


def test_products_of_an_order_count_once_whatever_comes_first() -> None:
    placed = order("o1", NOW, 10_000, lines=LINES)
    for events in ((placed, updated(9_000, lines=LINES)), (updated(9_000, lines=LINES), placed)):
        profile = Profile(CUSTOMER)
        for happened in events:
            profile = apply(profile, happened, {}, DAYS)
        assert {sku: units for sku, (units, _) in profile.skus.items()} == {"K-1": 1, "K-2": 1}
