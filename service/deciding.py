"""From a profile to a change of it: what an event does, and what a decision leaves behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import orjson

from engine.decisioning import contacts
from engine.decisioning.contacts import Transition
from engine.decisioning.decide import decide_on, situated
from engine.domain.decision import Decision, Withdrawal
from engine.domain.events import Event
from engine.domain.profile import Profile
from engine.domain.quick import quick
from engine.domain.trigger import Trigger
from engine.scheduling import transitions
from engine.value.counters import Change
from service import decision_json
from service.change import Changed
from service.inputs import Inputs
from service.live import Live
from service.replies import Acknowledged, Decided
from service.reservations import Reservations


def stored_only(have: Profile, events: Sequence[Event], live: Live, now: int) -> Changed:
    """The change that events make that nothing is decided about; the answer is that to the last of them."""
    transition = Transition(have)
    for event in events:
        transition = transition.then(transitions.event_transition(transition.profile, event, live.compiled, now))
    if transition.profile is have:
        return Changed(have, Acknowledged(events[-1].id))
    return transition_only(have, transition, events, live, now)


def transition_only(have: Profile, transition: Transition, events: Sequence[Event], live: Live, now: int) -> Changed:
    """The same when what they do is known. What may no longer be sent is withdrawn, whatever the rules say."""
    profile, gone = transitions.without_permission(transition.profile, events, live.compiled, now)
    return Changed(
        profile=transitions.settled(have, profile, live.compiled, live.snapshot),
        reply=Acknowledged(events[-1].id),
        counts=transition.counts,
        deliveries=_withdrawn(gone, profile.customer, live),
        withdrawn=gone,
    )


@quick
@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt to decide goes by: rulebook, snapshot and controls, the time (ms), and what it can reserve."""

    live: Live
    now: int
    held: Reservations


def decided(have: Profile, on: Trigger, by: Attempt, counts: tuple[Change, ...] = ()) -> Changed:
    """The change that a decision makes: its recommendations wait in the profile, its record is kept."""
    compiled, snapshot = by.live.compiled, by.live.snapshot
    profile = contacts.settle(have, by.now, compiled.rulebook)
    context = situated(compiled, snapshot, profile, on, by.now, by.live.controls)
    decision = by.held.decided(partial(decide_on, snapshot, context))
    transition = transitions.decision_transition(profile, on, decision, compiled)
    return Changed(
        profile=transition.profile,
        reply=Decided(decision),
        decision=decision,
        counts=(*counts, *transition.counts),
        deliveries=(*_delivered(decision), *_withdrawn(decision.withdrawn, decision.customer, by.live)),
        withdrawn=decision.withdrawn,
        inputs=Inputs(have, on, by.now, by.held.used_up),
    )


def _delivered(decision: Decision) -> list[bytes]:
    """Outbound recommendations, as the CRM system collects them."""
    return [orjson.dumps(decision_json.delivery(decision, one)) for one in decision.given if one.placement is None]


def _withdrawn(gone: tuple[Withdrawal, ...], customer: str, live: Live) -> tuple[bytes, ...]:
    """Deliveries that are not to be sent any more; what is pending in a placement nobody collects."""
    currency = live.compiled.rulebook.shop.currency
    return tuple(
        orjson.dumps(decision_json.withdrawn(one, customer, currency)) for one in gone if one.placement is None
    )
