"""Many events at once: events that are only stored are read and written in a few round trips for all customers."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from engine.decisioning import attribution
from engine.domain.errors import PatronError, UnreadableState
from engine.domain.events import JOINS, NONE, TAKES_BACK, Event
from engine.domain.profile import Profile
from engine.rulebook.consent_words import ABOUT_REACHING
from service import change, deciding, reservations
from service.change import Changed
from service.identity import joined_key
from service.outcomes import reports_outcomes
from service.ports import Commit
from service.replies import Acknowledged, Reply
from service.unit_of_work import UnitOfWork

T = TypeVar("T")
R = TypeVar("R")
Handle = Callable[[Event], Reply]
Answers = list[Reply | PatronError]


def handle(events: Sequence[Event], work: UnitOfWork, one: Handle) -> Answers:
    """An answer per event, in order. An event that needs more than its customer's profile is handled alone.

    So are later events of the same customer: a decision must not know what came later.
    """
    by_customer: dict[str, list[int]] = {}
    single: set[str] = set()
    for at, event in enumerate(events):
        if _is_single(event, work):
            single.add(event.customer)
            if event.type in JOINS:
                single.add(joined_key(event))
        elif event.customer not in single:
            by_customer.setdefault(event.customer, []).append(at)
    stored = _store_all(events, by_customer, work)
    return [stored[at] if at in stored else tried(one, event) for at, event in enumerate(events)]


def _is_single(event: Event, work: UnitOfWork) -> bool:
    """It triggers a decision, touches other profiles, reports outcomes, or speaks of unknown channels or purposes."""
    if event.decide != NONE or event.type in JOINS or reports_outcomes(event):
        return True
    return event.type in ABOUT_REACHING and bool(work.live.compiled.consents.understood(event).unknown)


def tried(one: Callable[[T], R], item: T) -> R | PatronError:
    """The answer to one of many: a refusal is an answer, too."""
    try:
        return one(item)
    except PatronError as error:
        return error


def _return_units(before: Profile, after: Profile, theirs: list[Event], work: UnitOfWork) -> None:
    """After events that undo acceptances, also when they are repeated."""
    if any(event.type in TAKES_BACK for event in theirs):
        reservations.return_units(work.store.ledger, attribution.undone(before, after), work.book)


def _stored(theirs: list[Event], work: UnitOfWork, have: Profile) -> tuple[Changed, list[Acknowledged | PatronError]]:
    return deciding.stored_only(have, theirs, work.live, work.now)


def _store_all(
    events: Sequence[Event], by_customer: Mapping[str, list[int]], work: UnitOfWork
) -> Mapping[int, Reply | PatronError]:
    """The answers to the events stored now, by position.

    Lost races, customers known under another id now, and unreadable ones are handled alone.
    """
    customers = list(by_customer)
    if not customers:
        return {}
    changes: list[tuple[Profile, Changed, dict[int, Reply | PatronError]]] = []
    commits: list[Commit] = []
    done: dict[int, Reply | PatronError] = {}
    many = work.store.begin_many([(customer, None) for customer in customers])
    profiles = change.opened_profiles(customers, many, work.store)
    for customer, opened, before in zip(customers, many, profiles, strict=True):
        positions = by_customer[customer]
        if before is None:
            continue
        try:
            if before.merged_into is not None:
                continue
            theirs = [events[at] for at in positions]
            have, (changed, answers) = change.thought(partial(_stored, theirs, work), before, work.store)
            answered: dict[int, Reply | PatronError] = dict(zip(positions, answers, strict=True))
            if changed.profile is have:
                _return_units(have, have, theirs, work)
                done |= answered
                continue
            commits.append(change.commit_of(opened, have, changed, work))
        except UnreadableState:  # the single way refuses it alone
            continue
        changes.append((have, changed, answered))
    for (have, changed, answered), went in zip(changes, work.store.commit_many(commits), strict=True):
        if went:
            done |= answered
            reservations.give_back(work.store.ledger, changed.withdrawn)
            _return_units(have, changed.profile, [events[at] for at in answered], work)
    return done
