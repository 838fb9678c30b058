"""The stores that must keep the same promises: memory, one Redis server, a cluster."""

from collections.abc import Callable, Iterator

import pytest
from redis import Redis, RedisCluster

from service.ports import Ledger, Store
from storage.memory import MemoryStore
from storage.redis import connect
from tests.support import servers


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.embedded_server(tmp_path_factory.mktemp("server")) as server:
        yield server.url


@pytest.fixture(scope="session")
def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.cluster(tmp_path_factory.mktemp("cluster")) as url:
        yield url


@pytest.fixture
def client(server_url: str) -> Iterator[Redis]:
    """The empty server, for a look behind the store."""
    with Redis.from_url(server_url, protocol=2) as client:
        client.flushall()
        yield client


@pytest.fixture(params=["memory", "redis", "cluster"])
def open_store(request: pytest.FixtureRequest) -> Callable[[int], Store]:
    """Opens an empty store whose deliveries settle in so many milliseconds."""
    if request.param == "memory":
        return lambda _: MemoryStore()
    if request.param == "redis":
        request.getfixturevalue("client")
        url = request.getfixturevalue("server_url")
    else:
        url = request.getfixturevalue("cluster_url")
        with RedisCluster.from_url(url.replace("redis+cluster", "redis"), protocol=2) as nodes:
            nodes.flushall(target_nodes=RedisCluster.PRIMARIES)
    return lambda settle_ms: connect(url, timeout_s=2, settle_ms=settle_ms)


@pytest.fixture
def store(open_store: Callable[[int], Store]) -> Store:
    """An empty store. Its deliveries settle at once, so that no test has to wait for them."""
    return open_store(-1000)


@pytest.fixture
def ledger(store: Store) -> Ledger:
    """The ledger of an empty store."""
    return store.ledger
