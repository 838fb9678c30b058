"""What the Redis store promises beyond the port: round trips, memory, retention, faults of the server."""

import os
from collections.abc import Callable

import pytest
from redis import Redis

from engine.domain.ids import partition
from service.ports import Commit
from storage import keys
from storage.redis import RedisStore, connect
from tests.support.claims import NOW, claim

ID = f"d-{partition('c/mei'):02x}" + "7" * 20


@pytest.fixture
def store(server_url: str, client: Redis) -> RedisStore:
    return connect(server_url, timeout_s=2, settle_ms=-1000)


def commands(client: Redis, act: Callable[[], object]) -> dict[str, int]:
    """How often the server ran which command on behalf of what `act` does; those inside scripts count as well.

    The name that every new connection gets is left out.
    """
    client.config_resetstat()
    act()
    stats = client.info("commandstats")
    own = {"cmdstat_config|resetstat", "cmdstat_info", "cmdstat_client|setname"}
    return {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in stats.items() if name not in own}


def full_commit(version: int = 0) -> Commit:
    return Commit("c/mei", version, b"p" * 1400, ID, b"record", (b"one", b"two"), (("5", 1), ("6", -1)))


def test_begin_is_one_mget(store: RedisStore, client: Redis) -> None:
    store.ping()
    assert commands(client, lambda: store.begin("c/mei", ID)) == {"mget": 1}


def test_a_commit_of_a_profile_alone_touches_nothing_else(store: RedisStore, client: Redis) -> None:
    store.commit(Commit("c/mei", 0, b"first"))  # the server has seen the script
    version = store.begin("c/mei", None).version
    ran = commands(client, lambda: store.commit(Commit("c/mei", version, b"profile")))
    assert ran == {"evalsha": 1, "getrange": 1, "set": 1}


def test_only_the_first_commit_of_a_customer_touches_the_index(store: RedisStore, client: Redis) -> None:
    store.commit(Commit("c/wei", 0, b"first"))  # the server has seen the script
    first = commands(client, lambda: store.commit(Commit("c/mei", 0, b"profile")))
    assert first == {"evalsha": 1, "getrange": 1, "set": 1, "zadd": 1}
    version = store.begin("c/mei", None).version
    ran = commands(client, lambda: store.commit(full_commit(version)))
    assert "zadd" not in ran


def test_a_full_commit_is_one_script(store: RedisStore, client: Redis) -> None:
    store.commit(Commit("c/wei", 0, b"first"))
    ran = commands(client, lambda: store.commit(full_commit()))
    assert ran == {"evalsha": 1, "getrange": 1, "set": 2, "zadd": 1, "hincrby": 2, "time": 1, "xadd": 2}


def test_only_a_commit_with_a_due_time_before_or_after_it_touches_the_due_set(store: RedisStore, client: Redis) -> None:
    store.commit(Commit("c/wei", 0, b"first", due=NOW))
    version = store.begin("c/wei", None).version
    moved = commands(client, lambda: store.commit(Commit("c/wei", version, b"second", due=NOW + 1)))
    assert moved == {"evalsha": 1, "getrange": 1, "set": 1, "zadd": 1}
    version = store.begin("c/wei", None).version
    ended = commands(client, lambda: store.commit(Commit("c/wei", version, b"third")))
    assert ended == {"evalsha": 1, "getrange": 1, "set": 1, "zrem": 1}
    version = store.begin("c/wei", None).version
    none = commands(client, lambda: store.commit(Commit("c/wei", version, b"fourth")))
    assert none == {"evalsha": 1, "getrange": 1, "set": 1}


@pytest.mark.parametrize("act", ["reserve", "contact", "spend", "used"])
def test_the_ledger_is_asked_in_one_round_trip(store: RedisStore, client: Redis, act: str) -> None:
    store.ledger.reserve(claim(), NOW)
    method = getattr(store.ledger, act)
    ran = commands(client, lambda: method("gift", "", "", NOW) if act == "used" else method(claim(), NOW))
    assert ran["evalsha"] == 1
    assert "eval" not in ran


def test_everything_of_an_actions_ledger_lies_in_one_slot(store: RedisStore, client: Redis) -> None:
    store.ledger.reserve(claim(), NOW)
    assert {name.partition(b"}")[0] for name in client.scan_iter()} == {b"{b:gift"}


def test_many_are_one_pipeline_of_the_same_commands(store: RedisStore, client: Redis) -> None:
    store.commit(Commit("c/wei", 0, b"first"))
    asked = [(f"c/{number}", None) for number in range(50)]
    assert commands(client, lambda: store.begin_many(asked)) == {"mget": 50}
    ran = commands(client, lambda: store.commit_many([Commit(customer, 0, b"") for customer, _ in asked]))
    assert ran == {"evalsha": 50, "getrange": 50, "set": 50, "zadd": 50}


