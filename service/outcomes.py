"""What came of recommendations: found by their id, told to the ledger, noted in the profile."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from engine import contacts, ids
from engine.contacts import Recommended
from engine.errors import InvalidInput, NotFound, Problem
from engine.events import Event, Outcome, customer_key
from engine.ports import Ledger, Store
from engine.profile import Profile
from engine.rulebook.model import Rulebook
from engine.times import parse_rfc3339
from service import change, reservations
from service.change import Changed
from service.records import Record

Told = tuple[Recommended, str]
"""A recommendation and its outcome."""


def find(store: Store, recommendation_id: str) -> tuple[Recommended, str]:
    """A recommendation and its customer's key, out of its decision's record. NotFound when there is none (any more)."""
    decision_id = ids.decision_of(recommendation_id)
    data = store.record(decision_id) if decision_id else None
    record = None if data is None else orjson.loads(data)
    found = find_recommended(record, recommendation_id) if record else None
    if record is None or found is None:
        raise NotFound(f"no such recommendation, or its record is no longer kept: {recommendation_id}")
    return found, customer_key(**record["customer"])


def find_recommended(record: Mapping[str, Any], recommendation_id: str) -> Recommended | None:
    for result in record["results"]:
        for given in result.get("recommendations", ()):
            if given["recommendation_id"] == recommendation_id:
                return Recommended(
                    recommendation_id=recommendation_id,
                    action=given["action"],
                    rule=given["rule"],
                    channel=given["channel"],
                    scope=given["scope"],
                    expires=parse_rfc3339(given["expires_at"]),
                    reserved=given.get("reserved", False),
                )
    return None


# ---- events ----


def told_by(event: Event, store: Store, book: Rulebook) -> tuple[Told, ...]:
    """What an event says of recommendations: an outcome, or an order that names what led to it.

    An outcome must be right. An order is stored whatever it names: what is not this customer's is left aside.
    """
    if event.type == "outcome":
        return ((_of_outcome(event, store, book), event.properties["outcome"]),)
    if event.type != "order_completed":
        return ()
    told = []
    for name in event.properties.get("recommendation_ids") or ():
        try:
            found, customer = find(store, name)
        except NotFound:
            continue
        if customer == event.customer:
            told.append((found, "convert"))
    return tuple(told)


def _of_outcome(event: Event, store: Store, book: Rulebook) -> Recommended:
    if event.properties.get("action") is not None:
        return _elsewhere(event, book)
    found, customer = find(store, event.properties["recommendation_id"])
    if customer != event.customer:
        pointer = "/properties/recommendation_id"
        raise InvalidInput((Problem(pointer, "foreign", "this recommendation is another customer's"),))
    return found


def _elsewhere(event: Event, book: Rulebook) -> Recommended:
    """A contact that another system made: the event itself says which action it was."""
    said = event.properties
    if said["action"] not in book.actions:
        raise InvalidInput((Problem("/properties/action", "unknown", "no action of the rulebook"),))
    return Recommended(said["recommendation_id"], said["action"], "", event.channel or "", None)


# ---- the ledger: first what takes, then the profile, last what gives back ----


def before(told: Sequence[Told], ledger: Ledger, book: Rulebook, now: int) -> bool:
    """False: a unit that somebody took had been given to somebody else, because this came too late."""
    in_time = True
    for said, outcome in told:
        in_time &= reservations.before_outcome(ledger, said, outcome, book, now)
    return in_time


def after(told: Sequence[Told], ledger: Ledger) -> None:
    for said, outcome in told:
        reservations.after_outcome(ledger, said, outcome)


# ---- outcomes that are sent by themselves ----


def record(outcome: Outcome, store: Store, book: Rulebook, now: int) -> Record:
    """Stores an outcome. `expired`: it came of a recommendation after that had expired; `late`: its unit was gone."""
    said, customer = find(store, outcome.recommendation_id)
    at = outcome.at if outcome.at is not None else now
    in_time = before([(said, outcome.outcome)], store.ledger, book, now)
    answer: Record = {"recommendation_id": said.recommendation_id, "outcome": outcome.outcome, "stored": True}
    if said.expires <= at and outcome.outcome != "ignore":
        answer["expired"] = True
    if not in_time:
        answer["late"] = True

    def think(have: Profile) -> Changed:
        settled = contacts.settle(have, now, book)
        noted = contacts.record(settled, said, outcome.outcome, at, book)
        return Changed(have if noted.profile is settled else noted.profile, answer, counts=noted.counts)

    stored = change.run(store, customer, None, think)
    after([(said, outcome.outcome)], store.ledger)
    return stored
