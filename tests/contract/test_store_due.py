"""The promises of `service.ports.Store` to a worker: due customers of its share, and what due times come from."""

from engine.domain.ids import PARTITIONS, partition
from service.ports import Commit, Store

NOW = 1_700_000_000_000


def commit(store: Store, customer: str, due: int | None = None) -> None:
    version = store.begin(customer, None).version
    assert store.commit(Commit(customer, version, b"profile", due=due))


def test_only_those_of_the_named_partitions_are_due(store: Store) -> None:
    customers = [f"c/{number}" for number in range(200)]
    for number, customer in enumerate(customers):
        commit(store, customer, NOW + number)
    share = frozenset(range(0, PARTITIONS, 3))
    expected = [(one, NOW + number) for number, one in enumerate(customers) if partition(one) in share]
    assert store.due(NOW + 1000, 1000, share) == expected
    assert store.due(NOW + 1000, 5, share) == expected[:5]
    assert store.due(NOW + 1000, 1000, frozenset()) == []
    assert len(store.due(NOW + 1000, 1000)) == 200


def test_a_look_at_who_is_due_takes_nobody_away(store: Store) -> None:
    for number in range(20):
        commit(store, f"c/{number}", NOW + number % 3)
    first = store.due(NOW + 5, 100)
    assert len(first) == 20
    assert store.due(NOW + 5, 100) == first
    assert store.due(NOW + 5, 3) == first[:3]


def test_a_due_time_that_moves_to_and_fro_counts_once(store: Store) -> None:
    for due in (NOW, NOW + 9, NOW, NOW + 9, NOW):
        commit(store, "c/mei", due)
    assert store.due(NOW + 100, 10) == [("c/mei", NOW)]


def test_what_the_due_times_of_a_partition_follow_from_is_kept(store: Store) -> None:
    assert store.due_digests() == {}
    store.put_due_digest({1, 2, 255}, "one")
    store.put_due_digest({2}, "other")
    assert store.due_digests() == {1: "one", 2: "other", 255: "one"}
