"""One shop's customers under anonymous and known ids, for tests of who is who; and a store that fails at a moment."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from engine.domain.errors import StateUnavailable
from engine.domain.events import Event
from engine.domain.profile import Profile
from engine.domain.profile.counters import totals
from engine.domain.times import DAY
from service.ports import Commit, Store
from service.replies import Reply
from storage.memory import MemoryStore
from tests.support.books import CUSTOMER, DAYS, NOW, event, order, reachable
from tests.support.services import Shop, request

COOKIE = "a/cookie"
POINTER = Profile(COOKIE, merged_into=CUSTOMER)
"""What is left of the cookie when it was merged."""


def aliased(id: str, customer: str = CUSTOMER, anonymous: str = COOKIE, at: int = NOW, decide: str = "none") -> Event:
    said = {"anonymous_id": anonymous[2:]}
    return event(id, "aliased", at, said, customer=customer, decide=decide)


def visits(shop: Shop, customer: str = CUSTOMER) -> int:
    """What the counter of a week's visits says."""
    profile = shop.profile(customer)
    plans = [plan for counting in shop.live.compiled.counters.values() for plan in counting]
    return totals(profile.counters, plans, DAYS.of(shop.now))["customer.visits_7d"] if profile else 0


class BreakingStore:
    """Any store, of a process that ends at its `breaks`-th write: before it, or after it (`done`) without an answer."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store or MemoryStore()
        self.breaks: int | None = None
        self.done = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, commit: Commit) -> bool:
        return self._written(lambda: self._store.commit(commit))

    def commit_many(self, commits: Sequence[Commit]) -> list[bool]:
        return [self.commit(commit) for commit in commits]

    def erase(self, customer: str, histogram: Sequence[tuple[str, int]], version: int, at: int) -> bool:
        return self._written(lambda: self._store.erase(customer, histogram, version, at))

    def _written(self, write: Callable[[], bool]) -> bool:
        if self.breaks is None:
            return write()
        self.breaks -= 1
        if self.breaks > 0:
            return write()
        self.breaks = None
        if self.done:
            write()
        self.end()
        raise AssertionError("it has ended")

    def end(self) -> None:
        """How the process ends: here, by an error that takes it to its caller."""
        raise StateUnavailable("the process ended here")


def of_cookie(*events: Event) -> list[Event]:
    return [replace(e, customer=COOKIE) for e in events]


def visit(id: str, customer: str = COOKIE, at: int = NOW) -> Event:
    return event(id, "visited", at, {"surface": "web"}, customer=customer)


def orders(shop: Shop, customer: str = CUSTOMER) -> tuple[int, int]:
    """How many orders are stored, and what they brought."""
    profile = shop.profile(customer)
    return (profile.purchases.order_count, profile.purchases.spend) if profile else (0, 0)


def known() -> Shop:
    """A customer with an order and a visit, and a cookie with an order and two visits, still a stranger."""
    shop = Shop()
    shop.service.handle_events([order("o1", NOW - DAY, 1_000), visit("v1", CUSTOMER)])
    shop.service.handle_events([*of_cookie(order("o2", NOW, 500)), visit("v2"), visit("v3")])
    return shop


def merged() -> Shop:
    """The same when they turned out to be one."""
    shop = known()
    shop.service.handle_event(aliased("x"))
    return shop


def shown() -> tuple[Shop, Reply, Reply]:
    """A banner and a mail decided for the cookie, which then becomes known."""
    shop = Shop()
    shop.service.handle_events(of_cookie(*reachable("email", purpose="service")))
    banner = shop.service.handle_request(request("home.banner", customer=COOKIE))
    mail = shop.service.handle_event(replace(order("o1"), customer=COOKIE, decide="outbound"))
    shop.service.handle_event(aliased("x"))
    return shop, banner, mail


def of(customer: str, event: Event, decide: str) -> Event:
    return replace(event, customer=customer, decide=decide)
