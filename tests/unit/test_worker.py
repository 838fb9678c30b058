"""What a worker does when something goes wrong: one customer, the store, the rules."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from api.metrics import Metrics
from engine.domain.errors import StateUnavailable
from engine.domain.ids import PARTITIONS
from engine.domain.times import DAY
from runtime.worker import Share, Worker
from service.live import Live
from service.ports import Commit
from storage.memory import MemoryStore
from tests.support.books import CUSTOMER, DAYS, NOW, action, event, made, on, order, reachable, rule
from tests.support.processes import eventually
from tests.support.services import Shop

SILENT = {"customer.days_since_last_order": {"at_least": 20}}


class Alone:
    """The leases of the only worker there is."""

    def __init__(self) -> None:
        self.left = False

    def hold(self) -> frozenset[int]:
        return frozenset(range(PARTITIONS))

    def leave(self) -> None:
        self.left = True


class Away(MemoryStore):
    """A store that is gone for a while."""

    gone = True
    asked = 0

    def due(self, until: int, limit: int, partitions: Collection[int] | None = None) -> list[tuple[str, int]]:
        self.asked += 1
        if self.gone:
            raise StateUnavailable("no answer")
        return super().due(until, limit, partitions)


def shop_of(store: MemoryStore | None = None) -> Shop:
    mail = action("mail", treatments=[on("email")], kind="service")
    return Shop(made([mail], [rule("r", "mail", trigger=["inactive"], when=SILENT)]), store)


@contextmanager
def working(shop: Shop, leases: Alone | None = None) -> Iterator[Metrics]:
    """A worker in a thread of its own, which is told to stop at the end of the block."""
    stop, metrics = threading.Event(), Metrics()
    share = Share(shop.service, shop.store, leases or Alone(), metrics, lambda: shop.now)  # type: ignore[arg-type]
    thread = threading.Thread(target=Worker(share, lambda: shop.live, 0.005, 0.05).run, args=(stop,))
    thread.start()
    try:
        yield metrics
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def silent_customer(shop: Shop) -> None:
    shop.service.handle_events([*reachable("email"), order("o1", NOW - 60 * DAY)])
    shop.now = NOW + DAY


def counts(metrics: Metrics) -> dict[str, float]:
    lines = metrics.exposition().decode().splitlines()
    found = [line.partition(" ") for line in lines if line.startswith("patron_timers_total{")]
    return {name.partition('outcome="')[2][:-2]: float(value) for name, _, value in found}


@pytest.fixture(autouse=True)
def _one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)


def test_a_customer_whose_data_is_broken_does_not_keep_the_others_waiting() -> None:
    shop = shop_of()
    assert shop.store.commit(Commit("c/broken", 0, b"not a profile", due=NOW - DAY))
    silent_customer(shop)
    with capture_logs() as logs, working(shop) as metrics:
        assert eventually(lambda: len(shop.service.deliveries(None, 10)[0]) == 1)
    assert counts(metrics) == {"decided": 1.0, "failed": 1.0}
    assert [line["event"] for line in logs].count("timer-failed") == 1
    assert all("c/broken" not in str(line.get("partition")) for line in logs)


def test_a_worker_waits_for_a_store_that_is_gone_and_goes_on() -> None:
    store = Away()
    shop = shop_of(store)
    silent_customer(shop)
    with capture_logs() as logs, working(shop):
        assert eventually(lambda: store.asked > 3)
        store.gone = False
        assert eventually(lambda: len(shop.service.deliveries(None, 10)[0]) == 1)
    told = [line["event"] for line in logs]
    assert (told.count("store-gone"), told.count("store-back")) == (1, 1)


def test_a_worker_that_stops_leaves_its_partitions() -> None:
    leases = Alone()
    with working(shop_of(), leases):
        pass
    assert leases.left


def test_due_times_are_worked_out_anew_once_for_other_rules() -> None:
    shop = shop_of()
    plain: dict[str, Any] = {"trigger": ["visited"]}
    other = Shop(made([action("mail", treatments=[on("email")])], [rule("r", "mail", **plain)]), shop.store)
    other.service.handle_events([order("o1", NOW - 3 * DAY), event("v", "visited", NOW, {"surface": "web"})])
    assert shop.store.due(NOW + 100 * DAY, 1) == []
    with capture_logs() as logs, working(shop):
        assert eventually(lambda: len(shop.store.due_digests()) == PARTITIONS)
    assert shop.store.due(NOW + 100 * DAY, 1) == [(CUSTOMER, DAYS.start(DAYS.of(NOW) + 17))]
    assert [line.get("customers") for line in logs if line["event"] == "timers-rescheduled"] == [1]
    with capture_logs() as again, working(shop):
        assert eventually(lambda: any(line["event"] == "partitions" for line in again))
    assert [line for line in again if line["event"].startswith("timers-")] == []


def test_due_times_are_worked_out_anew_when_the_rules_are_swapped_while_it_works() -> None:
    shop = shop_of()
    silent_customer(shop)
    shop.now = NOW - 50 * DAY
    with capture_logs() as logs, working(shop):
        assert eventually(lambda: len(shop.store.due_digests()) == PARTITIONS)
        first = shop.store.due(NOW + 100 * DAY, 1)
        mail, later = (
            action("mail", treatments=[on("email")], kind="service"),
            {"customer.days_since_last_order": {"at_least": 30}},
        )
        shop.live = Live(made([mail], [rule("r", "mail", trigger=["inactive"], when=later)]), shop.live.snapshot)
        assert eventually(lambda: shop.store.due(NOW + 100 * DAY, 1) == [(CUSTOMER, first[0][1] + 10 * DAY)])
        assert eventually(lambda: [line["event"] for line in logs].count("timers-rescheduled") == 2)
    digests = set(shop.store.due_digests().values())
    assert digests == {shop.live.compiled.due.digest}
