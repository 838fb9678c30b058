"""The promises of `service.ports.Store` about one customer: who is due, what is kept of them, who was erased."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from engine.domain.ids import partition
from service.ports import Commit, Store
from tests.support.commits import decision_id, first_commit

NOW = 1_700_000_000_000
ODD_CUSTOMERS = ["c/漢字", "c/a b\n\0\"'", "c/~", "c/", "a/{p001}:due"]


def commit(store: Store, customer: str, due: int | None = None, **also: object) -> None:
    """Commit on whatever is there now."""
    change = Commit(customer, store.begin(customer, None).version, b"profile", due=due)
    assert store.commit(replace(change, **also))  # type: ignore[arg-type]


# ---- due ----


def test_customers_are_due_at_and_after_their_time_earliest_first(store: Store) -> None:
    for number in range(300):
        commit(store, f"c/{number}", NOW + 7 * number % 300)
    expected = sorted(((f"c/{number}", NOW + 7 * number % 300) for number in range(300)), key=lambda one: one[1])
    assert [due for _, due in store.due(NOW + 99, 1000)] == [due for _, due in expected if due <= NOW + 99]
    assert sorted(store.due(NOW + 300, 1000)) == sorted(expected)
    assert store.due(NOW - 1, 10) == []


@pytest.mark.parametrize("limit", [1, 20, 150])
def test_at_most_so_many_are_due_and_those_are_the_earliest(store: Store, limit: int) -> None:
    same = [customer for customer in (f"c/{n}" for n in range(40_000)) if partition(customer) == partition("c/0")][:100]
    others = [f"o/{number}" for number in range(100)]
    for number, customer in enumerate([*same, *others]):
        commit(store, customer, NOW + number)
    expected = [(customer, NOW + number) for number, customer in enumerate([*same, *others])]
    assert store.due(NOW + 1000, limit) == expected[:limit]


def test_none_are_due_where_none_are_asked_for(store: Store) -> None:
    commit(store, "c/mei", NOW)
    assert store.due(NOW, 0) == []


def test_every_commit_says_anew_when_the_customer_is_due(store: Store) -> None:
    commit(store, "c/mei", NOW)
    commit(store, "c/mei", NOW + 50)
    assert store.due(NOW + 49, 10) == []
    commit(store, "c/mei", NOW + 20)
    assert store.due(NOW + 49, 10) == [("c/mei", NOW + 20)]
    commit(store, "c/mei")
    assert store.due(NOW + 1000, 10) == []


@pytest.mark.parametrize("also", [{}, {"histogram": (("5", 1),)}, {"deliveries": (b"one",)}, {"record": b"record"}])
def test_the_due_time_goes_with_whatever_else_is_committed(store: Store, also: dict[str, object]) -> None:
    if "record" in also:
        also = also | {"decision_id": decision_id("c/mei", 1)}
    commit(store, "c/mei", NOW, **also)
    assert store.due(NOW, 10) == [("c/mei", NOW)]
    commit(store, "c/mei", None, **also)
    assert store.due(NOW, 10) == []


def test_a_lost_race_does_not_move_the_due_time(store: Store) -> None:
    commit(store, "c/mei", NOW)
    assert store.commit(Commit("c/mei", 0, b"late", due=NOW - 5)) is False
    assert store.commit(Commit("c/mei", 0, b"late")) is False
    assert store.due(NOW, 10) == [("c/mei", NOW)]


@pytest.mark.parametrize("customer", ODD_CUSTOMERS)
def test_any_customer_can_be_due(store: Store, customer: str) -> None:
    commit(store, customer, NOW)
    assert store.due(NOW, 10) == [(customer, NOW)]


# ---- what is kept of a customer ----


def test_the_records_of_a_customer_come_newest_first(store: Store) -> None:
    for number in range(1, 6):
        commit(store, "c/mei", decision_id=decision_id("c/mei", number), record=b"record %d" % number)
        commit(store, "c/mei")
        commit(store, "c/wei", decision_id=decision_id("c/wei", number), record=b"another's")
    assert store.records_of("c/mei") == [b"record %d" % number for number in range(5, 0, -1)]


def test_an_id_answered_twice_is_one_record(store: Store) -> None:
    for record in (b"first", b"second"):
        commit(store, "c/mei", decision_id=decision_id("c/mei", 1), record=record)
    assert store.records_of("c/mei") == [b"first"]


def test_the_deliveries_of_a_customer_come_oldest_first(store: Store) -> None:
    neighbour = next(c for c in (f"c/{n}" for n in range(9999)) if partition(c) == partition("c/mei"))
    for number in range(3):
        commit(store, "c/mei", deliveries=(b"%d a" % number, b"%d b" % number))
        commit(store, neighbour, deliveries=(b"another's",))
    assert store.deliveries_of("c/mei") == [b"0 a", b"0 b", b"1 a", b"1 b", b"2 a", b"2 b"]


def test_of_a_customer_never_seen_nothing_is_kept(store: Store) -> None:
    assert (store.records_of("c/mei"), store.deliveries_of("c/mei"), store.erased_at("c/mei")) == ([], [], 0)


# ---- erased ----


def test_erasing_leaves_the_moment_and_nothing_else(store: Store) -> None:
    store.commit(first_commit())
    assert store.erase("c/mei", (("5", -1), ("6", -2)), store.begin("c/mei", None).version, NOW)
    assert (store.records_of("c/mei"), store.deliveries_of("c/mei"), store.due(NOW * 2, 10)) == ([], [], [])
    assert (store.erased_at("c/mei"), store.erased_at("c/wei")) == (NOW, 0)


def test_who_is_erased_again_was_erased_at_the_latest_moment(store: Store) -> None:
    for at in (NOW, NOW + 5, NOW - 5):
        assert store.erase("c/mei", (), 0, at)
    assert store.erased_at("c/mei") == NOW + 5


def test_who_of_many_was_erased_is_told_at_once(store: Store) -> None:
    store.erase("c/mei", (), 0, NOW)
    assert store.erased_at_many(["c/wei", "c/mei"]) == [0, NOW]
    assert store.erased_at_many([]) == []


def test_a_customer_who_comes_back_is_known_to_have_been_erased(store: Store) -> None:
    store.commit(first_commit())
    store.erase("c/mei", (), store.begin("c/mei", None).version, NOW)
    store.commit(first_commit(number=2))
    assert store.erased_at("c/mei") == NOW
    assert store.records_of("c/mei") == [b"record"]


def test_a_lost_race_erases_nothing_and_leaves_no_moment(store: Store) -> None:
    store.commit(first_commit())
    assert store.erase("c/mei", (), store.begin("c/mei", None).version + 1, NOW) is False
    assert store.erase("c/mei", (), 0, NOW) is False
    assert store.erased_at("c/mei") == 0
    assert store.due(NOW, 10) == [("c/mei", NOW)]


@pytest.mark.parametrize("customer", ODD_CUSTOMERS)
def test_any_customer_can_be_erased(store: Store, customer: str) -> None:
    store.commit(first_commit(customer))
    assert store.erase(customer, (), store.begin(customer, None).version, NOW)
    assert [store.erased_at(one) for one in ODD_CUSTOMERS] == [NOW * (one == customer) for one in ODD_CUSTOMERS]


def test_whoever_wins_the_race_an_erased_customer_leaves_nothing(store: Store) -> None:
    """Writers go on until the erasure; whatever they wrote before it is gone, and nothing of it comes back."""

    def write(writer: int) -> None:
        for number in range(100):
            opened = store.begin("c/mei", None)
            if store.erased_at("c/mei"):
                return
            id_ = decision_id("c/mei", 1000 * writer + number)
            store.commit(Commit("c/mei", opened.version or 77, b"profile", id_, b"r", (b"x",), (("n", 1),), due=NOW))

    def erase() -> None:
        while True:
            version, count = store.begin("c/mei", None).version, store.histogram().get("n", 0)
            if store.erase("c/mei", (("n", -count),), version, NOW):
                return

    store.commit(Commit("c/mei", 0, b"profile"))
    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, writer) for writer in range(3)]
        pool.submit(erase).result()
        for writer in writers:
            writer.result()
    assert store.begin("c/mei", None).profile is None
    assert (store.records_of("c/mei"), store.deliveries(None, 1000)[0], store.due(NOW, 10)) == ([], [], [])


# ---- answers to an Idempotency-Key ----


def test_the_first_answer_to_a_key_stays(store: Store) -> None:
    assert store.remember("key", b"first", 60) is None
    assert store.remember("key", b"second", 60) == b"first"
    assert store.remember("key", b"first", 60) == b"first"


def test_an_answer_can_be_replaced_and_forgotten(store: Store) -> None:
    store.remember("key", b"in flight", 60)
    store.replace("key", b"", 60)
    assert store.remember("key", b"other", 60) == b""
    store.forget("key")
    assert store.remember("key", b"other", 60) is None


def test_forgetting_what_is_not_there_does_nothing(store: Store) -> None:
    store.forget("key")


def test_keys_of_any_length_and_content_are_kept_apart(store: Store) -> None:
    odd = ["", " ", "漢", "\ud800", "x" * 10_000, "x" * 10_001, "\n", "{p001}"]
    assert [store.remember(key, key[:3].encode(errors="replace"), 60) for key in odd] == [None] * len(odd)
    assert [store.remember(key, b"", 60) for key in odd] == [key[:3].encode(errors="replace") for key in odd]


def test_of_many_at_once_one_is_the_first(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda number: store.remember("key", b"%d" % number, 60), range(40)))
    (first,) = [number for number, one in enumerate(kept) if one is None]
    assert set(kept) == {None, b"%d" % first}
