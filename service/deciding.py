"""From a profile to its change: the effects of an event and of a decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import orjson

from engine.decisioning import contacts
from engine.decisioning.contacts import Transition
from engine.decisioning.decide import decide_on, situated
from engine.domain.decision import Decision, Withdrawal
from engine.domain.errors import InvalidInput, PatronError
from engine.domain.events import Event
from engine.domain.profile import Profile
from engine.domain.quick import quick
from engine.domain.trigger import Trigger
from engine.scheduling import transitions
from engine.value.counters import Change
from service import decision_json, repeats
from service.change import Changed
from service.inputs import Inputs
from service.live import Live
from service.replies import Acknowledged, Decided
from service.reservations import Reservations


def stored_only(
    have: Profile, events: Sequence[Event], live: Live, now: int
) -> tuple[Changed, list[Acknowledged | PatronError]]:
    """The change by events without a decision, and the answer to each of them."""
    transition, answers = Transition(have), list[Acknowledged | PatronError]()
    for event in events:
        try:
            known = repeats.known_already(event, transition.profile)
        except InvalidInput as refused:
            answers.append(refused)
            continue
        if known is None:
            after = transitions.event_transition(transition.profile, event, live.compiled, now)
            transition = transition.then(after)
            known = Acknowledged(event.id, unapplied=after.unapplied, warnings=event.warnings)
        answers.append(known)
    if transition.profile is have:
        return Changed(have, None), answers
    return transition_only(have, transition, events, live, now), answers


def transition_only(have: Profile, transition: Transition, events: Sequence[Event], live: Live, now: int) -> Changed:
    """The same with known outcomes. Withdraws what may no longer be sent, whatever the rules."""
    profile, gone = transitions.without_permission(transition.profile, events, live.compiled, now)
    return Changed(
        profile=transitions.settled(have, profile, live.compiled, live.snapshot),
        reply=Acknowledged(events[-1].id, unapplied=transition.unapplied),
        counts=transition.counts,
        deliveries=_withdrawn(gone, profile.customer, live),
        withdrawn=gone,
    )


@quick
@dataclass(frozen=True, slots=True)
class Attempt:
    """The inputs of one attempt to decide: rulebook, snapshot and controls, the time (ms), and its reservations."""

    live: Live
    now: int
    held: Reservations


def decided(have: Profile, on: Trigger, by: Attempt, counts: tuple[Change, ...] = ()) -> Changed:
    """The change by a decision: its recommendations become pending in the profile, its record is kept."""
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
    """Cancelled deliveries; nobody collects pending recommendations of a placement."""
    currency = live.compiled.rulebook.shop.currency
    return tuple(
        orjson.dumps(decision_json.withdrawn(one, customer, currency)) for one in gone if one.placement is None
    )
