"""The promises of `service.ports.Store` about the profile format that a store names, and about what processes poll."""

import pytest
from redis import Redis

from service.ports import UNNAMED, Head, News, Store, StoreFormat
from storage import keys
from storage.connection import open_connection
from storage.processes import Process, Processes, older_connections, running
from storage.redis import RedisStore, connect
from tests.contract.test_redis_store import commands
from tests.contract.test_store_customers import NOW, commit

NEW = StoreFormat(7, 3)


def test_a_brand_new_store_takes_the_format_that_it_begins_with(store: Store) -> None:
    assert store.news() == News()
    assert store.begin_format(NEW) == NEW
    assert store.news().format == NEW


def test_a_store_that_names_a_format_keeps_it_when_another_process_begins(store: Store) -> None:
    store.begin_format(NEW)
    assert store.begin_format(StoreFormat(8, 8)) == NEW
    assert store.news().format == NEW


def test_a_store_that_was_used_before_formats_were_named_keeps_naming_none(store: Store) -> None:
    store.erased_at("c/mei")
    commit(store, "c/mei", histogram=(("5", 1),))
    assert store.begin_format(NEW) == UNNAMED
    assert store.news().format == UNNAMED


def test_a_store_whose_customers_were_all_erased_is_not_brand_new(store: Store) -> None:
    store.erase("c/mei", (), 0, NOW)
    assert store.begin_format(NEW) == UNNAMED


def test_a_format_that_is_named_is_named_to_all(store: Store) -> None:
    store.name_format(NEW)
    assert store.news().format == NEW


def test_news_have_the_rulebook_the_snapshot_and_the_format(store: Store) -> None:
    assert store.revisions.put(Head(), b"entry", "digest", b"files")
    store.put_snapshot(b"one")
    store.put_snapshot(b"two")
    store.name_format(NEW)
    assert store.news() == News(Head(1, "digest"), 2, 0, NEW)


# ---- on Redis ----


@pytest.fixture
def redis_store(server_url: str, client: Redis) -> RedisStore:
    return connect(server_url, timeout_s=2)


@pytest.mark.parametrize("trace", [keys.WORKERS, keys.LEASES, keys.ERASE_KEY, keys.SNAPSHOT_NUMBER, "{p255}:h"])
def test_whatever_a_version_before_left_shows_that_the_store_was_used(
    redis_store: RedisStore, client: Redis, trace: str
) -> None:
    client.set(trace, "1")
    assert redis_store.begin_format(NEW) == UNNAMED


def test_news_are_four_reads(redis_store: RedisStore, client: Redis) -> None:
    redis_store.ping()
    assert commands(client, redis_store.news) == {"get": 4}


def test_processes_are_known_by_name_version_and_what_they_read(server_url: str, client: Redis) -> None:
    connection = open_connection(server_url, 2)
    own, other = Process("host/1/a b", "1.2", 3), Process("host/2/c", "0.9", 2)
    for one in (own, other, own):
        Processes(connection, one).report()
    assert running(connection) == [own, other]


def test_a_process_reports_again_only_after_a_while(server_url: str, client: Redis) -> None:
    processes = Processes(open_connection(server_url, 2), Process("host/1/a", "1", 3))
    processes.report()
    assert commands(client, processes.report) == {}


def test_a_process_that_is_not_heard_of_any_more_is_forgotten(server_url: str, client: Redis) -> None:
    connection = open_connection(server_url, 2)
    Processes(connection, Process("host/1/a", "1", 3)).report()
    client.zadd(keys.PROCESSES, {"host/1/a 1 3": 5})
    assert running(connection) == []
    Processes(connection, Process("host/2/b", "1", 3)).report()
    assert client.zcard(keys.PROCESSES) == 1


def test_connections_of_versions_before_are_told_by_their_missing_name(server_url: str, client: Redis) -> None:
    connection = open_connection(server_url, 2)
    before = len(older_connections(connection, 3))
    with Redis.from_url(server_url, protocol=2) as old, Redis.from_url(server_url, client_name="patron/2") as older:
        old.get("x")
        older.get("x")
        assert len(older_connections(connection, 3)) == before + 2
    with Redis.from_url(server_url, client_name="patron/9") as newer:
        newer.get("x")
        assert len(older_connections(connection, 3)) == before


def test_connections_of_a_cluster_are_those_of_all_its_servers(cluster_url: str) -> None:
    connect(cluster_url, timeout_s=2).due(NOW, 1)  # connects to every server
    names = [client["name"] for client in open_connection(cluster_url, 2).clients()]
    assert sum(name.startswith("patron/") for name in names) >= 2
