"""Orders that a profile has no room for: stored with its commit, kept as long, erased with it, in every store."""

import threading

import pytest
from redis import Redis

from engine.domain.profile.state import ORDERS_KEPT
from engine.domain.times import DAY
from service.ports import Commit, Store
from storage.keys import older_orders_key
from storage.redis import RedisStore, connect
from tests.support.books import CUSTOMER, NOW, event, order
from tests.support.commits import decision_id
from tests.support.services import Shop

FULL: dict[str, object] = {"histogram": (("5", 1),), "deliveries": (b"one",), "due": NOW, "record": b"record"}


def version(store: Store, customer: str = "c/mei") -> int:
    return store.begin(customer, None).version


@pytest.mark.parametrize("also", [{}, {"due": NOW}, {**FULL, "decision_id": decision_id("c/mei", 1)}])
def test_they_are_stored_with_the_commit_whatever_else_it_stores(store: Store, also: dict[str, object]) -> None:
    assert store.older_orders("c/mei") == b""
    assert store.commit(Commit("c/mei", 0, b"profile", older_orders=b"orders", **also))  # type: ignore[arg-type]
    assert store.older_orders("c/mei") == b"orders"
    assert store.begin("c/mei", None).profile == b"profile"
    assert dict(store.histogram()) == dict(also.get("histogram", ()))  # type: ignore[call-overload]


def test_a_commit_that_says_nothing_of_them_leaves_them(store: Store) -> None:
    store.commit(Commit("c/mei", 0, b"profile", older_orders=b"orders"))
    assert store.commit(Commit("c/mei", version(store), b"next", has_older_orders=True))
    assert store.older_orders("c/mei") == b"orders"


def test_a_lost_race_changes_none_of_them(store: Store) -> None:
    store.commit(Commit("c/mei", 0, b"profile", older_orders=b"orders"))
    assert not store.commit(Commit("c/mei", 0, b"other", older_orders=b"others"))
    assert store.older_orders("c/mei") == b"orders"


def test_none_left_none_is_stored(store: Store) -> None:
    store.commit(Commit("c/mei", 0, b"profile", older_orders=b"orders"))
    store.commit(Commit("c/mei", version(store), b"next", older_orders=b""))
    assert store.older_orders("c/mei") == b""


def test_they_are_erased_with_the_customer(store: Store) -> None:
    store.commit(Commit("c/mei", 0, b"profile", older_orders=b"orders"))
    assert store.erase("c/mei", (), version(store), NOW)
    assert store.older_orders("c/mei") == b""


@pytest.fixture
def redis_store(client: Redis, server_url: str) -> RedisStore:
    return connect(server_url, timeout_s=2)


def test_they_live_as_long_as_the_profile(redis_store: RedisStore, client: Redis) -> None:
    redis_store.commit(Commit("a/v", 0, b"profile", keep_days=1, older_orders=b"orders"))
    assert 86_000 < client.ttl(older_orders_key("a/v")) <= 86_400
    redis_store.commit(Commit("a/v", version(redis_store, "a/v"), b"next", keep_days=30, has_older_orders=True))
    assert client.ttl(older_orders_key("a/v")) > 29 * 86_400


def test_two_senders_at_once_lose_none_of_a_customers_orders(store: Store) -> None:
    shop = Shop(store=store)
    total = ORDERS_KEPT + 40
    orders = [order(f"o{number}", NOW - number * DAY, 100) for number in range(total)]
    senders = [threading.Thread(target=shop.send_all, args=(orders[start::2],)) for start in (0, 1)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    profile = shop.profile()
    assert profile is not None
    assert (profile.purchases.order_count, profile.purchases.older) == (total, 40)
    shop.service.handle_event(event("x", "order_cancelled", NOW, {"order_id": f"o{total - 1}"}, customer=CUSTOMER))
    after = shop.profile()
    assert after is not None
    assert (after.purchases.order_count, after.purchases.spend) == (total - 1, (total - 1) * 100)
