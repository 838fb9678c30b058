"""Whatever is merged, erased and interrupted in whatever order: what was sent about a customer counts exactly once."""

from contextlib import suppress
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis import Redis

from engine.domain.errors import InvalidInput, NotFound, StateUnavailable
from engine.domain.events import Event
from engine.domain.times import MINUTE
from service.ports import Store
from storage.memory import MemoryStore
from storage.redis import connect
from tests.support.books import order
from tests.support.people import BreakingStore, aliased, of, orders, visit, visits
from tests.support.servers import embedded_server
from tests.support.services import Shop

COOKIES = ("a/x", "a/y", "a/z")
PEOPLE = ("c/1", "c/2")
keys = st.sampled_from(COOKIES + PEOPLE)
writes = st.integers(1, 4)
"""At which write of the next call the process ends."""


class Identity(RuleBasedStateMachine):
    """A model that knows who is who, and how much was told about each; senders send again what had no answer."""

    def __init__(self) -> None:
        super().__init__()
        self.store = BreakingStore(self.empty_store())
        self.shop = Shop(store=self.store)
        self.owner: dict[str, str] = {}
        self.visits: dict[str, int] = {}
        self.spent: dict[str, int] = {}
        self.last: dict[str, int] = {}
        self.erasures: dict[str, int] = {}
        self.sent = 0

    def empty_store(self) -> Store:
        return MemoryStore()

    def who(self, key: str) -> str:
        return self.owner.get(key, key)

    def name(self) -> str:
        self.sent += 1
        self.shop.now += MINUTE
        return f"e{self.sent}"

    def send(self, event: Event) -> None:
        """Until there is an answer."""
        while True:
            try:
                self.shop.service.handle_event(event)
            except StateUnavailable:
                continue
            return

    def count(self, told: dict[str, int], key: str, amount: int) -> None:
        told[self.who(key)] = told.get(self.who(key), 0) + amount
        self.last[key] = self.shop.now

    @initialize(keys=st.lists(keys, max_size=6))
    def there_are_some(self, keys: list[str]) -> None:
        for key in keys:
            self.visited(key)

    @rule(writes=writes, done=st.booleans())
    def the_process_will_end(self, writes: int, done: bool) -> None:
        self.store.breaks, self.store.done = writes, done

    @rule(key=keys)
    def visited(self, key: str) -> None:
        event = visit(self.name(), key, self.shop.now)
        self.count(self.visits, key, 1)
        self.send(event)

    @rule(key=keys, amount=st.integers(1, 99), decide=st.sampled_from(("none", "outbound")))
    def bought(self, key: str, amount: int, decide: str) -> None:
        event = of(key, order(self.name(), self.shop.now, amount), decide)
        self.count(self.spent, key, amount)
        self.send(event)

    @rule(key=keys, count=st.integers(1, 3))
    def visited_in_a_batch(self, key: str, count: int) -> None:
        events = [visit(self.name(), key, self.shop.now) for _ in range(count)]
        self.count(self.visits, key, count)
        with suppress(StateUnavailable):
            self.shop.service.handle_events(events)
        for event in events:
            self.send(event)

    @rule(cookie=st.sampled_from(COOKIES), person=st.sampled_from(PEOPLE))
    def turns_out_to_be(self, cookie: str, person: str) -> None:
        event = aliased(self.name(), person, cookie, self.shop.now)
        if self.owner.get(cookie, person) != person:
            try:
                self.send(event)
            except InvalidInput:
                return
            raise AssertionError("it belonged to somebody else")
        self.join(cookie, person)
        self.send(event)

    @rule(cookie=st.sampled_from(COOKIES), person=st.sampled_from(PEOPLE))
    def turns_out_to_be_and_nobody_asks_again(self, cookie: str, person: str) -> None:
        """It may be interrupted after the first step or before; who looks at the frozen profile knows."""
        if self.owner.get(cookie, person) != person:
            return
        try:
            self.shop.service.handle_event(aliased(self.name(), person, cookie, self.shop.now))
        except StateUnavailable:
            profile = self.shop.profile(cookie)
            if profile is None or profile.merged_into is None:
                return
            self.join(cookie, person)
            self.visited(cookie)
        self.join(cookie, person)

    def join(self, cookie: str, person: str) -> None:
        if cookie not in self.owner:
            self.owner[cookie] = person
            is_outlived = self.last.get(cookie, 0) <= self.erasures.get(person, 0)
            for told in (self.visits, self.spent):
                theirs = told.pop(cookie, 0)
                told[person] = told.get(person, 0) + (0 if is_outlived else theirs)

    @rule(key=keys)
    def read(self, key: str) -> None:
        with suppress(NotFound, StateUnavailable):
            self.shop.service.customer(key)

    @rule(key=keys)
    def erased(self, key: str) -> None:
        was_interrupted = False
        while True:
            try:
                self.shop.service.erase(key)
            except NotFound:
                if not was_interrupted:
                    return
            except StateUnavailable:
                was_interrupted = True
                continue
            break
        gone = self.who(key)
        self.erasures[gone] = self.shop.now
        self.visits.pop(gone, None)
        self.spent.pop(gone, None)
        self.owner = {cookie: person for cookie, person in self.owner.items() if person != gone}
        self.shop.now += MINUTE

    @precondition(lambda self: self.store.breaks is None)
    @invariant()
    def everything_counts_once(self) -> None:
        for key in COOKIES + PEOPLE:
            if key not in self.owner:
                assert visits(self.shop, key) == self.visits.get(key, 0)
                assert orders(self.shop, key)[1] == self.spent.get(key, 0)

    @invariant()
    def the_shop_counts_everybody_once(self) -> None:
        ranked = [self.shop.profile(person) for person in PEOPLE]
        value = sum(p.placing.value for p in ranked if p is not None and p.placing is not None)
        assert self.store.histogram().get("value", 0) == value


def test_in_memory_everything_counts_once() -> None:
    run_state_machine_as_test(Identity, settings=settings(max_examples=150, stateful_step_count=40, deadline=None))


def test_on_a_real_server_everything_counts_once(tmp_path: Path) -> None:
    with embedded_server(tmp_path) as server, Redis.from_url(server.url, protocol=2) as client:

        class OnServer(Identity):
            def empty_store(self) -> Store:
                client.flushall()
                return connect(server.url, timeout_s=5.0)

        run_state_machine_as_test(OnServer, settings=settings(max_examples=25, stateful_step_count=30, deadline=None))
