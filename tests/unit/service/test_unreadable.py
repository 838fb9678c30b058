"""A stored profile that cannot be read is a clear error of that customer alone, and can be erased."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from engine.domain.errors import NotFound, UnreadableState
from engine.domain.profile.codec import FORMAT
from engine.value.tiers import Snapshot
from service.live import Live
from service.ports import Commit, StoreFormat
from tests.support.books import CUSTOMER, NOW, event, order
from tests.support.people import COOKIE, aliased, of_cookie
from tests.support.services import Shop, recommendations, request, small

NEWER = bytes((FORMAT + 1, FORMAT + 1, 0))
DAMAGED = b"\x03\x03\x01garbage"


def spoilt(shop: Shop, customer: str = CUSTOMER, data: bytes = NEWER) -> None:
    """What is stored of the customer becomes unreadable."""
    assert shop.store.commit(Commit(customer, shop.store.begin(customer, None).version, data))


@pytest.mark.parametrize("data", [NEWER, DAMAGED])
@pytest.mark.parametrize("call", ["event", "stored", "request", "customer", "export", "due"])
def test_every_call_for_an_unreadable_customer_says_so(call: str, data: bytes) -> None:
    shop = Shop()
    spoilt(shop, data=data)
    service = shop.service
    calls: dict[str, Any] = {
        "event": lambda: service.handle_event(event("v", "visited", NOW, {"surface": "web"}, decide="outbound")),
        "stored": lambda: service.handle_event(order("o1")),
        "request": lambda: service.handle_request(request("home.banner")),
        "customer": lambda: service.customer(CUSTOMER),
        "export": lambda: service.export(CUSTOMER),
        "due": lambda: service.handle_due(CUSTOMER),
    }
    with pytest.raises(UnreadableState, match="stored profile"):
        calls[call]()


def test_of_many_events_only_those_of_an_unreadable_customer_are_refused() -> None:
    shop = Shop()
    spoilt(shop)
    answers = shop.service.handle_events([order("o1").of("c/ada"), order("o2"), order("o3").of("c/kim")])
    assert [isinstance(answer, UnreadableState) for answer in answers] == [False, True, False]
    assert shop.profile("c/ada") is not None
    assert shop.profile("c/kim") is not None


def test_an_unreadable_customer_is_erased_with_records_and_deliveries_and_it_is_logged() -> None:
    shop = Shop()
    shop.service.handle_event(order("o1"))
    assert recommendations(shop.service.handle_request(request("home.banner")))
    spoilt(shop)
    with capture_logs() as logs:
        shop.service.erase(CUSTOMER)
    assert shop.store.begin(CUSTOMER, None).profile is None
    assert shop.store.records_of(CUSTOMER) == []
    assert shop.store.erased_at(CUSTOMER) == NOW
    (line,) = [line for line in logs if line["event"] == "erasing-unreadable"]
    assert "mei" not in str(line)
    with pytest.raises(NotFound):
        shop.service.customer(CUSTOMER)


def test_what_an_unreadable_customer_brought_stays_in_the_counters() -> None:
    shop = Shop()
    shop.service.handle_event(order("o1", NOW, 1_000))
    spoilt(shop)
    shop.service.erase(CUSTOMER)
    assert shop.store.histogram()["value"] == 1_000


def test_an_unreadable_alias_is_erased_with_its_customer() -> None:
    shop = Shop()
    shop.service.handle_events([*of_cookie(order("o1"))])
    shop.service.handle_event(aliased("x"))
    spoilt(shop, COOKIE)
    shop.service.erase(CUSTOMER)
    assert shop.store.begin(COOKIE, None).profile is None


def test_an_unreadable_anonymous_customer_is_erased() -> None:
    shop = Shop()
    spoilt(shop, COOKIE)
    shop.service.erase(COOKIE)
    assert shop.store.begin(COOKIE, None).profile is None


# ---- the format of the store ----


@pytest.mark.parametrize(("named", "written"), [(1, 2), (2, 2), (3, 3), (4, 3)])
def test_profiles_are_written_in_the_format_of_the_store_or_the_nearest(named: int, written: int) -> None:
    shop = Shop()
    shop.live = Live(small(), Snapshot(), named=StoreFormat(named, 2))
    shop.service.handle_event(order("o1"))
    stored = shop.store.begin(CUSTOMER, None).profile
    assert stored is not None
    assert stored[0] == written


def test_a_store_that_only_newer_versions_can_read_makes_the_service_not_ready() -> None:
    shop = Shop()
    assert shop.service.status()["ready"] is True
    shop.live = Live(small(), Snapshot(), named=StoreFormat(FORMAT + 1, FORMAT))
    assert shop.service.status()["ready"] is True
    shop.live = Live(small(), Snapshot(), named=StoreFormat(FORMAT + 1, FORMAT + 1))
    status = shop.service.status()
    assert status["ready"] is False
    assert f"format {FORMAT + 1}, readable from {FORMAT + 1}" in status["store"]
