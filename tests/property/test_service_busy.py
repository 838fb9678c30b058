"""Whatever customers do, whatever fails, in whatever order: no limit and no cap is passed, nothing is lost or doubled.

Both stores go through the same lives. What must be so is worked out from what the callers were told alone.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from redis import Redis

from benchmarks.stress_log import Line, mosts
from engine.decisioning.control_group import withheld_by
from engine.domain.times import DAY, HOUR, MINUTE
from service.ports import GRACE, Store
from storage.memory import MemoryStore
from storage.redis import connect
from tests.support import servers
from tests.support.busy_shop import BusyShop
from tests.support.flaky_store import no_answer
from tests.support.scarce import CUSTOMERS, with_limit

T = TypeVar("T")
PLACEMENTS = ("home.banner", "home.side", "account.next")
LIMITS = [("gift", "stock", 4), ("coupon", "budget", 2_500), ("sample", "total", 5), ("letter", "total", 3)]

customers = st.sampled_from(CUSTOMERS)
placements = st.lists(st.sampled_from(PLACEMENTS), max_size=3, unique=True).map(tuple)
events = st.sampled_from(
    [
        ("visited", {"surface": "web"}),
        ("complaint_opened", {"complaint_id": "q"}),
        ("consent_changed", {"channel": "email", "purposes": ["marketing"], "granted": False}),
        ("consent_changed", {"channel": "email", "purposes": ["marketing"], "granted": True}),
    ]
)
outcomes = st.sampled_from(["impression", "impression", "sent", "click", "accept", "convert", "reject", "ignore"])
positions = st.integers(0, 3) | st.integers(0, 40)
ago = st.sampled_from([0, 0, MINUTE, 2 * HOUR])
trips = st.integers(1, 8)


class BusyMachine(RuleBasedStateMachine):
    """Callers, a clock, an editor of rules, and a store that sometimes fails."""

    open: Callable[[], Store]

    def __init__(self) -> None:
        super().__init__()
        self.busy = BusyShop(self.open())
        self.before: dict[tuple[str, str, str], int] = {}

    # ---- callers ----

    @rule(customer=customers, asked=placements)
    def ask(self, customer: str, asked: tuple[str, ...]) -> None:
        self.busy.ask(customer, *asked)

    @rule(asked=placements)
    def rush(self, asked: tuple[str, ...]) -> None:
        """All want the same."""
        for customer in CUSTOMERS:
            self.busy.ask(customer, *asked)

    @rule(customer=customers, happened=events, decide=st.sampled_from(["outbound", "none", ("home.banner",)]))
    def happen(self, customer: str, happened: tuple[str, dict[str, object]], decide: object) -> None:
        self.busy.tell_event(customer, *happened, decide)

    @precondition(lambda self: self.busy.free_lines())
    @rule(which=positions, outcome=outcomes, before=ago)
    def tell(self, which: int, outcome: str, before: int) -> None:
        line = self.line(which)
        self.busy.tell(line, outcome, max(line.decided, self.busy.now - before))

    @precondition(lambda self: self.told())
    @rule(which=positions, what=positions)
    def tell_again(self, which: int, what: int) -> None:
        """The same outcome once more, whatever came since."""
        line = pick(self.told(), which)
        self.busy.tell(line, pick(line.told, what).outcome, self.busy.now)

    @precondition(lambda self: self.accepted())
    @rule(which=positions)
    def undo(self, which: int) -> None:
        self.busy.tell(pick(self.accepted(), which), "undo", self.busy.now)

    @precondition(lambda self: self.busy.free_lines())
    @rule(which=positions, outcome=outcomes | st.just("order"), decide=st.sampled_from(["outbound", "none"]))
    def tell_by_event(self, which: int, outcome: str, decide: str) -> None:
        if outcome == "order":
            self.busy.order_naming(self.line(which))
        else:
            self.busy.tell_by_event(self.line(which), outcome, decide)

    @rule(which=positions)
    def repeat(self, which: int) -> None:
        """A request or an event once more, long after it was answered, or before."""
        sent = [*map(self.busy.asking, self.busy.requests), *map(self.busy.progress, self.busy.events)]
        waiting = {one.name for one in self.busy.unanswered}
        answered = [one for one in sent if one.name not in waiting]
        self.busy.sends(pick(answered, which))

    # ---- the world ----

    @rule(ms=st.sampled_from([1, MINUTE, HOUR, HOUR, 7 * HOUR, DAY, DAY + GRACE, 3 * DAY, -MINUTE, -2 * HOUR]))
    def pass_by(self, ms: int) -> None:
        self.busy.pass_by(ms)

    @rule(limit=st.sampled_from(LIMITS), data=st.data())
    def edit(self, limit: tuple[str, str, int], data: st.DataObject) -> None:
        name, what, highest = limit
        most = data.draw(st.integers(1, highest))
        compiled = with_limit(self.busy.shop.live.compiled, name, what, most)
        self.busy.edit(compiled)

    @rule(trip=trips, happened=st.booleans())
    def lose(self, trip: int, happened: bool) -> None:
        """A round trip of what comes next gets no answer: it was not carried out, or it was."""
        self.busy.store.at(trip, **({"after": no_answer} if happened else {"before": no_answer}))

    @rule(trip=trips, customer=customers, asked=placements)
    def ask_meanwhile(self, trip: int, customer: str, asked: tuple[str, ...]) -> None:
        """In the middle of what comes next somebody else is faster."""
        self.busy.store.at(trip, before=lambda: self.busy.ask(customer, *asked))

    @rule(trip=trips, customer=customers, happened=events)
    def happen_meanwhile(self, trip: int, customer: str, happened: tuple[str, dict[str, object]]) -> None:
        self.busy.store.at(trip, before=lambda: self.busy.tell_event(customer, *happened))

    @precondition(lambda self: self.answerable())
    @rule(trip=trips, which=positions, outcome=outcomes, first=outcomes)
    def tell_meanwhile(self, trip: int, which: int, outcome: str, first: str) -> None:
        """Two say something of the same recommendation at the same time."""
        line, now = pick(self.answerable(), which), self.busy.now
        self.busy.store.at(trip, before=lambda: self.busy.tell(line, outcome, now + 1))
        self.busy.tell(line, first, now)

    @precondition(lambda self: self.busy.unanswered)
    @rule(which=positions)
    def send_again(self, which: int) -> None:
        self.busy.send_again(which)

    # ---- what must be so ----

    @invariant()
    def all_is_kept(self) -> None:
        with self.busy.store.suspended():
            self.busy.read_withdrawals()
            self.no_id_has_two_answers()
            self.no_limit_is_passed()
            self.no_customer_is_contacted_more_often_than_allowed()
            self.who_is_held_out_gets_nothing()
            if not self.busy.unanswered:
                self.what_was_promised_is_held()
                self.nothing_is_counted_twice()

    def no_id_has_two_answers(self) -> None:
        assert self.busy.log.faults == []

    def no_limit_is_passed(self) -> None:
        """An edit below what is used takes nothing away; it gives nothing more, either."""
        used = self.busy.used()
        for limit, number in used.items():
            most = mosts(self.busy.log.book.actions[limit[0]])[limit[1]]
            assert number <= max(most, self.before.get(limit, 0)), limit
        self.before |= used

    def no_customer_is_contacted_more_often_than_allowed(self) -> None:
        assert self.busy.overfull() == []

    def who_is_held_out_gets_nothing(self) -> None:
        book = self.busy.log.book
        given = [(line.customer, line.action) for line in self.busy.log.lines.values()]
        assert [one for one in given if withheld_by(one[0], book.actions[one[1]], "none", book)] == []

    def what_was_promised_is_held(self) -> None:
        """Each unit that a caller may still take, or has taken, is in the ledger; without a fault nothing else is."""
        differences = self.busy.differences()
        assert all(less == 0 for less, _ in differences.values()), differences
        if not self.busy.disturbed:
            assert all(more == 0 for _, more in differences.values()), differences

    def nothing_is_counted_twice(self) -> None:
        assert self.busy.counted_otherwise() == []

    def teardown(self) -> None:
        """In the end everything is answered, and whatever nobody took is free."""
        self.busy.store.calm()
        while self.busy.unanswered:
            self.busy.send_again(0)
        self.busy.pass_by(max(0, self.busy.latest - self.busy.now) + 3 * DAY + GRACE)
        self.busy.read_withdrawals()
        assert [one for one in self.busy.differences().items() if any(one[1])] == []

    # ---- choices ----

    def line(self, which: int) -> Line:
        return pick(self.busy.free_lines(), which)

    def told(self) -> list[Line]:
        return [line for line in self.busy.free_lines() if line.told]

    def answerable(self) -> list[Line]:
        return [line for line in self.busy.free_lines() if line.channel != "desk"]

    def accepted(self) -> list[Line]:
        return [
            line for line in self.busy.free_lines() if any(told.outcome in ("accept", "convert") for told in line.told)
        ]


def pick(among: Sequence[T], which: int) -> T:
    """One of them, mostly one of the newest."""
    return among[-1 - which % len(among)]


def run(open: Callable[[], Store], examples: int) -> None:
    machine = type("Machine", (BusyMachine,), {"open": staticmethod(open)})
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=checks,
            report_multiple_bugs=False,
        ),
    )


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.embedded_server(tmp_path_factory.mktemp("server")) as server:
        yield server.url


def test_a_busy_shop_on_the_memory_store_keeps_all_its_promises() -> None:
    run(MemoryStore, 60)


def test_a_busy_shop_on_valkey_keeps_all_its_promises(server_url: str) -> None:
    client = Redis.from_url(server_url, protocol=2)

    def emptied() -> Store:
        client.flushall()
        return connect(server_url, timeout_s=2, settle_ms=-1_000)

    run(emptied, 15)
