"""The product's verbs over the ports: handle an event, a request, an outcome; report; erase."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from engine import contacts, ids, occasion
from engine.contacts import Noted, Recommended
from engine.decide import decide
from engine.errors import Contended, InvalidInput, NotFound, PatronError, Problem, StateUnavailable
from engine.events import NONE, DecisionRequest, Event, Outcome, customer_key
from engine.ids import digest6
from engine.occasion import Occasion
from engine.ports import Clock, Store
from engine.profile import Profile, apply
from engine.profile.apply import was_seen
from engine.rulebook.model import Rulebook
from engine.tiers import Snapshot, make_snapshot, moves
from engine.times import format_rfc3339, parse_rfc3339
from service import batches, change, degraded, snapshots
from service.change import Changed
from service.explanation import explain
from service.live import Live
from service.profiles import profile_json
from service.records import Record
from service.reports import value_report


class Service:
    """One instance per process; everything it holds may be used by many threads at once.

    `live` gives the rulebook and snapshot of the moment; a call takes them once and keeps them to its end.
    """

    def __init__(self, store: Store, live: Callable[[], Live], clock: Clock) -> None:
        self._store = store
        self._live = live
        self._clock = clock

    @property
    def rulebook(self) -> Rulebook:
        return self._live().compiled.rulebook

    # ---- events ----

    def handle_event(self, event: Event) -> Record:
        """Store the event and, unless `decide` is none, decide. A repeated id gets the first answer."""
        live = self._live()
        said = self._recommended(event)
        decision_id = None if event.decide == NONE else ids.decision_id(event.customer, f"event/{event.id}")
        return change.run(self._store, event.customer, decision_id, partial(self._on_event, event, said, live))

    def handle_events(self, events: Sequence[Event]) -> list[Record | PatronError]:
        """Many events, each answered on its own; those that are only stored go in two round trips together."""
        return batches.handle(events, self._store, self._live(), self.handle_event)

    def _on_event(self, event: Event, said: Recommended | None, live: Live, have: Profile) -> Changed:
        if was_seen(have, digest6(event.id)):
            return Changed(have, stored(event))
        book = live.compiled.rulebook
        now = self._clock()
        noted = Noted(apply(contacts.settle(have, now, book), event, live.compiled.counters))
        if said is not None:
            noted = contacts.record(noted.profile, said, event.properties["outcome"], event.time, book)
        profile = change.settled(have, noted.profile, live)
        if event.decide == NONE:
            return Changed(profile, stored(event), counts=noted.counts)
        decision = decide(live.compiled, live.snapshot, profile, occasion.of_event(event), now)
        return change.decided(profile, decision, live, noted.counts)

    def _recommended(self, event: Event) -> Recommended | None:
        """For an outcome event: the recommendation that it is about, which must be this customer's."""
        if event.type != "outcome":
            return None
        if event.properties.get("action") is not None:
            return self._elsewhere(event)
        found, customer = self._find(event.properties["recommendation_id"])
        if customer != event.customer:
            pointer = "/properties/recommendation_id"
            raise InvalidInput((Problem(pointer, "foreign", "this recommendation is another customer's"),))
        return found

    def _elsewhere(self, event: Event) -> Recommended:
        """A contact that another system made: the event itself says which action it was."""
        said, book = event.properties, self.rulebook
        if said["action"] not in book.actions:
            raise InvalidInput((Problem("/properties/action", "unknown", "no action of the rulebook"),))
        return Recommended(said["recommendation_id"], said["action"], "", event.channel or "", None)

    # ---- requests ----

    def handle_request(self, request: DecisionRequest) -> Record:
        """Decide for a customer who is here now. Without the store: fallbacks, marked `degraded`."""
        live = self._live()
        on = occasion.of_request(request)
        now = request.now if request.now is not None else self._clock()
        try:
            return self._answer(request, on, live, now)
        except Contended:
            raise
        except StateUnavailable:
            if not request.placements:
                raise
            return degraded.answer(on, live, now)

    def _answer(self, request: DecisionRequest, on: Occasion, live: Live, now: int) -> Record:
        def think(have: Profile) -> Changed:
            profile = contacts.settle(have, now, live.compiled.rulebook)
            return change.decided(profile, decide(live.compiled, live.snapshot, profile, on, now), live)

        if request.dry_run:
            have = change.opened_profile(request.customer, self._store.begin(request.customer, None))
            return {**think(have).answer, "stored": False}
        return change.run(self._store, request.customer, ids.decision_id(request.customer, on.id), think)

    def handle_due(self, customer: str, key: str, due: int) -> Record:
        """A due time was reached: "overdue", or "after:<event>:<days>"."""
        live = self._live()
        on = occasion.of_due(customer, key, due)

        def think(have: Profile) -> Changed:
            now = self._clock()
            profile = contacts.settle(have, now, live.compiled.rulebook)
            return change.decided(profile, decide(live.compiled, live.snapshot, profile, on, now), live)

        return change.run(self._store, customer, ids.decision_id(customer, on.id), think)

    # ---- outcomes ----

    def record_outcomes(self, outcomes: Sequence[Outcome]) -> list[Record | PatronError]:
        """What came of recommendations, each answered on its own."""
        return [batches.tried(self._record_outcome, outcome) for outcome in outcomes]

    def _record_outcome(self, outcome: Outcome) -> Record:
        said, customer = self._find(outcome.recommendation_id)
        live, at = self._live(), outcome.at if outcome.at is not None else self._clock()
        answer = {"recommendation_id": said.recommendation_id, "outcome": outcome.outcome, "stored": True}

        def think(have: Profile) -> Changed:
            noted = contacts.record(have, said, outcome.outcome, at, live.compiled.rulebook)
            return Changed(noted.profile, answer, counts=noted.counts)

        return change.run(self._store, customer, None, think)

    def _find(self, recommendation_id: str) -> tuple[Recommended, str]:
        decision_id = ids.decision_of(recommendation_id)
        record = self.decision_record(decision_id) if decision_id else None
        found = find_recommended(record, recommendation_id) if record else None
        if record is None or found is None:
            raise NotFound(f"no such recommendation, or its record is no longer kept: {recommendation_id}")
        return found, customer_key(**record["customer"])

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
            if self._store.erase(customer, moves(placing, None), opened.version):
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
        snapshot = make_snapshot(self._store.histogram(), self.rulebook.tiers, self._clock())
        number = self._store.put_snapshot(snapshots.dump(snapshot))
        return replace(snapshot, number=number)


def stored(event: Event) -> Record:
    return {"event_id": event.id, "stored": True}


def find_recommended(record: Mapping[str, Any], recommendation_id: str) -> Recommended | None:
    for result in record["results"]:
        for given in result.get("recommendations", ()):
            if given["recommendation_id"] == recommendation_id:
                return Recommended(
                    recommendation_id,
                    given["action"],
                    given["rule"],
                    given["channel"],
                    given["scope"],
                    parse_rfc3339(given["expires_at"]),
                    given.get("reserved", False),
                )
    return None