def test_many_on_a_cluster_ask_no_server_where_the_keys_are(cluster_url: str) -> None:
    store = connect(cluster_url, timeout_s=2)
    asked = [(f"c/{number}", None) for number in range(50)]
    store.commit_many([Commit(customer, 0, b"") for customer, _ in asked])
    assert len(store.begin_many(asked)) == 50
    with Redis.from_url(cluster_url.replace("redis+cluster", "redis"), protocol=2) as node:
        assert "cmdstat_command|getkeys" not in node.info("commandstats")


def test_asking_for_the_snapshot_number_is_one_get(store: RedisStore, client: Redis) -> None:
    store.put_snapshot(b"snapshot")
    assert commands(client, store.snapshot_number) == {"get": 1}


def test_scripts_the_server_has_forgotten_are_sent_again(store: RedisStore, client: Redis) -> None:
    client.script_flush()
    assert store.commit(full_commit())
    client.script_flush()
    assert store.commit_many([Commit(f"c/{number}", 0, b"") for number in range(3)]) == [True] * 3
    client.script_flush()
    assert store.put_snapshot(b"snapshot") == 1
    client.script_flush()
    assert store.erase("c/mei", (), store.begin("c/mei", None).version, NOW)


def test_all_keys_of_a_commit_lie_in_one_slot(store: RedisStore, client: Redis) -> None:
    store.commit(full_commit())
    assert {name[:6] for name in client.scan_iter()} == {keys.tag("c/mei").encode()}


def test_a_customer_without_records_takes_at_most_1700_bytes(store: RedisStore, client: Redis) -> None:
    customer = "c/customer-0000001234"
    store.commit(Commit(customer, 0, b"p" * 1400))
    store.commit(Commit(customer, store.begin(customer, None).version, os.urandom(1400)))
    (profile,) = [name for name in client.scan_iter() if b":c:" in name]
    assert client.memory_usage(profile, samples=0) <= 1700


def test_the_index_takes_at_most_110_bytes_per_customer(store: RedisStore, client: Redis) -> None:
    many = [name for name in (f"c/customer-{n:010d}" for n in range(400_000)) if partition(name) == 0][:1_000]
    store.commit_many([Commit(customer, 0, b"profile") for customer in many])
    assert client.memory_usage(keys.customers_key(keys.TAGS[0]), samples=0) <= 110 * len(many)


def test_fifty_records_add_at_most_48_bytes_to_the_other_keys_of_a_customer(store: RedisStore, client: Redis) -> None:
    store.commit(Commit("c/mei", 0, b"p" * 1400))
    key = keys.profile_key("c/mei")
    before = client.memory_usage(key, samples=0)
    for number in range(50):
        version = store.begin("c/mei", None).version
        store.commit(Commit("c/mei", version, b"p" * 1400, f"{ID[:4]}{number:020x}", b"record"))
    others = [name for name in client.scan_iter() if b":r:" not in name]
    assert set(others) == {key.encode(), keys.customers_key(keys.tag("c/mei")).encode()}
    assert client.memory_usage(key, samples=0) - before <= 48  # 24, rounded up by the allocator


def test_a_record_is_kept_for_the_days_asked_and_a_profile_for_good(server_url: str, client: Redis) -> None:
    connect(server_url, timeout_s=2, record_days=7).commit(full_commit())
    assert 7 * 86_400 - 60 < client.ttl(keys.record_key(ID)) <= 7 * 86_400
    assert client.ttl(keys.profile_key("c/mei")) == -1


def test_a_profile_lives_as_long_as_the_last_commit_says(store: RedisStore, client: Redis) -> None:
    key = keys.profile_key("a/visitor")
    for days, also in ((30, {}), (7, {"histogram": (("5", 1),)}), (30, {"due": NOW})):
        version = store.begin("a/visitor", None).version
        assert store.commit(Commit("a/visitor", version, b"profile", keep_days=days, **also))
        assert days * 86_400 - 60 < client.ttl(key) <= days * 86_400
    for also in ({}, {"due": NOW}):
        store.commit(Commit("a/visitor", store.begin("a/visitor", None).version, b"profile", **also))
        assert client.ttl(key) == -1


def test_who_was_due_and_ran_out_is_not_due(store: RedisStore, client: Redis) -> None:
    for customer in ("a/gone", "a/again", "a/there"):
        store.commit(Commit(customer, 0, b"profile", due=NOW, keep_days=1))
    client.delete(keys.profile_key("a/gone"), keys.profile_key("a/again"))  # as their time will
    store.commit(Commit("a/again", 0, b"begun anew, nothing due"))
    assert store.due(NOW, 1) == [("a/there", NOW)]
    assert store.due(NOW, 10) == [("a/there", NOW)]
    assert client.exists(*(keys.due_key(keys.tag(customer)) for customer in ("a/gone", "a/again"))) == 0


