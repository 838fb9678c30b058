"""Replay: events and requests from a file, on the memory store, with their own times as the clock.

Between items timers fire: inactive customers are evaluated. Snapshots are taken at the first
event of each UTC day, from earlier data only."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from typing import Final

from engine.compiled.rulebook import Compiled
from engine.domain.decision import Decision, Recommendation
from engine.domain.errors import InvalidInput, PatronError
from engine.domain.events import JOINS, DecisionRequest, Event, Outcome
from engine.domain.times import utc_day
from engine.rulebook.model import Rulebook
from engine.value.tiers import Snapshot
from service import figures
from service.handle_event import handle_event, handle_events
from service.handle_request import handle_request
from service.handle_timer import handle_due
from service.live import Live
from service.outcomes import record_outcomes
from service.replies import Decided, Recorded, Reply
from service.service import Service
from service.unit_of_work import UnitOfWork
from storage.memory import MemoryStore

# ---- Messages of a replay that count as sent: a history has no outcomes for messages of other rules ----


ASSUMED: Final = (
    "Every message counts as sent when it is decided (or when the quiet hours that hold it end) and, without an "
    "outcome in the log, as ignored when it expires; so nothing is learned, and propensities are those of the action "
    "files."
)
"""Printed with the result of such a replay."""


def without_learning(book: Rulebook) -> Rulebook:
    """The same rules without measured chances: nobody knows what customers would have answered."""
    return replace(book, arbitration=replace(book.arbitration, learning=None))


class Outbox:
    """Records every message (a recommendation without a placement) once, and returns its send time.

    A held message that was withdrawn meanwhile is not sent.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._held: list[tuple[int, str]] = []
        self._withdrawn: set[str] = set()

    def take(self, decision: Decision, now: int) -> None:
        """Everything that a decision (made at `now`, ms) sends or withdraws."""
        self._withdrawn.update(one.recommendation_id for one in decision.withdrawn)
        for one in decision.given:
            if one.placement is None:
                self._add(one, now)

    def _add(self, given: Recommendation, now: int) -> None:
        name = given.recommendation_id
        if name not in self._known:
            self._known.add(name)
            heappush(self._held, (max(now, given.deliver_after or now), name))

    def sent(self, until: int) -> Outcome | None:
        """Remove and return the first sent by then (ms); None: there is none."""
        while self._held and self._held[0][0] <= until:
            at, name = heappop(self._held)
            if name not in self._withdrawn:
                return Outcome(name, "sent", at)
            self._withdrawn.discard(name)
        return None


Item = Event | DecisionRequest | Outcome


class Replay:
    """A service whose clock is the time of the item that it handles.

    `strays`: outcomes so far whose recommendation these rules did not make (or whose action they do not know), and
    anonymous ids that belonged to somebody else already. A log replayed under other rules has some, and goes on.
    Without `due` no timers fire. `daily`: the snapshot of a day (UTC day number) if
    known beforehand, as when only some customers are replayed; without it a snapshot is taken of the store.
    With `sent` every message counts as sent; what customers would have answered is not known, so that it is for
    rulebooks `without_learning`. Only `with_inputs` can its decisions be made again.
    """

    def __init__(
        self,
        compiled: Compiled,
        due: bool = True,
        daily: Callable[[int], Snapshot] | None = None,
        *,
        with_inputs: bool = False,
        sent: bool = False,
    ) -> None:
        self.now = 0
        self._outbox = Outbox() if sent else None
        self._due = due
        self._daily = daily
        self.store = MemoryStore()
        self._live = Live(compiled, Snapshot())
        self._day: int | None = None
        self.strays = 0
        self.refused = 0
        self.service = Service(self.store, lambda: self._live, lambda: self.now, with_inputs=with_inputs)

    def run(self, items: Iterable[Item]) -> Iterator[Decision]:
        """The decisions, in order of time. Items without a decision are skipped."""
        for item in items:
            yield from self.due_until(time_of(item))
            reply = self.handle(item)
            if isinstance(reply, Decided):
                yield reply.decision

    def due_until(self, time: int | None) -> Iterator[Decision]:
        """Fire timers until then, each at its own time; messages sent at the same time come first."""
        while time is not None:
            found = self.store.due(time, 1) if self._due else []
            if self._send(found[0][1] if found else time):
                continue
            if not found:
                return
            customer, due = found[0]
            self.advance(due)
            for decision in handle_due(customer, self.work):
                self._take(decision)
                yield decision

    def handle(self, item: Item) -> Reply | Recorded | None:
        """One item at its own time; the clock never runs back."""
        self.advance(time_of(item))
        reply = self._handled(item)
        if isinstance(reply, Decided) and reply.stored:
            self._take(reply.decision)
        return reply

    def _handled(self, item: Item) -> Reply | Recorded | None:
        if isinstance(item, DecisionRequest):
            return handle_request(item, self.service.begin(now=item.now))
        if isinstance(item, Outcome) or item.type in ("outcome", *JOINS):
            return self._refusable(item)
        try:
            return handle_event(item, self.work)
        except InvalidInput:  # its id stands for another event, or it grants what the rulebook does not know
            self.refused += 1
            return None

    def _take(self, decision: Decision) -> None:
        """Send what this decision sends at once."""
        if self._outbox is not None:
            self._outbox.take(decision, self.now)
            self._send(self.now)

    def _send(self, until: int) -> bool:
        """Send held messages up to then (ms); whether there were any."""
        found = False
        while self._outbox is not None and (message := self._outbox.sent(until)):
            self.advance(message.at)
            record_outcomes([message], self.work)
            found = True
        return found

    def _refusable(self, item: Outcome | Event) -> Reply | Recorded | None:
        many: Sequence[Reply | Recorded | PatronError]
        many = record_outcomes([item], self.work) if isinstance(item, Outcome) else handle_events([item], self.work)
        answer = many[0]
        if isinstance(answer, PatronError):
            self.strays += 1
            return None
        return answer

    @property
    def work(self) -> UnitOfWork:
        """A unit of work at the moment of the replay."""
        return self.service.begin()

    def snapshot(self) -> Snapshot:
        """Take a snapshot now."""
        self._live = replace(self._live, snapshot=figures.take_snapshot(self.work))
        return self._live.snapshot

    @property
    def live(self) -> Live:
        """The current rules and snapshot."""
        return self._live

    def advance(self, time: int | None) -> None:
        """Set the clock; at the start of a day, take its snapshot."""
        self.now = max(self.now, time or self.now)
        day = utc_day(self.now)
        if self._day is None:
            self._day = day
        elif day > self._day:
            self._day = day
            if self._daily is None:
                self.snapshot()
            else:
                self._live = replace(self._live, snapshot=self._daily(day))


def time_of(item: Item) -> int | None:
    """When it happened (ms); None for a request or outcome without a time."""
    if isinstance(item, Event):
        return item.time
    return item.now if isinstance(item, DecisionRequest) else item.at
