"""The promises of `service.ports.Revisions`: numbered, whole or not at all, in turn, the last so many kept."""

from concurrent.futures import ThreadPoolExecutor

from service.ports import REVISIONS_KEPT, Head, Revisions, Store
from storage import keys
from storage.redis import RedisStore


def publish(revisions: Revisions, name: str, files: str | None = None) -> bool:
    digest = files or f"digest-{name}"
    return revisions.put(revisions.head(), name.encode(), digest, f"files of {digest}".encode())


def test_before_anything_is_published_there_is_number_0(store: Store) -> None:
    assert store.revisions.head() == Head(0, "")
    assert store.revisions.entries() == []
    assert store.revisions.files("digest") is None


def test_publications_are_numbered_and_read_newest_first(store: Store) -> None:
    revisions = store.revisions
    assert all(publish(revisions, name) for name in ("one", "two", "three"))
    assert revisions.head() == Head(3, "digest-three")
    assert revisions.entries() == [b"three", b"two", b"one"]
    assert revisions.files("digest-two") == b"files of digest-two"


def test_what_was_published_in_between_refuses_and_nothing_of_it_is_stored(store: Store) -> None:
    revisions = store.revisions
    old = revisions.head()
    assert publish(revisions, "one")
    assert not revisions.put(old, b"late", "late", b"files")
    assert revisions.entries() == [b"one"]
    assert revisions.files("late") is None


def test_the_number_alone_does_not_do_where_the_store_was_put_back(store: Store) -> None:
    revisions = store.revisions
    assert publish(revisions, "one")
    assert not revisions.put(Head(1, "another"), b"late", "late", b"files")


def test_of_many_who_publish_at_once_on_the_same_one_goes_through(store: Store) -> None:
    revisions = store.revisions
    for number in range(5):
        head = revisions.head()

        def put(who: int, head: Head = head, number: int = number) -> bool:
            return revisions.put(head, f"{number}/{who}".encode(), f"d{number}/{who}", b"files")

        with ThreadPoolExecutor(8) as threads:
            assert sum(threads.map(put, range(8))) == 1
        assert revisions.head().number == number + 1
    assert len(revisions.entries()) == 5


def test_a_call_that_is_sent_again_knows_that_it_went_through(store: Store) -> None:
    revisions = store.revisions
    assert revisions.put(Head(), b"one", "d1", b"files")
    assert revisions.put(Head(), b"one", "d1", b"files")
    assert revisions.head() == Head(1, "d1")
    assert publish(revisions, "two")
    assert revisions.put(Head(), b"one", "d1", b"files")
    assert revisions.entries() == [b"two", b"one"]


def test_the_last_so_many_are_kept_and_files_as_long_as_one_of_them_names_them(store: Store) -> None:
    revisions = store.revisions
    assert publish(revisions, "shared", "shared")
    assert publish(revisions, "alone")
    assert publish(revisions, "again", "shared")
    for number in range(REVISIONS_KEPT - 1):
        assert publish(revisions, f"more-{number}")
    assert len(revisions.entries()) == REVISIONS_KEPT
    assert revisions.entries()[-1] == b"again"
    assert revisions.files("alone") is None
    assert revisions.files("shared") == b"files of shared"
    assert publish(revisions, "one more")
    assert revisions.files("shared") is None
    assert revisions.head().number == REVISIONS_KEPT + 3


def test_all_lies_in_one_slot_and_takes_no_more_keys(store: Store) -> None:
    assert publish(store.revisions, "one")
    if isinstance(store, RedisStore):
        names = (keys.RULEBOOK_HEAD, keys.RULEBOOK_ENTRIES, keys.RULEBOOK_DIGESTS, keys.RULEBOOK_FILES)
        assert {name.partition(":")[0] for name in names} == {"{rulebook}"}