def test_a_tombstone_is_kept_for_400_days_and_does_not_name_the_customer(store: RedisStore, client: Redis) -> None:
    store.erase("c/mei", (), 0, NOW)
    (stone,) = [name for name in client.scan_iter() if b":t:" in name]
    assert 400 * 86_400 - 60 < client.ttl(stone) <= 400 * 86_400
    assert b"mei" not in stone


def test_all_processes_know_who_was_erased(server_url: str, client: Redis) -> None:
    connect(server_url, timeout_s=2).erase("c/mei", (), 0, NOW)
    assert connect(server_url, timeout_s=2).erased_at("c/mei") == NOW
    assert connect(server_url, timeout_s=2, erase_key=b"another").erased_at("c/mei") == 0


def test_a_key_that_is_given_is_not_kept_in_the_store(server_url: str, client: Redis) -> None:
    connect(server_url, timeout_s=2, erase_key=b"given").erase("c/mei", (), 0, NOW)
    assert connect(server_url, timeout_s=2, erase_key=b"given").erased_at("c/mei") == NOW
    assert client.exists(keys.ERASE_KEY) == 0


def test_an_answer_is_kept_for_the_seconds_asked(store: RedisStore, client: Redis) -> None:
    store.remember("key", b"in flight", 60)
    (key,) = client.scan_iter()
    assert 55 < client.ttl(key) <= 60
    store.replace("key", b"answer", 600)
    assert 595 < client.ttl(key) <= 600


def test_an_answer_sent_twice_because_the_reply_was_lost_finds_itself(
    store: RedisStore, client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.redis.secrets.token_bytes", lambda _: b"the mark")
    assert store.remember("key", b"in flight", 60) is None
    assert store.remember("key", b"in flight", 60) is None


def test_an_answer_is_remembered_by_one_script(store: RedisStore, client: Redis) -> None:
    store.remember("other", b"", 60)
    assert commands(client, lambda: store.remember("key", b"in flight", 60)) == {"evalsha": 1, "set": 1}


def test_old_deliveries_are_trimmed_when_new_ones_come(server_url: str, client: Redis) -> None:
    stream = keys.deliveries_key(keys.tag("c/mei"))
    for number in range(1, 1001):
        client.xadd(stream, {"c": "c/mei", "d": "old"}, id=f"{number}-0")
    connect(server_url, timeout_s=2, delivery_days=1).commit(full_commit())
    assert client.xlen(stream) < 200  # by whole nodes of a hundred entries


def test_a_counter_at_zero_is_not_kept(store: RedisStore, client: Redis) -> None:
    store.commit(Commit("c/mei", 0, b"", histogram=(("5", 1),)))
    store.commit(Commit("c/mei", store.begin("c/mei", None).version, b"", histogram=(("5", -1),)))
    assert client.exists(keys.histogram_key(keys.tag("c/mei"))) == 0


def test_only_the_last_thousand_snapshots_are_kept(store: RedisStore, client: Redis) -> None:
    for _ in range(1_005):
        store.put_snapshot(b"snapshot")
    assert sorted(int(number) for number in client.hkeys(keys.SNAPSHOTS)) == list(range(6, 1_006))


def test_a_delivery_is_not_read_before_it_has_settled(server_url: str, client: Redis) -> None:
    connect(server_url, timeout_s=2).commit(full_commit())
    assert connect(server_url, timeout_s=2, settle_ms=60_000).deliveries(None, 10)[0] == []
    assert connect(server_url, timeout_s=2, settle_ms=-1000).deliveries(None, 10)[0] == [b"one", b"two"]


def test_a_commit_sent_twice_because_its_answer_was_lost_is_applied_once_and_has_succeeded(
    store: RedisStore, client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.committing._drawn_version", lambda begin: begin + b"seventh")
    assert store.commit(full_commit())
    assert store.commit(full_commit())
    assert store.deliveries(None, 10)[0] == [b"one", b"two"]
    assert store.histogram() == {"5": 1, "6": -1}


def test_erasing_finds_a_customer_among_thousands_of_deliveries(store: RedisStore) -> None:
    neighbours = [c for c in (f"c/{n}" for n in range(20_000)) if keys.tag(c) == keys.tag("c/mei")]
    items = tuple(b"%d" % number for number in range(60))
    store.commit_many([Commit(c, 0, b"", deliveries=items) for c in neighbours[:30]])
    store.commit(full_commit())
    store.commit_many([Commit(c, 0, b"", deliveries=items) for c in neighbours[30:60]])
    store.erase("c/mei", (), store.begin("c/mei", None).version, NOW)
    left = store.deliveries(None, 10_000)[0]
    assert len(left) == 60 * min(len(neighbours), 60)
    assert b"one" not in left
