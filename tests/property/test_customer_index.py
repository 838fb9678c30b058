"""Whatever is committed, erased or expired, the index lists exactly the customers with a profile."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import Redis

from engine.domain.ids import partition
from service.customer_walk import walk
from service.ports import Commit, Store
from storage import keys
from storage.memory import MemoryStore
from storage.redis import connect
from tests.support.servers import embedded_server

NAMES = [*[name for name in (f"c/{n}" for n in range(3000)) if partition(name) < 2][:8], "a/漢 字", "a/~", "c/é"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["commit", "late", "record", "erase", "expire", "build", "walk"]), st.sampled_from(NAMES)
    ),
    max_size=40,
)


@dataclass
class Server:
    """A real server; None for the store in memory, where nothing expires."""

    store: Store
    client: Redis | None = None


@pytest.fixture(scope="module", params=["memory", "redis"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str | None]:
    if request.param == "memory":
        yield None
        return
    with embedded_server(tmp_path_factory.mktemp("server")) as server:
        yield server.url


def fresh(url: str | None) -> Server:
    if url is None:
        return Server(MemoryStore())
    client = Redis.from_url(url, protocol=2)
    client.flushall()
    return Server(connect(url, timeout_s=5), client)


def take(server: Server, step: str, name: str) -> None:
    store, version = server.store, server.store.begin(name, None).version
    if step == "commit":
        store.commit(Commit(name, version, b"profile", keep_days=30))
    elif step == "record":
        id_ = f"d-{partition(name):02x}1"
        store.commit(Commit(name, version, b"profile", id_, b"record", histogram=(("5", 1),), due=1_700_000_000_000))
    elif step == "late":
        store.commit(Commit(name, version + 1, b"profile"))
    elif step == "erase":
        store.erase(name, (), version, 1_700_000_000_000)
    elif step == "expire" and server.client is not None:
        server.client.delete(keys.profile_key(name))
    elif step == "build":
        list(store.index_customers())
    elif step == "walk":
        list(walk(store, [partition(name)]))


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_the_index_lists_exactly_the_customers_with_a_profile(url: str | None, steps: list[tuple[str, str]]) -> None:
    server = fresh(url)
    for step, name in steps:
        take(server, step, name)
    stored = {name for name in NAMES if server.store.begin(name, None).profile is not None}
    found = list(walk(server.store))
    assert (sorted(found), len(set(found))) == (sorted(stored), len(found))
