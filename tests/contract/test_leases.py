"""The promises of `storage.leases`: every partition has one worker, all have as much, what one leaves others take."""

from collections.abc import Callable

import pytest
from redis import Redis

from engine.domain.ids import PARTITIONS
from storage.connection import open_connection
from storage.leases import Leases
from tests.support.processes import eventually

LONG = 60_000
ALL = frozenset(range(PARTITIONS))


@pytest.fixture(params=["server", "cluster"])
def worker(request: pytest.FixtureRequest, client: Redis) -> Callable[..., Leases]:
    """Makes the leases of a worker of a name."""
    url = request.getfixturevalue(f"{request.param}_url")
    connection = open_connection(url, 2)
    connection.call("DEL", "{patron}:workers", "{patron}:leases")
    return lambda name, lasting_ms=LONG: Leases(connection, name, lasting_ms)


def test_one_worker_has_every_partition(worker: Callable[..., Leases]) -> None:
    assert worker("one").hold() == ALL


@pytest.mark.parametrize("count", [2, 3, 7])
def test_several_workers_share_all_partitions_evenly(worker: Callable[..., Leases], count: int) -> None:
    workers = [worker(f"w{number}") for number in range(count)]
    for one in workers:  # those who were there first give up what is too much, the others take it
        one.hold()
    for one in workers:
        one.hold()
    shares = [one.hold() for one in workers]
    assert frozenset().union(*shares) == ALL
    assert sum(map(len, shares)) == PARTITIONS
    assert max(map(len, shares)) <= -(-PARTITIONS // count)


def test_a_worker_keeps_its_partitions_while_nobody_comes_or_goes(worker: Callable[..., Leases]) -> None:
    one, other = worker("one"), worker("other")
    for leases in (one, other, one, other):
        leases.hold()
    assert one.hold() == one.hold()
    assert one.hold() & other.hold() == frozenset()


def test_what_a_worker_leaves_is_free_at_once(worker: Callable[..., Leases]) -> None:
    one, other = worker("one"), worker("other")
    for leases in (one, other, one, other):
        leases.hold()
    one.leave()
    assert other.hold() == ALL


def test_what_a_worker_does_not_renew_is_taken_over(worker: Callable[..., Leases]) -> None:
    gone, other = worker("gone", 50), worker("other")
    gone.hold()
    other.hold()
    assert eventually(lambda: other.hold() == ALL)
