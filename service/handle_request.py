"""Handle a request: decide for a customer in real time, or preview the decision."""

from dataclasses import replace
from functools import partial

from engine.domain import trigger
from engine.domain.errors import Contended, StateUnavailable
from engine.domain.events import DecisionRequest
from engine.domain.trigger import Trigger
from explain import Known
from service import change, deciding, degraded
from service.deciding import Attempt
from service.explanation import now_known
from service.identity import Identity
from service.inputs import Inputs
from service.replies import Decided
from service.reservations import Peek, Reservations
from service.unit_of_work import UnitOfWork


def handle_request(request: DecisionRequest, work: UnitOfWork) -> Decided:
    """Decide for a customer in real time. Without the store: fallbacks, marked `degraded`."""
    on, do = trigger.of_request(request), _look if request.dry_run else _decide
    try:
        reply = Identity(work).follow(on.customer, lambda who: do(on.of(who), work))
        return replace(reply, warnings=request.warnings) if request.warnings else reply
    except Contended:
        raise
    except StateUnavailable:
        if not request.placements:
            raise
        return degraded.answer(on, work.live, work.now)


def look(on: Trigger, work: UnitOfWork) -> Decided:
    """The hypothetical decision on this trigger now; nothing is stored or reserved."""
    return Identity(work).follow(on.customer, lambda who: _look(on.of(who), work))


def known(on: Trigger, work: UnitOfWork) -> Known:
    """All inputs of an evaluation on this trigger."""

    def known_as(customer: str) -> Known:
        have = change.current_profile(customer, work.store.begin(customer, None), work.store)
        return now_known(Inputs(have, on.of(customer), work.now, {}), work.live, work.store.ledger)

    return Identity(work).follow(on.customer, known_as)


def _look(on: Trigger, work: UnitOfWork) -> Decided:
    have = change.current_profile(on.customer, work.store.begin(on.customer, None), work.store)
    if any(pending.decided > work.now for pending in have.pending):  # a dry run in the past
        have = have.but(pending=tuple(pending for pending in have.pending if pending.decided <= work.now))
    peek = Peek(work.store.ledger, work.book, work.now)
    decision = deciding.decided(have, on, Attempt(work.live, work.now, peek)).decision
    assert decision is not None
    return Decided(decision, stored=False)


def _decide(on: Trigger, work: UnitOfWork) -> Decided:
    held = Reservations(work.store.ledger, work.book, work.now)
    think = partial(deciding.decided, on=on, by=Attempt(work.live, work.now, held))
    reply = change.run(work, on.customer, on, think, held)
    assert isinstance(reply, Decided)
    return reply
