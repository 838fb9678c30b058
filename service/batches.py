"""Many events at once: those that are only stored are read and written in two round trips for all their customers."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from engine.errors import PatronError
from engine.events import NONE, Event
from engine.ports import Commit, Store
from engine.profile import Profile, apply
from service import change
from service.change import Changed
from service.live import Live
from service.records import Record

T = TypeVar("T")
Handle = Callable[[Event], Record]
Answers = list[Record | PatronError]


def handle(events: Sequence[Event], store: Store, live: Live, one: Handle) -> Answers:
    """An answer per event, in their order. An outcome, or an event to be decided on, goes the single way.

    So does what comes after it for the same customer: a decision must not know what came later.
    """
    answers: dict[int, Record | PatronError] = {}
    by_customer: dict[str, list[int]] = {}
    single: set[str] = set()
    for at, event in enumerate(events):
        if event.decide != NONE or event.type == "outcome":
            single.add(event.customer)
        elif event.customer not in single:
            by_customer.setdefault(event.customer, []).append(at)
    done = _store_all(events, by_customer, store, live)
    for at, event in enumerate(events):
        answers[at] = (
            {"event_id": event.id, "stored": True}
            if event.customer in done and at in done[event.customer]
            else tried(one, event)
        )
    return [answers[at] for at in range(len(events))]


def tried(one: Callable[[T], Record], item: T) -> Record | PatronError:
    """The answer to one of many: a refusal is an answer, too."""
    try:
        return one(item)
    except PatronError as error:
        return error


def _store_all(
    events: Sequence[Event], by_customer: Mapping[str, list[int]], store: Store, live: Live
) -> Mapping[str, frozenset[int]]:
    """Which events (by position) are stored now; a customer whose race was lost is left to the single way."""
    customers = list(by_customer)
    if not customers:
        return {}
    commits: list[Commit] = []
    asked: list[str] = []
    done: dict[str, frozenset[int]] = {}
    for customer, opened in zip(customers, store.begin_many([(c, None) for c in customers]), strict=True):
        before = change.opened_profile(customer, opened)
        after = _applied(before, [events[at] for at in by_customer[customer]], live)
        if after is before:
            done[customer] = frozenset(by_customer[customer])
            continue
        commits.append(change.commit_of(opened, before, Changed(after, {})))
        asked.append(customer)
    for customer, went in zip(asked, store.commit_many(commits), strict=True):
        if went:
            done[customer] = frozenset(by_customer[customer])
    return done


def _applied(before: Profile, events: Sequence[Event], live: Live) -> Profile:
    after = before
    for event in events:
        after = apply(after, event, live.compiled.counters)
    return after if after is before else change.settled(before, after, live)
