"""The product's verbs over the ports: handle an event, a request, an outcome; report; erase."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from engine import contacts, ids, occasion
from engine.errors import Contended, InvalidInput, NotFound, PatronError, Problem, StateUnavailable
from engine.events import NONE, DecisionRequest, Event, Outcome
from engine.ids import digest6
from engine.occasion import Occasion
from engine.ports import Clock, Store
from engine.profile import Profile
from engine.profile.apply import was_seen
from engine.rulebook.model import Rulebook
from engine.tiers import Snapshot, make_snapshot, moves
from engine.times import format_rfc3339
from service import batches, change, deciding, degraded, outcomes, snapshots
from service.action_report import action_report
from service.answers import Answers
from service.change import Changed
from service.deciding import Attempt
from service.explanation import explain
from service.live import Live
from service.outcomes import Told
from service.profiles import profile_json
from service.records import Record
from service.reports import value_report
from service.reservations import Peek, Reservations


class Service:
    """One instance per process; everything it holds may be used by many threads at once.

    `live` gives the rulebook and snapshot of the moment; a call takes them once and keeps them to its end.
    """

    def __init__(self, store: Store, live: Callable[[], Live], clock: Clock) -> None:
        self._store = store
        self._live = live
        self._clock = clock
        self.answers = Answers(store)

    @property
    def rulebook(self) -> Rulebook:
        return self._live().compiled.rulebook

    # ---- events ----

    def handle_event(self, event: Event) -> Record:
        """Store the event and, unless `decide` is none, decide. A repeated id gets the first answer."""
        live, ledger, now = self._live(), self._store.ledger, self._clock()
        book = live.compiled.rulebook
        told = outcomes.told_by(event, self._store, book)
        decision_id = None if event.decide == NONE else ids.decision_id(event.customer, f"event/{event.id}")
        held = Reservations(ledger, book, now)
        outcomes.before(told, ledger, book, now)
        answer = change.run(
            self._store, event.customer, decision_id, partial(self._on_event, event, told, live, held), held
        )
        outcomes.after(told, ledger)
        return answer

    def handle_events(self, events: Sequence[Event]) -> list[Record | PatronError]:
        """Many events, each answered on its own; those that are only stored go in two round trips together."""
        return batches.handle(events, self._store, self._live(), self._clock(), self.handle_event)

    def _on_event(self, event: Event, told: Sequence[Told], live: Live, held: Reservations, have: Profile) -> Changed:
        if was_seen(have, digest6(event.id)):
            return Changed(have, deciding.stored(event))
        now = self._clock()
        noted = deciding.noted_event(have, event, live, now)
        if event.type == "outcome":
            said, outcome = told[0]
            noted = noted.then(contacts.record(noted.profile, said, outcome, event.time, live.compiled.rulebook))
        if event.decide == NONE:
            return deciding.only_noted(have, noted, [event], live, now)
        profile = change.settled(have, noted.profile, live)
        return deciding.decided(profile, occasion.of_event(event), Attempt(live, now, held), noted.counts)

    # ---- requests ----

    def handle_request(self, request: DecisionRequest) -> Record:
        """Decide for a customer who is here now. Without the store: fallbacks, marked `degraded`."""
        live = self._live()
        on = occasion.of_request(request)
        now = request.now if request.now is not None else self._clock()
        try:
            return self._look(on, live, now) if request.dry_run else self._decide(on, live, now)
        except Contended:
            raise
        except StateUnavailable:
            if not request.placements:
                raise
            return degraded.answer(on, live, now)

    def _look(self, on: Occasion, live: Live, now: int) -> Record:
        """What would be decided; nothing is stored, nothing reserved."""
        have = change.opened_profile(on.customer, self._store.begin(on.customer, None))
        peek = Peek(self._store.ledger, live.compiled.rulebook, now)
        return {**deciding.decided(have, on, Attempt(live, now, peek)).answer, "stored": False}

    def _decide(self, on: Occasion, live: Live, now: int) -> Record:
        held = Reservations(self._store.ledger, live.compiled.rulebook, now)
        think = partial(deciding.decided, on=on, by=Attempt(live, now, held))
        return change.run(self._store, on.customer, ids.decision_id(on.customer, on.id), think, held)

    def handle_due(self, customer: str, key: str, due: int) -> Record:
        """A due time was reached: "overdue", "after:<event>:<days>", or a trigger that is to be looked at again."""
        return self._decide(occasion.of_due(customer, key, due), self._live(), self._clock())

    # ---- outcomes ----

    def record_outcomes(self, many: Sequence[Outcome]) -> list[Record | PatronError]:
        """What came of recommendations, each answered on its own."""
        book, now = self.rulebook, self._clock()
        return [batches.tried(lambda one: outcomes.record(one, self._store, book, now), outcome) for outcome in many]

    # ---- reading ----

    def decision_record(self, decision_id: str) -> Record | None:
        data = self._store.record(decision_id)
        record: Record | None = None if data is None else orjson.loads(data)
        return record

    def decision(self, decision_id: str) -> Record:
        """The full record with its explanation."""
        record = self.decision_record(decision_id)
        if record is None:
            raise NotFound(f"no such decision, or its record is no longer kept: {decision_id}")
        return self.explained(record)

    def explained(self, record: Mapping[str, Any]) -> Record:
        """The record with every condition of every rule that looked, and why."""
        return {**record, "explanation": explain(record, self._live().compiled)}

    def deliveries(self, after: str | None, limit: int) -> tuple[list[Mapping[str, Any]], str]:
        try:
            items, cursor = self._store.deliveries(after, limit)
        except ValueError as error:
            raise InvalidInput((Problem("/after", "bad-cursor", str(error)),)) from None
        return [orjson.loads(item) for item in items], cursor

    def customer(self, customer: str) -> Mapping[str, Any]:
        opened = self._store.begin(customer, None)
        if opened.profile is None:
            raise NotFound("no such customer")
        return profile_json(change.opened_profile(customer, opened), self._live(), self._clock())

    def erase(self, customer: str) -> None:
        """Profile, decision records and deliveries of a customer; nothing of them stays in the value report."""
        for _ in range(change.ATTEMPTS):
            opened = self._store.begin(customer, None)
            if opened.profile is None:
                raise NotFound("no such customer")
            placing = change.opened_profile(customer, opened).placing
            if self._store.erase(customer, moves(placing, None), opened.version, self._clock()):
                return
        raise Contended("this customer is asked about from many sides at once; try again")

    # ---- the shop ----

    def status(self) -> Mapping[str, Any]:
        """Whether this process can decide, and on what: matcher, rulebook, snapshot, store."""
        live = self._live()
        try:
            self._store.ping()
            store = "ok"
        except StateUnavailable as error:
            store = str(error)
        return {
            "ready": store == "ok",
            "matcher": live.compiled.matcher.name,
            "rulebook": live.compiled.rulebook.revision,
            "rules": len(live.compiled.rulebook.rules),
            "snapshot": live.snapshot.number,
            "store": store,
        }

    def value_report(self) -> Mapping[str, Any]:
        return value_report(self._store.histogram(), self._live(), self._clock())

    def action_report(self) -> Mapping[str, Any]:
        return action_report(self._store.histogram(), self._live(), self._store.ledger, self._clock())

    def make_snapshot(self) -> Mapping[str, Any]:
        """Take a snapshot now, and say what is in it."""
        snapshot = self.take_snapshot()
        return {
            "number": snapshot.number,
            "at": format_rfc3339(snapshot.at),
            "customers": snapshot.customers,
            "tiers": [cut.level for cut in snapshot.cut_offs],
        }

    def take_snapshot(self) -> Snapshot:
        """Read the shop's figures off the histograms and number them."""
        book, latest = self.rulebook, snapshots.latest(self._store)
        snapshot = make_snapshot(self._store.histogram(), book.tiers, self._clock(), latest, book.arbitration.learning)
        number = self._store.put_snapshot(snapshots.dump(snapshot))
        return replace(snapshot, number=number)
