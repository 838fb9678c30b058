"""The product's verbs over the ports: handle an event, a request, an outcome; report; erase."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from engine import contacts, course, ids, occasion
from engine.compiled import Compiled
from engine.contacts import Noted
from engine.errors import Contended, InvalidInput, NotFound, PatronError, Problem, StateUnavailable
from engine.events import NONE, DecisionRequest, Event, Outcome
from engine.explain import Known
from engine.ids import digest6
from engine.occasion import Occasion
from engine.ports import Clock, Store
from engine.profile import Profile
from engine.profile.apply import is_erased, was_seen
from engine.tiers import Snapshot, make_snapshot
from engine.times import format_rfc3339, parse_rfc3339
from service import batches, change, days, deciding, degraded, due, inputs, outcomes, snapshots
from service.action_report import action_report
from service.answers import Answers
from service.change import Changed, Keep, Moved
from service.deciding import Attempt
from service.explanation import BRIEF, Ask, explained, now_known, then_known
from service.export import export
from service.identity import Identity, anonymous_key
from service.inputs import Inputs
from service.live import Live
from service.outcomes import Hearing
from service.profiles import profile_json
from service.records import Record
from service.reports import value_report
from service.reproducing import Former, reproduce
from service.reservations import Peek, Reservations


class Service:
    """One instance per process; everything it holds may be used by many threads at once.

    `live` gives the rulebook and snapshot of the moment. They may be swapped at any time, so a call takes them once and
    keeps them to its end; who calls more than once for one request takes them with `live` and gives them to each.
    An anonymous profile is forgotten `anonymous_days` after its last change. Decisions can be made again where records
    are kept `with_inputs`.
    """

    def __init__(
        self,
        store: Store,
        live: Callable[[], Live],
        clock: Clock,
        anonymous_days: int = 30,
        *,
        with_inputs: bool = True,
    ) -> None:
        self._store = store
        self._anonymous_days = anonymous_days
        self._clock = clock
        self.live = live
        self._with_inputs = with_inputs
        self._former = Former(store, live)
        self.answers = Answers(store)

    def _keep(self, live: Live | None = None, now: int | None = None) -> Keep:
        """What one call goes by."""
        now = self._clock() if now is None else now
        return Keep(self._store, self._anonymous_days, live or self.live(), now, self._with_inputs)

    # ---- events ----

    def handle_event(self, event: Event, live: Live | None = None) -> Record:
        """Store the event and, unless `decide` is none, decide. A repeated id gets the first answer."""
        people = Identity(self._keep(live))
        if event.type == "aliased":
            people.claim(event)
        answer = people.follow(event.customer, lambda who: self._handle(event.of(who), people))
        if event.type == "aliased":
            people.complete(anonymous_key(event))
        return answer

    def _handle(self, event: Event, people: Identity) -> Record:
        keep, ledger = people.keep, self._store.ledger
        book, now = keep.live.compiled.rulebook, keep.now
        told = outcomes.told_by(event, people, book)
        hearing = Hearing(told, ledger, book, now, anew=event.type == "order_completed")
        decision_id = None if event.decide == NONE else ids.decision_id(event.customer, f"event/{event.id}")
        held = Reservations(ledger, book, now)
        think = partial(self._on_event, event, hearing, people, held)
        try:
            answer = change.run(keep, event.customer, decision_id, think, held)
        except Moved as moved:
            if is_erased(moved.frozen, event):
                return deciding.erased(event)
            raise
        hearing.ended(lambda: change.read_profile(event.customer, self._store))
        return answer

    def handle_events(self, events: Sequence[Event], live: Live | None = None) -> list[Record | PatronError]:
        """Many events, each answered on its own; those that are only stored go in two round trips together."""
        keep = self._keep(live)
        return batches.handle(events, keep, partial(self.handle_event, live=keep.live))

    @staticmethod
    def _on_event(event: Event, hearing: Hearing, people: Identity, held: Reservations, have: Profile) -> Changed:
        if is_erased(have, event):
            return Changed(have, deciding.erased(event))
        if was_seen(have, digest6(event.id)):
            hearing.repeated(have)
            return Changed(have, deciding.stored(event))
        live, now = people.keep.live, people.keep.now
        noted = people.joined(have, anonymous_key(event)) if event.type == "aliased" else Noted(have)
        noted = noted.then(hearing.noted(contacts.settle(noted.profile, now, live.compiled.rulebook), event.time))
        noted = noted.then(course.noted_event(noted.profile, event, live.compiled, now))
        if event.decide == NONE:
            return deciding.only_noted(have, noted, [event], live, now)
        profile = course.settled(have, noted.profile, live.compiled, live.snapshot)
        return deciding.decided(profile, occasion.of_event(event), Attempt(live, now, held), noted.counts)

    # ---- requests ----

    def handle_request(self, request: DecisionRequest, live: Live | None = None) -> Record:
        """Decide for a customer who is here now. Without the store: fallbacks, marked `degraded`."""
        keep, on = self._keep(live, request.now), occasion.of_request(request)
        try:
            do = self._look if request.dry_run else self._decide
            return Identity(keep).follow(on.customer, lambda who: do(on.of(who), keep))
        except Contended:
            raise
        except StateUnavailable:
            if not request.placements:
                raise
            return degraded.answer(on, keep.live, keep.now)

    def _look(self, on: Occasion, keep: Keep) -> Record:
        """What would be decided; nothing is stored, nothing reserved."""
        have = change.current_profile(on.customer, self._store.begin(on.customer, None), self._store)
        peek = Peek(self._store.ledger, keep.live.compiled.rulebook, keep.now)
        return {**deciding.decided(have, on, Attempt(keep.live, keep.now, peek)).answer, "stored": False}

    def _decide(self, on: Occasion, keep: Keep) -> Record:
        held = Reservations(self._store.ledger, keep.live.compiled.rulebook, keep.now)
        think = partial(deciding.decided, on=on, by=Attempt(keep.live, keep.now, held))
        return change.run(keep, on.customer, ids.decision_id(on.customer, on.id), think, held)

    # ---- due times ----

    def handle_due(self, customer: str) -> list[Record]:
        """All that is due of a customer: silence, what waited after an event, what is worth another look.

        A decision for each, in the order of their times; the next due time is stored. What was seen to gives nothing.
        """
        keep = self._keep()
        return Identity(keep).follow(customer, lambda who: due.see_to(who, keep))

    def reschedule(self, customer: str) -> None:
        """Work the customer's due time out anew, under the rules of the moment."""
        keep = self._keep()
        Identity(keep).follow(customer, lambda who: due.reschedule(who, keep))

    # ---- outcomes ----

    def record_outcomes(self, many: Sequence[Outcome], live: Live | None = None) -> list[Record | PatronError]:
        """What came of recommendations, each answered on its own."""
        people = Identity(self._keep(live))
        return [batches.tried(lambda one: outcomes.record(one, people), outcome) for outcome in many]

    # ---- reading ----

    def decision_record(self, decision_id: str) -> Record | None:
        data = self._store.record(decision_id)
        record: Record | None = None if data is None else orjson.loads(data)
        return record

    def decision(self, decision_id: str, ask: Ask = BRIEF) -> Record:
        """The full record with its explanation."""
        record = self._kept(decision_id)
        made = record.pop(inputs.KEY, None)
        known = None
        if ask.rule is not None and made is not None:
            with suppress(NotFound):
                known = then_known(inputs.load(made), self._former.live_of(record))
        rules = self._rules_of(record, self.live())
        return {**record, "explanation": explained(record, rules, ask, known)}

    def reproduce(self, decision_id: str) -> Record:
        """The decision made once more, from the inputs in its record: whether it comes out the same, byte for byte."""
        return reproduce(self._kept(decision_id), self._former, self._store)

    def _kept(self, decision_id: str) -> Record:
        record = self.decision_record(decision_id)
        if record is None:
            raise NotFound(f"no such decision, or its record is no longer kept: {decision_id}")
        return record

    def explained(
        self, record: Mapping[str, Any], ask: Ask = BRIEF, live: Live | None = None, dry: DecisionRequest | None = None
    ) -> Record:
        """The record with its story. `dry`: the request of the dry run that it is of; then the gates behind the rule
        asked about are tried, too."""
        live = live or self.live()
        known = None
        if ask.rule is not None and dry is not None and dry.dry_run and not record["degraded"]:
            known = self.known(occasion.of_request(dry), live, parse_rfc3339(record["decided_at"]))
        return {**record, "explanation": explained(record, self._rules_of(record, live), ask, known)}

    def _rules_of(self, record: Mapping[str, Any], live: Live) -> Compiled:
        """Those that it was decided under; where they are no longer kept, those of now, and the explanation says so."""
        if record["rulebook"] == live.compiled.rulebook.revision:
            return live.compiled
        try:
            return self._former.rules_of(record["rulebook"])
        except NotFound:
            return live.compiled

    def look(self, on: Occasion) -> Record:
        """What would be decided on this occasion now; nothing is stored, nothing reserved."""
        keep = self._keep()
        return Identity(keep).follow(on.customer, lambda who: self._look(on.of(who), keep))

    def known(self, on: Occasion, live: Live, now: int) -> Known:
        """All that a look on this occasion goes by at `now` (ms)."""
        keep = self._keep(live, now)

        def situation(customer: str) -> Known:
            have = change.current_profile(customer, self._store.begin(customer, None), self._store)
            return now_known(Inputs(have, on.of(customer), now, {}), live, self._store.ledger)

        return Identity(keep).follow(on.customer, situation)

    def deliveries(self, after: str | None, limit: int) -> tuple[list[Mapping[str, Any]], str]:
        try:
            items, cursor = self._store.deliveries(after, limit)
        except ValueError as error:
            raise InvalidInput((Problem("/after", "bad-cursor", str(error)),)) from None
        return [orjson.loads(item) for item in items], cursor

    def customer(self, customer: str) -> Mapping[str, Any]:
        """The customer as one reads them; NotFound."""
        keep = self._keep()
        return profile_json(Identity(keep).known(customer), keep.live, keep.now)

    def export(self, customer: str) -> Mapping[str, Any]:
        """Everything that is stored of a customer; NotFound."""
        keep = self._keep()
        return export(Identity(keep).known(customer), self._store, keep.live.compiled)

    def erase(self, customer: str) -> None:
        """All that is stored of a customer, under all their ids; nothing of them stays in the reports. NotFound."""
        Identity(self._keep()).erase(customer)

    # ---- the shop ----

    def status(self) -> Mapping[str, Any]:
        """Whether this process can decide, and on what: matcher, rulebook, snapshot, store."""
        live = self.live()
        try:
            self._store.ping()
            store = "ok"
        except StateUnavailable as error:
            store = str(error)
        return {
            "ready": store == "ok" and live.locked_out is None,
            "matcher": live.compiled.matcher.name,
            "rulebook": live.compiled.rulebook.revision,
            "published": live.publication.number if live.publication else None,
            "refused": live.refused,
            "rules": len(live.compiled.rulebook.rules),
            "snapshot": live.snapshot.number,
            "store": live.locked_out or store,
            "format": live.named.number,
        }

    def value_report(self) -> Mapping[str, Any]:
        return value_report(self._store, self.live(), self._clock())

    def action_report(self) -> Mapping[str, Any]:
        return action_report(self._store.histogram(), self.live(), self._store.ledger, self._clock())

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
        book, latest, now = self.live().compiled.rulebook, snapshots.latest(self._store), self._clock()
        histogram = self._store.histogram()
        snapshot = make_snapshot(histogram, book.tiers, now, latest, book.arbitration.learning)
        number = self._store.put_snapshot(snapshots.dump(snapshot))
        days.keep(self._store, histogram, snapshot, book)
        return replace(snapshot, number=number)
