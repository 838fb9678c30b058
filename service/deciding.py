"""From a profile to a change of it: what an event does, and what a decision leaves behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import orjson

from engine import contacts, course
from engine.contacts import Noted
from engine.decide import decide_on, situated
from engine.decision import Withdrawal
from engine.events import Event, customer_ref
from engine.occasion import Occasion
from engine.profile import Profile
from engine.quick import quick
from engine.tallies import Change
from service.change import Changed
from service.inputs import Inputs
from service.live import Live
from service.records import Record, of_decision
from service.reservations import Reservations
from service.views import without as leave_out

NOT_DELIVERED = ("rank", "serves", "score", "score_parts", "scope", "reserved")
"""What of a recommendation the sender of it has no use for."""


def stored(event: Event) -> Record:
    """The answer to an event that nothing is decided about."""
    return {"event_id": event.id, "stored": True}


def erased(event: Event) -> Record:
    """The answer to an event that happened before its customer was erased."""
    return {"event_id": event.id, "stored": False, "reason": "erased"}


def stored_only(have: Profile, events: Sequence[Event], live: Live, now: int) -> Changed:
    """The change that events make that nothing is decided about; the answer is that to the last of them."""
    noted = Noted(have)
    for event in events:
        noted = noted.then(course.noted_event(noted.profile, event, live.compiled, now))
    if noted.profile is have:
        return Changed(have, stored(events[-1]))
    return only_noted(have, noted, events, live, now)


def only_noted(have: Profile, noted: Noted, events: Sequence[Event], live: Live, now: int) -> Changed:
    """The same when what they do is known. What may no longer be sent is withdrawn, whatever the rules say."""
    profile, gone = course.without_permission(noted.profile, events, live.compiled, now)
    return Changed(
        profile=course.settled(have, profile, live.compiled, live.snapshot),
        answer=stored(events[-1]),
        counts=noted.counts,
        deliveries=_withdrawn(gone, profile.customer),
        withdrawn=gone,
    )


@quick
@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt to decide goes by: rulebook, snapshot and controls, the time (ms), and what it can reserve."""

    live: Live
    now: int
    held: Reservations


def decided(have: Profile, on: Occasion, by: Attempt, counts: tuple[Change, ...] = ()) -> Changed:
    """The change that a decision makes: its recommendations wait in the profile, its record is kept."""
    compiled, snapshot = by.live.compiled, by.live.snapshot
    profile = contacts.settle(have, by.now, compiled.rulebook)
    situation = situated(compiled, snapshot, profile, on, by.now, by.live.controls)
    decision = by.held.decided(partial(decide_on, snapshot, situation))
    noted = course.noted_decision(profile, on, decision, compiled)
    answer = of_decision(decision)
    return Changed(
        profile=noted.profile,
        answer=answer,
        decision=decision,
        counts=(*counts, *noted.counts),
        deliveries=(*_delivered(answer), *_withdrawn(decision.withdrawn, decision.customer)),
        withdrawn=decision.withdrawn,
        inputs=Inputs(have, on, by.now, by.held.used_up),
    )


def _delivered(answer: Record) -> list[bytes]:
    """Outbound recommendations, as the CRM system collects them."""
    head = {"type": "deliver", "customer": answer["customer"], "decision_id": answer["decision_id"]}
    return [
        orjson.dumps(head | leave_out(given, NOT_DELIVERED))
        for result in answer["results"]
        if result["placement"] is None
        for given in result["recommendations"]
    ]


def _withdrawn(gone: tuple[Withdrawal, ...], customer: str) -> tuple[bytes, ...]:
    """Deliveries that are not to be sent any more; what waits in a placement nobody collects."""
    return tuple(
        orjson.dumps(
            {
                "type": "withdraw",
                "customer": customer_ref(customer),
                "recommendation_id": one.recommendation_id,
                "action": one.action,
                "channel": one.channel,
                "reason": one.reason,
                "detail": one.detail,
            }
        )
        for one in gone
        if one.placement is None
    )
