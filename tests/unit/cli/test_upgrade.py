"""`patron upgrade` on a real store."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from service.customer_walk import walk
from service.live import NEWEST
from service.ports import UNNAMED, Commit, StoreFormat
from storage import keys
from storage.connection import open_connection
from storage.processes import Process, Processes
from storage.redis import RedisStore, connect
from tests.support.commands import patron
from tests.support.servers import embedded_server

KNOWN = [f"c/{number}" for number in range(300)]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded_server(tmp_path_factory.mktemp("server")) as server:
        yield server.url


@pytest.fixture
def store(url: str, monkeypatch: pytest.MonkeyPatch) -> RedisStore:
    """A store that a version without formats and without the index filled."""
    monkeypatch.setenv("REDIS_URL", url)
    store = connect(url, timeout_s=5)
    with Redis.from_url(url, client_name="patron/3") as client:
        client.flushall()
        store.commit_many([Commit(customer, 0, b"profile") for customer in KNOWN])
        client.delete(*map(keys.customers_key, keys.TAGS))
    return store


def report(url: str, reads: int) -> None:
    Processes(open_connection(url, 5), Process(f"host/{reads}/x", "0.1.0", reads)).report()


def test_a_store_that_nobody_else_uses_is_upgraded_and_its_customers_are_indexed(store: RedisStore) -> None:
    done = patron("upgrade")
    assert (done.exit_code, "300 customers indexed" in done.output) == (0, True)
    assert store.news().format == NEWEST
    assert sorted(walk(store)) == sorted(KNOWN)


def test_upgrading_again_changes_nothing_and_is_fine(store: RedisStore) -> None:
    assert [patron("upgrade").exit_code for _ in range(2)] == [0, 0]


def test_a_check_reports_and_changes_nothing(store: RedisStore, url: str) -> None:
    report(url, NEWEST.number)
    done = patron("upgrade", "--check")
    assert (done.exit_code, "host/3/x  version 0.1.0" in done.output) == (1, True)
    assert "run `patron upgrade`" in done.output
    assert store.news().format == UNNAMED
    assert list(walk(store)) == []


def test_a_process_that_reads_older_formats_only_keeps_the_store_from_being_upgraded(
    store: RedisStore, url: str
) -> None:
    report(url, 2)
    done = patron("upgrade")
    assert (done.exit_code, "! process host/2/x (version 0.1.0) reads formats up to 2" in done.output) == (1, True)
    assert store.news().format == UNNAMED


@pytest.mark.parametrize("name", [None, "patron/2", "somebody"])
def test_a_connection_that_is_not_known_to_read_it_keeps_the_store_from_being_upgraded(
    store: RedisStore, url: str, name: str | None
) -> None:
    with Redis.from_url(url, client_name=name) as other:
        other.get("x")
        done = patron("upgrade")
    assert (done.exit_code, f"({name or 'no name'}, last command get" in done.output) == (1, True)
    assert store.news().format == UNNAMED


def test_force_upgrades_although_a_connection_is_not_known(store: RedisStore, url: str) -> None:
    with Redis.from_url(url) as other:
        other.get("x")
        assert patron("upgrade", "--force").exit_code == 0
    assert store.news().format == NEWEST


def test_a_store_of_a_newer_version_is_refused_and_left_as_it_is(store: RedisStore) -> None:
    newer = StoreFormat(NEWEST.number + 1, NEWEST.number + 1)
    store.name_format(newer)
    done = patron("upgrade", "--force")
    assert (done.exit_code, "use the version that wrote the store" in done.output) == (1, True)
    assert store.news().format == newer


def test_the_report_is_there_as_json(store: RedisStore, url: str) -> None:
    report(url, NEWEST.number)
    told = json.loads(patron("upgrade", "--json").stdout)
    assert told == {
        "format": NEWEST.number,
        "before": 2,
        "newest": NEWEST.number,
        "processes": [{"name": "host/3/x", "version": "0.1.0", "reads": 3}],
        "against": [],
        "customers": 300,
    }


def test_without_a_store_it_names_what_upgrades_the_embedded_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    done = patron("upgrade")
    assert (done.exit_code, "`patron serve` upgrades its embedded store" in done.output) == (2, True)


def test_a_store_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REDIS_URL", f"unix://{tmp_path}/nobody.sock")
    done = patron("upgrade")
    assert (done.exit_code, "does not respond" in done.output) == (1, True)
