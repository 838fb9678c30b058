"""Handle a timer that fires: decide once on every due key, and store the next timer.

A timer never fires twice: the commit that stores the decision also takes the timer out of the profile.
"""

from dataclasses import replace

from engine.domain.decision import Decision
from engine.domain.profile import Profile
from engine.scheduling import timers, transitions
from engine.scheduling.transitions import Timer
from service import change, deciding
from service.change import Changed
from service.deciding import Attempt
from service.identity import Identity
from service.live import Live
from service.replies import Decided
from service.reservations import Reservations
from service.unit_of_work import UnitOfWork

MOST_AT_ONCE = 16
"""More keys than can be due at one time."""


def handle_due(customer: str, work: UnitOfWork) -> list[Decision]:
    """All due keys of a customer: inactivity, waits after events, retries.

    A decision for each, in timer order; none where no rule was evaluated.
    """
    return Identity(work).follow(customer, lambda who: _due_of(who, work))


def reschedule(customer: str, work: UnitOfWork) -> None:
    """Recompute the customer's timer, as the rules may have changed since it was stored."""
    Identity(work).follow(customer, lambda who: _reschedule(who, work))


def _due_of(customer: str, work: UnitOfWork) -> list[Decision]:
    decisions = []
    for _ in range(MOST_AT_ONCE):
        turn = _Turn(work.live, work.now, Reservations(work.store.ledger, work.live.compiled.rulebook, work.now))
        reply = change.run(work, customer, None, turn.think, turn.held)
        if isinstance(reply, Decided):
            decisions.append(reply.decision)
        if not turn.more:
            break
    return decisions


def _reschedule(customer: str, work: UnitOfWork) -> None:
    def think(have: Profile) -> Changed:
        return Changed(timers.scheduled(have, work.live.compiled, work.live.snapshot, work.now), None)

    change.run(work, customer, None, think)


class _Turn:
    """One key of one customer. `more`: another key is due, too."""

    def __init__(self, live: Live, now: int, held: Reservations) -> None:
        self.held = held
        self.more = False
        self._live = live
        self._now = now

    def think(self, have: Profile) -> Changed:
        found = timers.due_now(have, self._now)
        if found is None:
            self.more = False
            return Changed(have, None)
        changed = self._decided(have, found)
        profile = transitions.after_timer(changed.profile, found, self._live.compiled, self._live.snapshot, self._now)
        self.more = timers.due_now(profile, self._now) is not None
        return replace(changed, profile=profile)

    def _decided(self, have: Profile, moment: Timer) -> Changed:
        if transitions.is_void(have, moment, self._live.compiled, self._now):
            return Changed(have, None)
        changed = deciding.decided(have, timers.trigger_of(have, *moment), Attempt(self._live, self._now, self.held))
        found = changed.decision is not None and transitions.is_recorded(changed.decision)
        return changed if found else Changed(changed.profile, None)
