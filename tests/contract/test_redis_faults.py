"""What the Redis store does when its server is gone, hangs, or holds what is not ours; and over forks."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from engine.domain.errors import StateUnavailable
from engine.domain.ids import partition
from runtime import embedded
from service.ports import Commit, Opened
from storage import keys
from storage.redis import RedisStore, connect
from tests.support.claims import NOW, claim
from tests.support.commits import decision_id

ID = decision_id("c/mei", 7)


@pytest.fixture
def store(server_url: str, client: Redis) -> RedisStore:
    return connect(server_url, timeout_s=2, settle_ms=-1000)


def full_commit() -> Commit:
    return Commit("c/mei", 0, b"p" * 1400, ID, b"record", (b"one", b"two"), (("5", 1), ("6", -1)))


@pytest.mark.parametrize("url", ["http://localhost", "localhost:6379", "", "valkey://x"])
def test_a_url_of_another_kind_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="scheme"):
        connect(url)


EVERY_METHOD: dict[str, Callable[[RedisStore], object]] = {
    "begin": lambda store: store.begin("c/mei", ID),
    "begin_many": lambda store: store.begin_many([("c/mei", ID)]),
    "commit": lambda store: store.commit(full_commit()),
    "commit_many": lambda store: store.commit_many([full_commit()]),
    "record": lambda store: store.record(ID),
    "deliveries": lambda store: store.deliveries(None, 10),
    "histogram": lambda store: store.histogram(),
    "put_snapshot": lambda store: store.put_snapshot(b""),
    "latest_snapshot": lambda store: store.latest_snapshot(),
    "put_controls": lambda store: store.put_controls(b"{}", 0),
    "controls": lambda store: store.controls(1),
    "news": lambda store: store.news(),
    "put_day": lambda store: store.put_day(20_000, b"{}"),
    "days": lambda store: store.days(),
    "snapshot_number": lambda store: store.snapshot_number(),
    "erase": lambda store: store.erase("c/mei", (), 1, NOW),
    "records_of": lambda store: store.records_of("c/mei"),
    "deliveries_of": lambda store: store.deliveries_of("c/mei"),
    "due": lambda store: store.due(NOW, 10),
    "customers_of": lambda store: store.customers_of(partition("c/mei"), "", 10),
    "index_customers": lambda store: list(store.index_customers()),
    "due_digests": lambda store: store.due_digests(),
    "put_due_digest": lambda store: store.put_due_digest({1}, "rules"),
    "erased_at": lambda store: store.erased_at("c/mei"),
    "remember": lambda store: store.remember("key", b"answer", 60),
    "replace": lambda store: store.replace("key", b"answer", 60),
    "forget": lambda store: store.forget("key"),
    "reserve": lambda store: store.ledger.reserve(claim(), NOW),
    "give_up": lambda store: store.ledger.give_up("gift", "r-1", "one"),
    "contact": lambda store: store.ledger.contact(claim(), NOW),
    "spend": lambda store: store.ledger.spend(claim(), NOW),
    "release": lambda store: store.ledger.release("gift", "r-1"),
    "withdraw": lambda store: store.ledger.withdraw("gift", "r-1"),
    "used": lambda store: store.ledger.used("gift", "", "", NOW),
    "ping": lambda store: store.ping(),
}


@pytest.fixture(scope="module", params=["unix", "redis", "redis+cluster"])
def nowhere(request: pytest.FixtureRequest) -> str:
    """URLs where nobody answers."""
    return {
        "unix": "unix:///nonexistent/patron.sock",
        "redis": "redis://127.0.0.1:1",
        "redis+cluster": "redis+cluster://127.0.0.1:1",
    }[request.param]


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_without_a_server_every_method_says_state_unavailable(nowhere: str, method: str) -> None:
    with pytest.raises(StateUnavailable):
        EVERY_METHOD[method](connect(nowhere))


WHATEVER_IS_THERE = {
    "ping",
    "snapshot_number",
    "latest_snapshot",
    "replace",
    "forget",
    "index_customers",
    "put_due_digest",
}
"""Methods that do not look at what is stored, or only at its type or name."""


@pytest.mark.parametrize("method", sorted(set(EVERY_METHOD) - WHATEVER_IS_THERE))
def test_a_refusal_of_the_server_is_state_unavailable_too(store: RedisStore, client: Redis, method: str) -> None:
    tag = keys.tag("c/mei")
    named = (keys.histogram_key, keys.deliveries_key, keys.due_key, keys.due_digest_key, keys.customers_key)
    partition_keys = [name(tag) for name in named]
    shop = (keys.SNAPSHOT_NUMBER, keys.CONTROLS_NUMBER, keys.CONTROLS, keys.DAYS)
    own = (keys.profile_key("c/mei"), *shop, keys.ERASE_KEY, keys.answer_key("key"))
    for name in (*own, *partition_keys, *keys.ledger_keys("gift")):
        client.lpush(name, "not what the store put there")
    client.lpush(keys.record_key(ID), "nor this")
    if method in ("begin", "begin_many"):  # MGET takes what is of another type for absent
        assert EVERY_METHOD[method](store) in (Opened(None, 0, None), [Opened(None, 0, None)])
        return
    with pytest.raises(StateUnavailable):
        EVERY_METHOD[method](store)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[embedded.Embedded]:
    server = embedded.start(tmp_path)
    yield server
    server.stop()


def test_a_store_goes_on_when_its_server_is_back_with_the_same_data(
    own_server: embedded.Embedded, tmp_path: Path
) -> None:
    store = connect(own_server.url)
    assert store.commit(full_commit())
    before = store.begin("c/mei", ID)
    own_server.stop()
    with pytest.raises(StateUnavailable):
        store.begin("c/mei", ID)
    again = embedded.start(tmp_path)
    try:
        assert store.begin("c/mei", ID) == before
    finally:
        again.stop()


def test_a_server_that_hangs_is_given_up(own_server: embedded.Embedded) -> None:
    store = connect(own_server.url, timeout_s=0.05)
    store.ping()
    with Redis.from_url(own_server.url, protocol=2) as client:
        client.client_pause(10_000)  # everything waits, a new connection's commands too
    with pytest.raises(StateUnavailable):  # who waits those ten seconds gets an answer
        store.begin("c/mei", ID)


def test_a_forked_child_uses_connections_of_its_own(store: RedisStore) -> None:
    store.commit(full_commit())
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        for _ in range(200):
            profile = store.begin("c/mei", None).profile
        os.write(writer, b"ok" if profile == b"p" * 1400 else b"no")
        os._exit(0)
    for _ in range(200):
        assert store.begin("c/mei", ID).record == b"record"
    assert os.read(reader, 2) == b"ok"
    os.waitpid(child, 0)
