"""The promises of `service.ports.Store` about its index of customers."""

import pytest
from redis import Redis

from engine.domain.ids import PARTITIONS, partition
from service.customer_walk import PAGE, Upkeep, walk
from service.ports import Commit, Store
from storage import keys
from storage.redis import RedisStore, connect
from tests.contract.test_store_customers import NOW, commit

ODD_CUSTOMERS = ["c/漢字", "c/a b\n\0\"'", "c/~", "c/", "a/{p001}:due", "c/x:c:y", "a/*[?"]


def neighbours(count: int) -> list[str]:
    """Customers of one partition, in lexical order."""
    found = [name for name in (f"c/{n}" for n in range(count * 2 * PARTITIONS)) if partition(name) == 7]
    return sorted(found[:count])


def test_a_walk_meets_every_customer_with_a_profile_once(store: Store) -> None:
    assert list(walk(store)) == []
    known = {*(f"c/{number}" for number in range(3000)), *ODD_CUSTOMERS}
    for customer in known:
        commit(store, customer)
        commit(store, customer)
    store.erase("c/7", (), store.begin("c/7", None).version, NOW)
    assert sorted(walk(store)) == sorted(known - {"c/7"})


@pytest.mark.parametrize("customer", ODD_CUSTOMERS)
def test_any_customer_is_listed(store: Store, customer: str) -> None:
    commit(store, customer)
    assert list(walk(store)) == [customer]
    store.erase(customer, (), store.begin(customer, None).version, NOW)
    assert list(walk(store)) == []


def test_a_partition_is_read_in_lexical_order_from_after_a_name(store: Store) -> None:
    names = neighbours(30)
    for name in reversed(names):
        commit(store, name)
    assert store.customers_of(7, "", 100) == names
    assert store.customers_of(7, "", 10) == names[:10]
    assert store.customers_of(7, names[9], 10) == names[10:20]
    assert store.customers_of(7, names[9] + "!", 10) == names[10:20]
    assert store.customers_of(7, names[-1], 10) == []


def test_names_are_ordered_by_code_points(store: Store) -> None:
    odd = [f"c/{letter}{n}" for letter in ("z", "é", "漢", "\U0001f600") for n in range(2000)]
    names = [name for name in odd if partition(name) == 7]
    for name in names:
        commit(store, name)
    assert store.customers_of(7, "", 1000) == sorted(names)


def test_a_lost_race_lists_nobody(store: Store) -> None:
    assert not store.commit(Commit("c/mei", 5, b"late"))
    assert list(walk(store)) == []


def test_erasing_a_customer_without_a_profile_lists_nobody(store: Store) -> None:
    store.erase("c/mei", (), 0, NOW)
    assert list(walk(store)) == []


def test_building_the_index_again_changes_nothing(store: Store) -> None:
    for customer in ODD_CUSTOMERS:
        commit(store, customer)
    for _ in range(2):
        list(store.index_customers())
        assert sorted(walk(store)) == sorted(ODD_CUSTOMERS)


# ---- on Redis ----


@pytest.fixture
def redis_store(server_url: str, client: Redis) -> RedisStore:
    return connect(server_url, timeout_s=2, settle_ms=-1000)


def test_customers_of_a_version_without_the_index_are_listed_by_building_it(
    redis_store: RedisStore, client: Redis
) -> None:
    known = {*(f"c/{number}" for number in range(1000)), *ODD_CUSTOMERS}
    for customer in known:
        commit(redis_store, customer)
    client.delete(*map(keys.customers_key, keys.TAGS))
    assert sum(redis_store.index_customers()) == len(known)
    assert sorted(walk(redis_store)) == sorted(known)


def test_building_that_was_interrupted_goes_on_when_it_is_repeated(redis_store: RedisStore, client: Redis) -> None:
    known = {f"c/{number}" for number in range(1000)}
    for customer in known:
        commit(redis_store, customer)
    client.delete(*map(keys.customers_key, keys.TAGS))
    next(redis_store.index_customers())
    assert 0 < len(list(walk(redis_store))) < len(known)
    list(redis_store.index_customers())
    assert sorted(walk(redis_store)) == sorted(known)


def test_whoever_is_erased_while_the_index_is_built_is_not_listed(redis_store: RedisStore) -> None:
    for number in range(1000):
        commit(redis_store, f"c/{number}")
    building = redis_store.index_customers()
    next(building)
    for number in range(1000):
        redis_store.erase(f"c/{number}", (), redis_store.begin(f"c/{number}", None).version, NOW)
    list(building)
    assert list(walk(redis_store)) == []


def test_an_expired_profile_is_not_met_and_leaves_the_index(redis_store: RedisStore, client: Redis) -> None:
    names = neighbours(2 * PAGE)
    for name in names:
        commit(redis_store, name, keep_days=1)
    client.delete(*(keys.profile_key(name) for name in names[:-1]))  # as their time will
    assert redis_store.customers_of(7, "", 1) == names[-1:]
    assert client.zrange(keys.customers_key(keys.TAGS[7]), 0, -1) == [names[-1].encode()]


def test_expired_profiles_leave_the_index_although_nobody_walks(redis_store: RedisStore, client: Redis) -> None:
    names = [f"a/{number}" for number in range(500)]
    for name in names:
        commit(redis_store, name, keep_days=1)
    client.delete(*(keys.profile_key(name) for name in names))
    upkeep = Upkeep(redis_store)
    for _ in range(PARTITIONS):
        upkeep.step(range(PARTITIONS))
    assert client.exists(*map(keys.customers_key, keys.TAGS)) == 0


def test_upkeep_reads_partition_after_partition_page_by_page(redis_store: RedisStore, client: Redis) -> None:
    names = neighbours(2 * PAGE + 1)
    for name in names:
        commit(redis_store, name)
    upkeep = Upkeep(redis_store)
    upkeep.step({7, 9})
    upkeep.step({7, 9})
    client.delete(keys.profile_key(names[0]), keys.profile_key(names[-1]))
    upkeep.step({7, 9})  # the third page: the last name, not the first
    assert client.zrange(keys.customers_key(keys.TAGS[7]), 0, -1) == [name.encode() for name in names[:-1]]
    upkeep.step({7, 9})
    upkeep.step({7, 9})  # the next round
    assert client.zrange(keys.customers_key(keys.TAGS[7]), 0, -1) == [name.encode() for name in names[1:-1]]
