"""The promises of `service.ports.Store`, held by every store."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.ids import partition
from service.ports import DAYS_KEPT, Commit, Opened, Store
from tests.support.commits import decision_id, first_commit

NOW = 1_700_000_000_000

ODD_CUSTOMERS = [
    "c/" + "漢" * 98,
    "c/" + "🎈" * 98,
    "a/{p001}:c:c/1",
    "c/a b\n\0\"'",
    "c/~",
    "c/%7E",
    "c/",
    "c/" + "x" * 98,
]


def all_deliveries(store: Store) -> list[bytes]:
    return store.deliveries(None, 10_000)[0]


def state(store: Store, customer: str, id_: str) -> tuple[Opened, bytes | None, Sequence[bytes], dict[str, int]]:
    return store.begin(customer, id_), store.record(id_), all_deliveries(store), dict(store.histogram())


def test_a_customer_never_seen_has_no_profile_and_version_zero(store: Store) -> None:
    assert store.begin("c/mei", decision_id("c/mei", 1)) == Opened(None, 0, None)
    assert store.begin("c/mei", None) == Opened(None, 0, None)


def test_what_was_committed_is_there_at_the_next_begin(store: Store) -> None:
    assert store.commit(first_commit())
    opened = store.begin("c/mei", decision_id("c/mei", 2))
    assert (opened.profile, opened.record) == (b"profile", None)
    assert opened.version > 0


def test_a_commit_moves_the_version_on(store: Store) -> None:
    store.commit(first_commit())
    first = store.begin("c/mei", None).version
    assert store.commit(Commit("c/mei", first, b"second"))
    assert store.begin("c/mei", None).version not in (0, first)
    assert store.begin("c/mei", None).profile == b"second"


@pytest.mark.parametrize("stale", ["none", "older", "never given"])
def test_a_lost_race_changes_nothing_at_all(store: Store, stale: str) -> None:
    store.commit(first_commit())
    older = store.begin("c/mei", None).version
    store.commit(Commit("c/mei", older, b"newer"))
    before = state(store, "c/mei", decision_id("c/mei", 2))
    version = {"none": 0, "older": older, "never given": 77}[stale]
    assert store.commit(replace(first_commit(number=2), version=version)) is False
    assert state(store, "c/mei", decision_id("c/mei", 2)) == before


def test_a_version_given_for_a_customer_never_seen_is_a_lost_race(store: Store) -> None:
    assert store.commit(replace(first_commit(), version=1)) is False
    assert state(store, "c/mei", decision_id("c/mei", 1)) == (Opened(None, 0, None), None, [], {})


def test_an_id_that_was_answered_gives_the_first_record_for_good(store: Store) -> None:
    commit = first_commit()
    store.commit(commit)
    opened = store.begin(commit.customer, commit.decision_id)
    assert opened.record == b"record"
    store.commit(replace(commit, version=opened.version, record=b"another"))
    assert store.begin(commit.customer, commit.decision_id).record == b"record"


def test_a_record_is_found_by_its_decision_id_alone(store: Store) -> None:
    store.commit(first_commit())
    assert store.record(decision_id("c/mei", 1)) == b"record"


@pytest.mark.parametrize(
    "unknown", [f"d-{17:02x}" + "0" * 20, "d-zz", "", "d-", "nonsense", "d-00{}", "d-00ü", "\ud800"]
)
def test_a_decision_id_never_given_has_no_record(store: Store, unknown: str) -> None:
    assert store.record(unknown) is None


@pytest.mark.parametrize("customer", ODD_CUSTOMERS)
def test_any_customer_id_is_kept_apart_from_all_others(store: Store, customer: str) -> None:
    for number, one in enumerate(ODD_CUSTOMERS):
        assert store.commit(replace(first_commit(one), profile=str(number).encode()))
    opened = store.begin(customer, decision_id(customer, 1))
    assert opened.profile == str(ODD_CUSTOMERS.index(customer)).encode()
    assert store.erase(customer, (), opened.version, NOW)
    assert len(all_deliveries(store)) == len(ODD_CUSTOMERS) - 1


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    customer=st.text(st.characters(exclude_categories=["Cs"]), max_size=100), profile=st.binary(), record=st.binary()
)
def test_bytes_come_back_as_they_went_in(store: Store, customer: str, profile: bytes, record: bytes) -> None:
    id_ = decision_id(customer, 1)
    before = store.begin(customer, id_)
    store.erase(customer, (), before.version, NOW)
    assert store.commit(Commit(customer, 0, profile, id_, record, (profile, record)))
    opened = store.begin(customer, id_)
    assert (opened.profile, opened.record, store.record(id_)) == (profile, record, record)
    assert {profile, record} <= set(all_deliveries(store))


def test_a_commit_may_change_the_profile_alone(store: Store) -> None:
    assert store.commit(Commit("c/mei", 0, b"\0"))
    assert store.begin("c/mei", None).profile == b"\0"
    assert (all_deliveries(store), dict(store.histogram())) == ([], {})


def test_many_are_answered_in_the_order_asked(store: Store) -> None:
    customers = [f"c/{number}" for number in range(300)]
    assert store.commit_many([first_commit(customer) for customer in customers]) == [True] * 300
    asked = [(customer, decision_id(customer, 1)) for customer in customers] + [("c/nobody", None)]
    opened = store.begin_many(asked)
    assert [one.record for one in opened] == [b"record"] * 300 + [None]
    again = [
        replace(first_commit(customer), version=one.version if number % 2 else 0)
        for number, (customer, one) in enumerate(zip(customers, opened, strict=False))
    ]
    assert store.commit_many(again) == [bool(i % 2) for i in range(300)]


def test_many_of_nothing_is_nothing(store: Store) -> None:
    assert (store.begin_many([]), store.commit_many([])) == ([], [])


def test_of_two_commits_for_one_customer_in_one_batch_the_second_loses(store: Store) -> None:
    assert store.commit_many([Commit("c/mei", 0, b"one"), Commit("c/mei", 0, b"two")]) == [True, False]
    assert store.begin("c/mei", None).profile == b"one"


def test_the_histogram_sums_all_customers(store: Store) -> None:
    for number in range(40):
        store.commit(Commit(f"c/{number}", 0, b"", histogram=(("5", 1), (str(number), 3), ("-2.5", -4))))
    expected = {str(number): 3 for number in range(40)} | {"-2.5": -160}
    expected["5"] += 40
    assert store.histogram() == expected


def test_the_histogram_goes_back_to_nothing(store: Store) -> None:
    store.commit(first_commit())
    store.commit(Commit("c/mei", store.begin("c/mei", None).version, b"", histogram=(("5", -1), ("6", -2))))
    assert all(count == 0 for count in store.histogram().values())


def test_deliveries_come_oldest_first_and_once_along_a_cursor(store: Store) -> None:
    expected = [str(number).encode() for number in range(25)]
    version = 0
    for item in expected:  # one customer: the order within one millisecond is then that of the commits
        store.commit(Commit("c/mei", version, b"", deliveries=(item,)))
        version = store.begin("c/mei", None).version
    seen, cursor = store.deliveries(None, 10)
    assert seen == expected[:10]
    for limit in (1, 4, 100):
        items, cursor = store.deliveries(cursor, limit)
        seen += items
    assert seen == expected
    assert store.deliveries(cursor, 10) == ([], cursor)


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_deliveries_of_many_customers_are_all_read_page_by_page(store: Store, limit: int) -> None:
    commits = [Commit(f"c/{n}", 0, b"", deliveries=tuple(b"%d-%d" % (n, i) for i in range(n % 7))) for n in range(60)]
    store.commit_many(commits)
    page, cursor = store.deliveries(None, limit)
    seen: list[bytes] = []
    while page:
        assert len(page) <= limit
        seen += page
        page, cursor = store.deliveries(cursor, limit)
    assert sorted(seen) == sorted(item for commit in commits for item in commit.deliveries)


def test_a_page_is_full_while_there_is_more_even_when_one_customer_has_it_all(store: Store) -> None:
    items = tuple(b"%d" % number for number in range(700))
    store.commit(Commit("c/mei", 0, b"", deliveries=items))
    page, cursor = store.deliveries(None, 500)
    assert page == list(items[:500])
    assert store.deliveries(cursor, 500)[0] == list(items[500:])


def test_two_readers_have_a_cursor_each(store: Store) -> None:
    store.commit(first_commit())
    _, one = store.deliveries(None, 10)
    version = store.begin("c/mei", None).version
    store.commit(Commit("c/mei", version, b"", deliveries=(b"later",)))
    assert store.deliveries(one, 10)[0] == [b"later"]
    assert len(store.deliveries(None, 10)[0]) == 2


def test_no_deliveries_give_a_cursor_that_finds_the_first_one(store: Store) -> None:
    items, cursor = store.deliveries(None, 10)
    assert items == []
    store.commit(first_commit())
    assert len(store.deliveries(cursor, 10)[0]) == 1


def test_a_cursor_can_be_put_into_a_url_as_it_is(store: Store) -> None:
    store.commit(first_commit())
    assert store.deliveries(None, 10)[1].replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "cursor", ["", "x", "1-2", "-1", "1-2-3-4", "1-999-3", "1-2-x", " 1", "1\n", "٣", "9" * 40, "(1-0"]
)
def test_a_cursor_not_ours_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        store.deliveries(cursor, 10)


def test_snapshots_are_numbered_from_one(store: Store) -> None:
    assert (store.snapshot_number(), store.latest_snapshot()) == (0, None)
    assert [store.put_snapshot(b"one"), store.put_snapshot(b"two\0")] == [1, 2]
    assert (store.snapshot_number(), store.latest_snapshot()) == (2, (2, b"two\0"))


def test_the_latest_of_many_snapshots_is_there(store: Store) -> None:
    for number in range(1, 41):
        assert store.put_snapshot(b"%d" % number) == number
    assert store.latest_snapshot() == (40, b"40")


def test_the_figures_of_a_day_are_kept_the_newest_of_it(store: Store) -> None:
    assert store.days() == {}
    store.put_day(20_000, b"morning")
    store.put_day(20_001, b"next\0")
    store.put_day(20_000, b"evening")
    assert store.days() == {20_000: b"evening", 20_001: b"next\0"}


def test_days_are_dropped_when_they_are_too_old(store: Store) -> None:
    for day in (20_000, 20_001, 20_000 + DAYS_KEPT):
        store.put_day(day, b"x")
    assert sorted(store.days()) == [20_001, 20_000 + DAYS_KEPT]


def test_erasing_removes_profile_records_deliveries_and_counts_of_that_customer_only(store: Store) -> None:
    neighbour = next(c for c in (f"c/{n}" for n in range(9999)) if partition(c) == partition("c/mei"))
    store.commit(replace(first_commit(neighbour), deliveries=(b"stays",)))
    version = 0
    for number in range(1, 6):
        store.commit(replace(first_commit(number=number), version=version))
        version = store.begin("c/mei", None).version
    store.commit(Commit("c/mei", version, b"a commit without a record does not break the chain"))
    version = store.begin("c/mei", None).version
    assert store.erase("c/mei", (("5", -5), ("6", -10)), version, NOW)
    assert store.begin("c/mei", None) == Opened(None, 0, None)
    assert [store.record(decision_id("c/mei", number)) for number in range(1, 6)] == [None] * 5
    assert (all_deliveries(store), store.histogram()) == ([b"stays"], {"5": 1, "6": 2})
    assert store.begin(neighbour, decision_id(neighbour, 1)).record == b"record"


def test_erasing_after_a_lost_race_changes_nothing(store: Store) -> None:
    store.commit(first_commit())
    before = state(store, "c/mei", decision_id("c/mei", 1))
    assert store.erase("c/mei", (("5", -1),), before[0].version + 1, NOW) is False
    assert state(store, "c/mei", decision_id("c/mei", 1)) == before


def test_erasing_what_is_not_there_is_done_already(store: Store) -> None:
    assert store.erase("c/mei", (("5", -1),), 0, NOW)
    assert dict(store.histogram()) == {}


def test_a_commit_begun_before_an_erasure_does_not_bring_the_customer_back(store: Store) -> None:
    store.commit(first_commit())
    version = store.begin("c/mei", None).version
    store.erase("c/mei", (), version, NOW)
    assert store.commit(Commit("c/mei", version, b"ghost")) is False
    store.commit(first_commit(number=2))
    assert store.commit(Commit("c/mei", version, b"ghost")) is False


def test_a_reader_of_deliveries_goes_on_over_an_erasure(store: Store) -> None:
    store.commit(first_commit())
    _, cursor = store.deliveries(None, 10)
    store.erase("c/mei", (), store.begin("c/mei", None).version, NOW)
    store.commit(replace(first_commit(number=2), deliveries=(b"new",)))
    assert store.deliveries(cursor, 10)[0] == [b"new"]


def test_a_store_that_is_there_answers_a_ping(store: Store) -> None:
    store.ping()


def increment(store: Store, customer: str, times: int) -> None:
    """Add one to the number in the profile, the histogram and the deliveries, `times` times, whatever others do."""
    for _ in range(times):
        done = False
        while not done:
            opened = store.begin(customer, None)
            count = int(opened.profile or b"0") + 1
            number = count * 1000 + threading.get_ident() % 1000
            commit = Commit(
                customer, opened.version, b"%d" % count, decision_id(customer, number), b"r", (b"x",), (("n", 1),)
            )
            done = store.commit(commit)


def test_increments_of_parallel_writers_are_all_counted_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: increment(store, "c/mei", 200), range(8)))
    assert store.begin("c/mei", None).profile == b"1600"
    assert store.histogram() == {"n": 1600}
    assert len(all_deliveries(store)) == 1600


def test_a_reader_misses_no_delivery_while_others_write(open_store: Callable[[int], Store]) -> None:
    store = open_store(20)
    seen: list[bytes] = []
    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write_deliveries, store, writer) for writer in range(4)]
        cursor = None
        while len(seen) < 800:
            items, cursor = store.deliveries(cursor, 50)
            seen += items
            for writer in writers:
                assert not (writer.done() and writer.exception())
    assert len(seen) == len(set(seen)) == 800


def write_deliveries(store: Store, writer: int) -> None:
    for number in range(200):
        customer = f"c/{writer}-{number}"
        assert store.commit(Commit(customer, 0, b"", deliveries=(customer.encode(),)))
