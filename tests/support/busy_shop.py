"""A scarce shop in which anything may happen at any moment, with a log of all that its callers were told.

The log (benchmarks.stress_log, the same that judges real runs) knows nothing of profiles or ledgers.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.stress_log import Contact, Line, Log, Told, limits, mosts
from benchmarks.stress_windows import bounds_of
from engine.compiled.rulebook import Compiled
from engine.domain.calendar import period_key
from engine.domain.errors import PatronError, StateUnavailable
from engine.domain.events import DecisionRequest, Event, Outcome, Placed
from engine.value import counters
from service.decision_json import acknowledged, full
from service.ports import Store
from service.replies import Acknowledged, Reply
from tests.support.flaky_store import FlakyStore
from tests.support.scarce import CUSTOMERS, scarce, text
from tests.support.services import Shop

Json = dict[str, Any]


def without_duplicate(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer, first or repeated. A repeat does not say again why its event had no effect."""
    return {name: value for name, value in answer.items() if name not in ("duplicate", "applied", "reason")}


@dataclass(frozen=True)
class Sent:
    """What a caller sends until it is answered. `line`: the recommendation that it is about."""

    name: str
    send: Callable[[], object]
    line: Line | None = None


class BusyShop:
    """Callers who send again what was not answered, and what they know."""

    def __init__(self, store: Store) -> None:
        self.store = FlakyStore(store)
        self.shop = Shop(scarce(), self.store)
        self.log = Log(scarce().rulebook)
        self.latest = self.shop.now
        self.unanswered: list[Sent] = []
        self.requests: list[DecisionRequest] = []
        self.events: list[Event] = []
        self.disturbed = False
        self._number = 0
        for customer in CUSTOMERS:
            for kind, said in (
                ("channel_address_added", {}),
                ("consent_changed", {"purposes": ["marketing"], "granted": True}),
            ):
                self.tell_event(customer, kind, {"channel": "email", **said}, "none")

    # ---- time ----

    @property
    def now(self) -> int:
        return self.shop.now

    def pass_by(self, ms: int) -> None:
        """The clock moves, also back; what has expired once has."""
        self.shop.now += ms
        self.latest = max(self.latest, self.shop.now)

    # ---- what callers send ----

    def ask(self, customer: str, *placements: str) -> None:
        self.sends(self.asking(self._new(DecisionRequest, customer, tuple(Placed(p) for p in placements))))

    def tell_event(self, customer: str, kind: str, said: Json, decide: object = "outbound") -> None:
        self._number += 1
        event = Event(f"e{self._number}", kind, self.now, customer, None, said, decide)  # type: ignore[arg-type]
        self.events.append(event)
        self.sends(self.progress(event))

    def tell(self, line: Line, outcome: str, at: int) -> None:
        self.sends(Sent(f"{outcome} of {line.recommendation_id}", lambda: self._tell(line, outcome, at), line))

    def tell_by_event(self, line: Line, outcome: str, decide: str) -> None:
        """By an event that may set off a decision itself; then the plain way, which says whether it was late."""
        self._number += 1
        said = {"recommendation_id": line.recommendation_id, "outcome": outcome}
        event = Event(f"e{self._number}", "outcome", self.now, line.customer, None, said, decide)
        self.events.append(event)
        self.sends(self._event_of(event, line, outcome, by_order=False))

    def order_naming(self, line: Line) -> None:
        self._number += 1
        said = {"order_id": f"o{self._number}", "total": 2_000, "recommendation_ids": [line.recommendation_id]}
        event = Event(f"e{self._number}", "order_completed", self.now, line.customer, None, said)
        self.events.append(event)
        self.sends(self._event_of(event, line, "convert", by_order=True))

    def asking(self, request: DecisionRequest) -> Sent:
        def send() -> None:
            reply = self.shop.service.handle_request(request)
            if reply.decision.degraded:
                raise StateUnavailable("degraded")
            self._answered(f"request {request.request_id}", request.customer, reply)

        if request not in self.requests:
            self.requests.append(request)
        return Sent(f"request {request.request_id}", send)

    def progress(self, event: Event) -> Sent:
        return Sent(f"event {event.id}", lambda: self._send_event(event))

    def sends(self, what: Sent) -> None:
        """Sends it, and keeps it for later when the store did not answer."""
        try:
            what.send()
        except StateUnavailable:
            self.disturbed = True
            self.unanswered.append(what)
        finally:
            self.store.calm()

    def send_again(self, which: int) -> None:
        self.sends(self.unanswered.pop(which % len(self.unanswered)))

    def free_lines(self) -> list[Line]:
        """Recommendations of which nothing is on its way. A task for staff is answered once."""
        busy = {id(sent.line) for sent in self.unanswered if sent.line is not None}
        busy |= {id(line) for line in self.log.lines.values() if line.channel == "desk" and line.told}
        return [line for line in self.log.lines.values() if id(line) not in busy]

    # ---- what they were told ----

    def _new(self, of: Any, *args: object) -> Any:
        self._number += 1
        return of(f"q{self._number}", *args)

    def _answered(self, key: str, customer: str, reply: Reply) -> None:
        """The whole decision must come again for a repeat; its facts are kept only as what they follow from."""
        if isinstance(reply, Acknowledged):
            self.log.answered(key, text(without_duplicate(acknowledged(reply))))
            return
        answer = full(replace(reply.decision, facts={}), self.log.book.shop.currency)
        self.log.answered(key, text(without_duplicate(answer)))
        self.log.promised(customer, answer)
        for gone in answer.get("withdrawn", ()):
            self.log.withdrawn(gone["recommendation_id"])

    def _send_event(self, event: Event) -> None:
        self._answered(f"event {event.id}", event.customer, self.shop.service.handle_event(event))

    def _event_of(self, event: Event, line: Line, outcome: str, by_order: bool) -> Sent:
        def send() -> None:
            self._send_event(event)
            self._tell(line, outcome, event.time, again=True, by_order=by_order)

        return Sent(f"event {event.id}", send, line)

    def _tell(self, line: Line, outcome: str, at: int, again: bool = False, by_order: bool = False) -> None:
        (answer,) = self.shop.service.record_outcomes([Outcome(line.recommendation_id, outcome, at)])
        if isinstance(answer, PatronError):
            raise answer
        line.told.append(Told(outcome, at, self.latest, answer.late, again, by_order))

    def read_withdrawals(self) -> None:
        for item in self.shop.service.deliveries(None, 10_000)[0]:
            if item["type"] == "withdraw":
                self.log.withdrawn(item["recommendation_id"])

    # ---- what must be so ----

    def edit(self, compiled: Compiled) -> None:
        """Other rules from now on."""
        self.shop.live = replace(self.shop.live, compiled=compiled)
        self.log.book = compiled.rulebook

    def used(self) -> dict[tuple[str, str, str], int]:
        """How much is taken of each limit of each action in the present period, as the ledger says."""
        found = {}
        for action in self.log.book.actions.values():
            total = period_key(self.now, action.total.period if action.total else None, self.log.book.shop.zone)
            said = self.store.ledger.used(action.id, total, "", self.now)
            found |= {(action.id, name, total): getattr(said, name) for name in mosts(action)}
        return found

    def differences(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Units that the log knows of and the ledger does not, and the other way round. Limits with a period aside."""
        said: dict[str, dict[str, int]] = {}
        for (action, limit, _), number in self.used().items():
            said.setdefault(action, {})[limit] = number
        actions = self.log.book.actions
        return {
            (one.action, one.name): (one.doubled, one.lost)
            for one in limits(self.log, said, self.latest)
            if one.name == "stock" or getattr(actions[one.action], one.name).period is None
        }

    def overfull(self) -> list[str]:
        """Bounds on contacts that a customer has passed, with what waits and may be seen at any moment."""
        by_customer: dict[str, list[Contact]] = {}
        for customer, contact in self.log.contacts():
            by_customer.setdefault(customer, []).append(contact)
        on_its_way = [sent.line for sent in self.unanswered]
        for line in self.log.waiting(self.latest):
            if line in on_its_way:  # it may have been seen at a time that the caller has yet to be answered about
                continue
            by_customer.setdefault(line.customer, []).append(Contact(line.action, line.channel, self.latest))
        found = [bound.fullest(by_customer.values()) for bound in bounds_of(self.log.book)]
        return [f"{one.name}: {one.fullest} of {one.most}" for one in found if one.fullest > one.most]

    def counted_otherwise(self) -> list[str]:
        """Actions of which the profiles or the shop's counters hold another number than there were."""
        found, histogram = [], self.store.histogram()
        for action in self.log.book.actions.values():
            lines = [line for line in self.log.lines.values() if line.action == action.id]
            contacts = sum(self.log.was_seen(line) for line in lines)
            counted = dict.fromkeys((counters.RECOMMENDED, counters.CONTACTS), 0)
            for (what, name, _), amount in counters.by_action(histogram).items():
                if name == action.id and what in counted:
                    counted[what] += amount
            stored = sum(self._touches(customer, action.id) for customer in CUSTOMERS)
            numbers = (*counted.values(), stored)
            if numbers != (len(lines), contacts, contacts):
                found.append(f"{action.id}: {numbers}, not {(len(lines), contacts, contacts)}")
        return found

    def _touches(self, customer: str, action: str) -> int:
        profile = self.shop.profile(customer)
        known = profile.contacts.get(action) if profile else None
        return sum(map(len, known.touches.values())) if known else 0
