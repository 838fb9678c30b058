"""A customer's records are all found, newest first, whichever of them have expired; and all of them are erased."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from engine.domain.ids import decision_id
from service.ports import Commit
from storage import keys
from storage.redis import RedisStore, connect

CUSTOMER = "c/chained"


@pytest.fixture(scope="module")
def store(server_url: str) -> RedisStore:
    return connect(server_url, timeout_s=2, record_days=30, brief_record_days=7)


@pytest.fixture(scope="module")
def server(server_url: str) -> Redis:
    client: Redis = Redis.from_url(server_url)
    return client


def commit(store: RedisStore, number: int, brief: bool) -> str:
    name = decision_id(CUSTOMER, f"event/{number}")
    version = store.begin(CUSTOMER, None).version
    assert store.commit(Commit(CUSTOMER, version, b"profile", name, f"r{number}".encode(), brief=brief))
    return name


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.booleans(), max_size=12), st.integers(0, 12), st.integers(0, 12))
def test_expired_records_of_one_chain_hide_none_of_the_other(
    store: RedisStore, server: Redis, kinds: list[bool], gone_brief: int, gone_full: int
) -> None:
    server.flushall()
    names = [commit(store, number, brief) for number, brief in enumerate(kinds)]
    left = {gone: [n for n, brief in enumerate(kinds) if brief is gone] for gone in (True, False)}
    for brief, count in ((True, gone_brief), (False, gone_full)):  # the oldest of a chain expire first
        for number in left[brief][:count]:
            server.delete(keys.record_key(names[number]))
        left[brief] = left[brief][count:]
    expected = sorted([*left[True], *left[False]], reverse=True)
    assert store.records_of(CUSTOMER) == [f"r{number}".encode() for number in expected]
    if kinds:
        assert store.erase(CUSTOMER, (), store.begin(CUSTOMER, None).version, 1)
    assert list(server.scan_iter("*:r:*")) == []


def test_a_brief_record_expires_sooner(store: RedisStore, server: Redis) -> None:
    server.flushall()
    brief, full = commit(store, 1, True), commit(store, 2, False)
    assert 6 * 86_400 < server.ttl(keys.record_key(brief)) <= 7 * 86_400
    assert 29 * 86_400 < server.ttl(keys.record_key(full)) <= 30 * 86_400


def test_records_of_before_are_found_behind_those_of_today(store: RedisStore, server: Redis) -> None:
    server.flushall()
    old = commit(store, 1, False)
    assert server.getrange(keys.profile_key(CUSTOMER), 8, 8 + 1 + len(old) - 1) == bytes([len(old)]) + old.encode()
    commit(store, 2, True)
    commit(store, 3, False)
    assert store.records_of(CUSTOMER) == [b"r3", b"r2", b"r1"]
