"""Handle an event: receive, apply, evaluate, decide, record, commit. `docs/architecture.md` follows it line by line.

That is the path of an ordinary event, in `_decided_on`. Three kinds of events branch off and return:
events that change identity (`aliased`, `merged`, or of an id that was merged), events that report outcomes of
recommendations, and events whose recommendation needs a unit of a quota.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from engine.decisioning import attribution, contacts
from engine.decisioning.contacts import Transition
from engine.domain import trigger
from engine.domain.errors import PatronError
from engine.domain.events import JOINS, NONE, TAKES_BACK, Event
from engine.domain.profile import Profile, effects
from engine.domain.profile.apply import is_erased
from engine.rulebook.consent_words import ABOUT_REACHING
from engine.scheduling import transitions
from service import batches, change, deciding, outcomes, repeats, reservations
from service.change import Changed, Moved
from service.deciding import Attempt
from service.identity import Identity, joined_key
from service.outcomes import Hearing
from service.replies import Acknowledged, Decided, Reply
from service.reservations import Reservations
from service.unit_of_work import UnitOfWork

Think = Callable[[Reservations, Profile], Changed]
"""The change of a profile, with its possible reservations."""


def handle_event(event: Event, work: UnitOfWork) -> Reply:
    """Store the event and, unless `decide` is none, decide. A repeated id gets the first answer."""
    warnings = event.warnings
    if event.type in ABOUT_REACHING:
        words = work.live.compiled.consents.understood(event)
        words.refuse_unknown_grant()
        warnings = (*warnings, *words.warnings)
    reply = _by_kind(event, work)
    return replace(reply, warnings=warnings) if warnings else reply


def _by_kind(event: Event, work: UnitOfWork) -> Reply:
    if event.type in JOINS:
        return _with_identity(event, work)
    if outcomes.reports_outcomes(event):
        return _with_outcomes(event, work, Identity(work))
    try:
        return _ordinary(event, work)
    except Moved as moved:
        return _moved(event, moved, work)


def handle_events(events: Sequence[Event], work: UnitOfWork) -> list[Reply | PatronError]:
    """Many events, each answered separately; events only stored go in two round trips together."""
    return batches.handle(events, work, partial(handle_event, work=work))


# ---- the ordinary event ----


def _ordinary(event: Event, work: UnitOfWork) -> Reply:
    if event.type in TAKES_BACK:
        return _with_undone(event, work)
    return _handled(event, work, partial(_changed, event, work))


def _handled(event: Event, work: UnitOfWork, think: Think) -> Reply:
    """Receive and commit; in between, `think`. After a lost race, thinks again on the new profile."""
    on = None if event.decide == NONE else trigger.of_event(event)
    held = Reservations(work.store.ledger, work.book, work.now)
    try:
        reply = change.run(work, event.customer, on, partial(think, held), held)
    except Moved as moved:
        if is_erased(moved.frozen, event):
            return Acknowledged(event.id, unapplied=effects.ERASED)
        raise
    assert isinstance(reply, Decided | Acknowledged)
    return reply


def _changed(event: Event, work: UnitOfWork, held: Reservations, have: Profile) -> Changed:
    """The change of a profile by an ordinary event."""
    known = _known_already(event, have)
    if known is not None:
        return known
    transition = transitions.event_transition(have, event, work.live.compiled, work.now)
    return _decided_on(event, work, held, have, transition)


def _known_already(event: Event, have: Profile) -> Changed | None:
    """No change where the customer was erased since, or the event is a repeat."""
    reply = repeats.known_already(event, have)
    return None if reply is None else Changed(have, reply)


def _decided_on(event: Event, work: UnitOfWork, held: Reservations, have: Profile, transition: Transition) -> Changed:
    """Apply the event; evaluate, decide and record, unless it is only to be stored."""
    live, now = work.live, work.now
    if event.decide == NONE:
        return deciding.transition_only(have, transition, [event], live, now)
    profile = transitions.settled(have, transition.profile, live.compiled, live.snapshot)
    changed = deciding.decided(profile, trigger.of_event(event), Attempt(live, now, held), transition.counts)
    return changed if transition.unapplied is None else changed.without_effect(transition.unapplied)


# ---- branches ----


def _moved(event: Event, moved: Moved, work: UnitOfWork) -> Reply:
    """The anonymous customer is known by now: complete an interrupted merge; the event is theirs."""
    identity = Identity(work)
    owner = identity.finish(moved.frozen)
    return identity.follow(owner, lambda who: _ordinary(event.of(who), work))


def _with_identity(event: Event, work: UnitOfWork) -> Reply:
    """Another id belongs to this customer: its data is merged into theirs."""
    identity = Identity(work)
    event = event.of(identity.owner(event.customer))
    identity.claim(event)

    def joined(event: Event, held: Reservations, have: Profile) -> Changed:
        known = _known_already(event, have)
        if known is not None:
            return known
        merged = identity.joined(have, joined_key(event))
        transition = merged.then(Transition(contacts.settle(merged.profile, work.now, work.book)))
        transition = transition.then(
            transitions.event_transition(transition.profile, event, work.live.compiled, work.now)
        )
        return _decided_on(event, work, held, have, transition)

    reply = identity.follow(event.customer, lambda who: _handled(event.of(who), work, partial(joined, event.of(who))))
    identity.complete(joined_key(event))
    return reply


def _with_undone(event: Event, work: UnitOfWork) -> Reply:
    """The event may undo acceptances: their units go back to the ledger once the profile is stored."""
    undone: set[tuple[str, str]] = set()

    def changed(held: Reservations, have: Profile) -> Changed:
        change = _changed(event, work, held, have)
        undone.clear()
        undone.update(attribution.undone(have, change.profile))
        return change

    reply = _handled(event, work, changed)
    reservations.return_units(work.store.ledger, undone, work.book)
    return reply


def _with_outcomes(event: Event, work: UnitOfWork, identity: Identity) -> Reply:
    """The event reports outcomes: the ledger is updated before and after the profile."""

    def handled(event: Event) -> Reply:
        told = outcomes.told_by(event, identity, work.book)
        hearing = Hearing(told, work.store.ledger, work.live.compiled, work.now, anew=event.type == "order_completed")
        reply = _handled(event, work, partial(heard, event, hearing))
        hearing.ended(lambda: change.read_profile(event.customer, work.store))
        return reply

    def heard(event: Event, hearing: Hearing, held: Reservations, have: Profile) -> Changed:
        known = _known_already(event, have)
        if known is not None:
            hearing.repeated(have)
            return known
        transition = Transition(have).then(hearing.transition(contacts.settle(have, work.now, work.book), event.time))
        transition = transition.then(
            transitions.event_transition(transition.profile, event, work.live.compiled, work.now)
        )
        return _decided_on(event, work, held, have, transition)

    return identity.follow(event.customer, lambda who: handled(event.of(who)))
