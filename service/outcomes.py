"""Outcomes of recommendations: found by id, reported to the ledger, recorded in the profile."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.compiled.rulebook import Compiled
from engine.decisioning import contacts
from engine.decisioning.contacts import Recommended, Transition
from engine.domain import ids
from engine.domain.decision import Decision
from engine.domain.errors import InvalidInput, NotFound, PatronError, Problem
from engine.domain.events import Event, Outcome
from engine.domain.profile import Profile
from engine.domain.profile.counters import count
from engine.rulebook.model import Rulebook
from service import change, records, reservations
from service.change import Changed
from service.identity import Identity
from service.ports import Ledger, Store
from service.replies import Recorded
from service.unit_of_work import UnitOfWork

Told = tuple[Recommended, str]
"""A recommendation and its outcome."""


def find(store: Store, recommendation_id: str) -> tuple[Recommended, str]:
    """A recommendation and its customer's key, from its decision's record. NotFound when it is not kept."""
    decision_id = ids.decision_of(recommendation_id)
    data = store.record(decision_id) if decision_id else None
    decision = None if data is None else records.decode(data).answer
    found = find_recommended(decision, recommendation_id) if decision else None
    if decision is None or found is None:
        raise NotFound(f"no such recommendation, or its record has expired: {recommendation_id}")
    return found, decision.customer


def find_recommended(decision: Decision, recommendation_id: str) -> Recommended | None:
    """The recommendation of this id; None where the decision has none."""
    for given in decision.given:
        if given.recommendation_id == recommendation_id:
            return Recommended(
                recommendation_id=recommendation_id,
                action=given.action,
                rule=given.rule,
                channel=given.channel,
                scope=given.scope,
                expires=given.expires_at,
                reserved=given.reserved,
            )
    return None


# ---- events ----


def reports_outcomes(event: Event) -> bool:
    """Whether the event reports on recommendations."""
    return event.type == "outcome" or bool(event.properties.get("recommendation_ids"))


def told_by(event: Event, identity: Identity, book: Rulebook) -> tuple[Told, ...]:
    """An event's reports on recommendations: an outcome, or an order that names its cause.

    An outcome must be valid. An order is stored whatever it names: those of other customers are ignored.
    """
    if event.type == "outcome":
        return ((_of_outcome(event, identity, book), event.properties["outcome"]),)
    if event.type != "order_completed":
        return ()
    told = []
    for name in event.properties.get("recommendation_ids") or ():
        try:
            found, customer = find(identity.work.store, name)
        except NotFound:
            continue
        if identity.is_same(customer, event.customer):
            told.append((found, "convert"))
    return tuple(told)


def _of_outcome(event: Event, identity: Identity, book: Rulebook) -> Recommended:
    if event.properties.get("action") is not None:
        return _elsewhere(event, book)
    found, customer = find(identity.work.store, event.properties["recommendation_id"])
    if not identity.is_same(customer, event.customer):
        pointer = "/properties/recommendation_id"
        raise InvalidInput((Problem(pointer, "foreign", "this recommendation belongs to another customer"),))
    return found


def _elsewhere(event: Event, book: Rulebook) -> Recommended:
    """A contact made by another system: the event itself names the action."""
    said = event.properties
    if said["action"] not in book.actions:
        raise InvalidInput((Problem("/properties/action", "unknown", "is not an action of the rulebook"),))
    return Recommended(said["recommendation_id"], said["action"], "", event.channel or "", None)


# ---- the profile and the ledger ----


class Hearing:
    """Reported outcomes: first the ledger records what is taken, then the profile, last the ledger what is returned.

    If the process ends in between, the sender repeats it: it is recorded once, and the ledger is completed.
    `anew`: a separate conversion, as each order is, although there was one before.
    """

    def __init__(self, told: Sequence[Told], ledger: Ledger, compiled: Compiled, now: int, anew: bool = False) -> None:
        self._told = told
        self._anew = anew
        self._ledger = ledger
        self._compiled = compiled
        self._book = compiled.rulebook
        self._now = now
        self._given_back: list[Recommended] | None = None
        self.in_time = True

    def transition(self, have: Profile, at: int) -> Transition:
        """The new profile. `in_time` False: it came late, and somebody else has the unit."""
        transition, self.in_time = Transition(have), True
        for said, outcome in self._told:
            if self._anew or not contacts.is_outdated(transition.profile, said, outcome):
                self.in_time &= reservations.before_outcome(self._ledger, said, outcome, self._book, self._now)
            transition = transition.then(self._recorded(transition.profile, said, outcome, at))
        self.repeated(transition.profile)
        return transition

    def _recorded(self, profile: Profile, said: Recommended, outcome: str, at: int) -> Transition:
        """Recorded, and counted by the rulebook's counters of `outcome`, once, however it was reported."""
        transition = contacts.record(profile, said, outcome, at, self._book)
        if transition.profile is profile or not self._compiled.counters.get("outcome"):
            return transition
        properties = {"recommendation_id": said.recommendation_id, "outcome": outcome, "action": said.action}
        reported = Event("", "outcome", at, profile.customer, properties=properties)
        counts = count(profile.counters, reported, self._compiled.counters, self._book.shop.days)
        return replace(transition, profile=transition.profile.but(counters=counts))

    def repeated(self, profile: Profile) -> None:
        """This profile already recorded all of it."""
        told = [(said, outcome) for said, outcome in self._told if said.reserved]
        self._given_back = [said for said, outcome in told if contacts.is_given_back(profile, said, outcome)]

    def ended(self, have: Callable[[], Profile]) -> None:
        """The profile is stored; `have` reads it.

        A concurrent report of an acceptance may have been faster: then the unit is spent again.
        """
        if self._told and self._given_back is None:
            self.repeated(have())
        for said in self._given_back or ():
            self._ledger.release(said.action, said.recommendation_id)
        if self._given_back:
            stands = have()
            for said in self._given_back:
                if contacts.is_accepted(stands, said):
                    reservations.before_outcome(self._ledger, said, "accept", self._book, self._now)


# ---- outcomes sent separately ----


def record_outcomes(many: Sequence[Outcome], work: UnitOfWork) -> list[Recorded | PatronError]:
    """Record outcomes of recommendations, each answered separately."""
    identity = Identity(work)
    return [_tried(outcome, identity) for outcome in many]


def _tried(outcome: Outcome, identity: Identity) -> Recorded | PatronError:
    try:
        return record(outcome, identity)
    except PatronError as error:
        return error


def record(outcome: Outcome, identity: Identity) -> Recorded:
    """Stores an outcome. `expired`: it came after the recommendation had expired; `late`: its unit was gone."""
    work, store = identity.work, identity.work.store
    book, now = work.live.compiled.rulebook, work.now
    said, customer = find(store, outcome.recommendation_id)
    at = outcome.at if outcome.at is not None else now
    hearing = Hearing([(said, outcome.outcome)], store.ledger, work.live.compiled, now)

    def think(have: Profile) -> Changed:
        settled = contacts.settle(have, now, book)
        transition = hearing.transition(settled, at)
        reply = Recorded(
            said.recommendation_id,
            outcome.outcome,
            expired=said.expires <= at and outcome.outcome != "ignore",
            late=not hearing.in_time,
        )
        return Changed(have if transition.profile is settled else transition.profile, reply, counts=transition.counts)

    def write(who: str) -> Recorded:
        reply = change.run(work, who, None, think)
        hearing.ended(lambda: change.read_profile(who, store))
        assert isinstance(reply, Recorded)
        return reply

    return identity.follow(customer, write)
