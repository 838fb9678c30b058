"""The store's promises about controls: numbered, none overwritten unseen, the last so many kept."""

from concurrent.futures import ThreadPoolExecutor

from redis import Redis

from service.ports import CONTROLS_KEPT, News, Store
from storage import keys
from storage.redis import RedisStore, connect


def test_before_anything_is_stored_there_is_number_0(store: Store) -> None:
    assert store.news() == News()
    assert store.controls(0) is None


def test_controls_are_numbered_from_one_and_former_ones_stay(store: Store) -> None:
    assert store.put_controls(b"one", 0)
    assert store.put_controls(b"two\0", 1)
    assert store.news().controls == 2
    assert [store.controls(number) for number in (1, 2, 3)] == [b"one", b"two\0", None]


def test_what_was_stored_in_between_is_not_overwritten(store: Store) -> None:
    assert store.put_controls(b"one", 0)
    assert not store.put_controls(b"late", 0)
    assert not store.put_controls(b"too early", 2)
    assert (store.news().controls, store.controls(1)) == (1, b"one")


def test_of_many_who_store_at_once_after_the_same_one_goes_through(store: Store) -> None:
    for number in range(5):

        def put(who: int, number: int = number) -> bool:
            return store.put_controls(f"{number}/{who}".encode(), number)

        with ThreadPoolExecutor(8) as threads:
            assert sum(threads.map(put, range(8))) == 1
        assert store.news().controls == number + 1


def test_a_call_that_is_sent_again_knows_that_it_went_through(store: Store) -> None:
    assert store.put_controls(b"one", 0)
    assert store.put_controls(b"one", 0)
    assert store.put_controls(b"two", 1)
    assert store.put_controls(b"one", 0)
    assert (store.news().controls, store.controls(2)) == (2, b"two")


def test_the_last_so_many_are_kept(store: Store) -> None:
    for number in range(CONTROLS_KEPT + 1):
        assert store.put_controls(b"%d" % number, number)
    assert store.controls(1) is None
    assert store.controls(2) == b"1"
    assert store.news().controls == CONTROLS_KEPT + 1


def test_the_numbers_of_snapshot_and_controls_do_not_depend_on_each_other(store: Store) -> None:
    store.put_snapshot(b"snapshot")
    assert store.put_controls(b"one", 0)
    store.put_snapshot(b"snapshot")
    assert store.news() == News(snapshot=2, controls=1)


def test_all_of_it_lies_in_one_slot_and_a_script_that_was_forgotten_is_sent_again(
    server_url: str, client: Redis
) -> None:
    store: RedisStore = connect(server_url, timeout_s=2)
    client.script_flush()
    assert store.put_controls(b"one", 0)
    assert {*client.scan_iter()} == {keys.CONTROLS_NUMBER.encode(), keys.CONTROLS.encode()}
    assert {name.partition(":")[0] for name in (keys.CONTROLS_NUMBER, keys.CONTROLS)} == {"{controls}"}
