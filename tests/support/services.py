"""A service on the memory store with a clock that a test sets, over a small rulebook or the shipped one."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from engine.compiled.rulebook import Compiled
from engine.domain.decision import Decision, Recommendation
from engine.domain.errors import Contended, PatronError, StateUnavailable
from engine.domain.events import DecisionRequest, Event, Placed
from engine.domain.profile import Profile, decode
from engine.value.tiers import Snapshot
from service import decision_json
from service.live import Live
from service.ports import Commit, Opened, Store
from service.replies import Decided, Reply
from storage.memory import MemoryStore
from tests.support.books import CUSTOMER, NOW, action, made, on, rule, says
from tests.support.bound_service import BoundService as Service

ACTIONS = [
    action("banner", treatments=says("Hi")),
    action("mail", treatments=[on("email")], kind="service"),
    action("task", kind="internal", treatments=[on("desk")], value="1 EUR"),
]
RULES = [
    rule("r-banner", "banner", trigger=["requested", "visited", "order_completed"], once="per customer"),
    rule("r-mail", "mail", trigger=["order_completed", "inactive"], when={"customer.orders": {"at_least": 1}}),
    rule("r-task", "task", trigger=["complaint_opened"]),
]


def small() -> Compiled:
    return made(ACTIONS, RULES, arbitration="outbound: {at_most: 2}")


class Shop:
    """One service and what a test wants to turn or look into."""

    def __init__(self, compiled: Compiled | None = None, store: Store | None = None) -> None:
        self.now = NOW
        self.live = Live(compiled or small(), Snapshot())
        self.store = store or MemoryStore()
        self.service = Service(self.store, lambda: self.live, lambda: self.now)

    def profile(self, customer: str = CUSTOMER) -> Profile | None:
        """What is stored of a customer."""
        stored = self.store.begin(customer, None).profile
        return None if stored is None else decode(stored)

    def send_all(self, events: Iterable[Event]) -> None:
        """As a sender does it: what is refused because of many changes at once is sent again."""
        for event in events:
            while not self._sent(event):
                pass

    def _sent(self, event: Event) -> bool:
        try:
            self.service.handle_event(event)
        except Contended:
            return False
        return True

    def take_snapshot(self) -> Snapshot:
        snapshot = self.service.take_snapshot()
        self.live = replace(self.live, snapshot=snapshot)
        return snapshot


class GoneStore(MemoryStore):
    """A store that does not answer."""

    def begin(self, customer: str, decision_id: str | None) -> Opened:
        raise StateUnavailable("no answer within 50 ms")

    def record(self, decision_id: str) -> bytes | None:
        raise StateUnavailable("no answer within 50 ms")

    def ping(self) -> None:
        raise StateUnavailable("no answer within 50 ms")


class LosingStore(MemoryStore):
    """A store in which somebody else is always faster, the first `losses` times."""

    def __init__(self, losses: int) -> None:
        super().__init__()
        self.losses = losses

    def commit(self, commit: Commit) -> bool:
        self.losses -= 1
        return False if self.losses >= 0 else super().commit(commit)


def request(*placements: str, id: str = "1", customer: str = CUSTOMER, **more: Any) -> DecisionRequest:
    return DecisionRequest(id, customer, tuple(Placed(p) for p in placements), **more)


def decided(reply: Reply | PatronError) -> Decision:
    """The decision that a reply is about."""
    assert isinstance(reply, Decided)
    return reply.decision


def recommendations(reply: Reply | Decision) -> tuple[Recommendation, ...]:
    """All recommendations of a decision."""
    return (reply if isinstance(reply, Decision) else decided(reply)).given


DUPLICATE: Final = {"duplicate": True}
"""What the answer to a repeated id has beside the first answer."""


def answered(reply: Reply | PatronError) -> dict[str, Any]:
    """What a sender gets for it, as JSON."""
    if isinstance(reply, PatronError):
        raise reply
    return decision_json.answer(reply) if isinstance(reply, Decided) else decision_json.acknowledged(reply)
